"""The null test."""
