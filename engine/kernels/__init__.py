"""Compiled code: how kernels look, where they are cached, and the one runner that runs a plan."""
