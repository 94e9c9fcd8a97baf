"""Compiled building blocks of the processors: look-ahead, interpolation, FFT, filters over lines."""
