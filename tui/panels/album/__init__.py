"""The album: its tracks, gaps and marks, and how it goes with them."""
