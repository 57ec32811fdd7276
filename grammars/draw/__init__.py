"""Random systems, for samples and for tests."""
