"""What stands before the desk for a while and takes the keys: prompts, questions, lists, help.

All of it is drawn on cells and takes a key at once, in the order in which keys come: nothing has to be
mounted or focused before it hears, so what is typed ahead goes where it was meant to.
"""
