"""The way from Python to machine code: compiled functions, cache, pointers, SIMD lanes, the plan runner."""
