"""The history of the session."""
