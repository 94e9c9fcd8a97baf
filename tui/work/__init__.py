"""Work that the console has done by child processes: verbs of the command line, seen while they run."""
