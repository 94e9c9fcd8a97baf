"""From what the loop measures to levels and to loudness that belongs to the song."""
