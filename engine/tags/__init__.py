"""Tags: what a delivered file says about itself, written into every container and read back."""
