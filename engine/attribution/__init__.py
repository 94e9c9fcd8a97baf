"""Who causes a gain reduction: each stem's share of what the master's processors take away."""
