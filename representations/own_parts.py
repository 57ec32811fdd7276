"""Which parts of a spec are none of Kappabar's: what a spec from a stranger must not have imported."""

from __future__ import annotations

from ..tokenizers.catalog import CODECS, NOTATIONS, WRAPPERS
from .rewrites.catalog import REWRITES


def own_parts(spec: str) -> list[str]:
    """The parts that are imported to be read, `module:Object` or of an installed package by its name; nothing is imported to
    tell. So are those that stand where no such part can, as `bins:log` before the notation, which is read as a module."""
    parts = [part.strip() for part in spec.split("|")]
    start = next((i for i, part in enumerate(parts) if not REWRITES.is_built_in(_name(part))), len(parts))
    notation, after = parts[start : start + 1], parts[start + 1 :]
    levels = {level for name in notation if NOTATIONS.is_built_in(name) for level in NOTATIONS[name].levels}
    own = [part for part in notation if not NOTATIONS.is_built_in(part)]
    return own + [p for p in after if p not in levels and _name(p) not in WRAPPERS and not CODECS.is_built_in(_name(p))]


def _name(part: str) -> str:
    return part.partition(":")[0].strip()
