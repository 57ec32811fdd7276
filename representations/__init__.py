"""Rewrites and a tokenizer make a representation: specs, the catalog, the search space."""
