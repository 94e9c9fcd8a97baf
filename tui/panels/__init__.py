"""The panels: each draws a view onto a canvas and does what its own keys ask. Nothing of Textual here."""
