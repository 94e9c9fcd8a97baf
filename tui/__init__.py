"""The terminal console of stemlathe (a package of its own; see the changelog for its state)."""
