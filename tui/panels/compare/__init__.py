"""What can be heard against the master, and how their tone differs."""
