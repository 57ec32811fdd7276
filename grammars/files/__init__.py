"""Files of equations, the bank, and writing files whole."""
