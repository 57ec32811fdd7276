"""A sampler fitted to a list of systems: a probabilistic grammar over their trees, values by place, conditions."""
