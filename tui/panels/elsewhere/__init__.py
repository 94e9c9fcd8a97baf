"""How the song sounds on other playback systems, and what masks the vocal."""
