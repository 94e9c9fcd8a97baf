"""A monitor of what runs: read-only, plain, at two frames a second, without Textual."""
