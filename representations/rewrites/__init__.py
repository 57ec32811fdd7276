"""Rewrites: trees to trees of the same meaning, applied before tokenizing. One file each; `catalog.py` names them."""
