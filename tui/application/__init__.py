"""All that Textual does: application, input lines, lists, and the way of its output to the terminal."""
