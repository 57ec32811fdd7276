"""Kappabar: which encoding of a symbolic domain makes its meaning learnable?"""

__version__ = "0.1.0"
