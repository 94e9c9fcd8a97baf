"""Headers of wave files: RIFF, RF64, BW64 and Wave64."""
