"""How the console looks: themes and the palette that follows from them on this terminal."""
