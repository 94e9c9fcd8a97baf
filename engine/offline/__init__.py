"""The offline driver: runs a plan over whole songs."""
