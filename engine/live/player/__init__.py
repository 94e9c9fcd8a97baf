"""The control side of playback: transport, edits handed to the loop, monitor section, capture."""
