"""DDP 2.00 compatible file sets for audio CDs: written here, and read by code that shares nothing with it.

DDP is a registered mark of DCA, Inc.; what is here follows public descriptions of the format.
"""
