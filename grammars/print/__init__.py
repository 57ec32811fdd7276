"""Expression trees to text."""
