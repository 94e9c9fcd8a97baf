"""What was asked: the session file, its declarations and its defaults."""
