"""What the platforms' codecs and a mono loudspeaker make of a master."""
