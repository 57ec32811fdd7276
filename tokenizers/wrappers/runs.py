"""The wrappers whose tokens are runs of another tokenizer's tokens, each one way (`merged.py`)."""

from __future__ import annotations

from .kmers import Kmers
from .patches import Patches
from .subword import Subword
from .vq import Vq

Runs = Subword | Patches | Kmers | Vq
