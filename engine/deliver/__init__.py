"""Deliverables: solving for the target, writing, and measuring what was written."""
