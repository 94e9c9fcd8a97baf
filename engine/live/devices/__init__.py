"""Where the sound goes: devices behind one small interface, each in a process of its own."""
