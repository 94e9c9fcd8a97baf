"""Many sessions: which they are, who renders them, what is done already."""
