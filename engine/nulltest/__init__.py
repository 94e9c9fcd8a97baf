"""The null test: do the stems sum to the reference mix, and what would make them?"""
