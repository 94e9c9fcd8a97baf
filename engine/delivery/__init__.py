"""What leaves the house: folders that are complete or not there, and prove themselves later."""
