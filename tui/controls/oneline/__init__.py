"""One-line commands: a processor, a band or a value in a line, said before it is done."""
