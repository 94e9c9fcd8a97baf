"""Audio files: decoding, encoding, dither and rate conversion."""
