"""Text to expression tree and back: grammars, the tree, printers, readers of equation files, generators."""
