"""Hugging Face's `tokenizers`, which no other file imports: this folder bears its name, see ARCHITECTURE.md.

Functions that need it import this file themselves: it is heavy, and most commands do without.
"""

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

__all__ = ["AddedToken", "Regex", "Tokenizer", "decoders", "models", "normalizers", "pre_tokenizers", "processors", "trainers"]
