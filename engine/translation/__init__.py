"""How it sounds elsewhere: playback systems as filters, what stems lose there, what masks the vocal."""
