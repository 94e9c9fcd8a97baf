"""Everything that runs in real time: compiled, without the GIL, an allocation, a lock or an exception."""
