"""The console without a picture: the same actions, told and answered in lines of text."""
