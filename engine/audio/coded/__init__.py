"""What stands before and beside libsndfile: files it reads wrongly, or not at all."""
