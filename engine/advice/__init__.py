"""What trims would do to loudness and limiting, and the fewest that reach a target."""
