"""Pictures of one figure each: pure functions of numbers and widths, nothing of panels."""
