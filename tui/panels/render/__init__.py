"""The renders."""
