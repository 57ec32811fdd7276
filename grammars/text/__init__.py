"""Text to expression trees: Lark grammars, and the readers on top of them."""
