"""Sounds that have a name, synthesized by what `bank.toml` says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from math import inf

from ....grammars.tree import System
from ..named import entries
from .sampling import system_of
from .synthesis import Sound


@cache
def sounds() -> dict[str, Sound]:
    """Their parameters, by name."""
    return {one["name"]: _sound(one) for one in entries(__package__, "sound")}


@cache
def named() -> tuple[System, ...]:
    """Each with its name, its parameters as its regime, and where its frequencies are from."""
    known = sounds()
    return tuple(
        replace(system_of(known[one["name"]]), name=one["name"], regime=known[one["name"]].words, citation=one["citation"])
        for one in entries(__package__, "sound")
    )


def _sound(entry: Mapping[str, object]) -> Sound:
    own = {name: value for name, value in entry.items() if name not in ("name", "citation")}
    lists = {name: tuple(map(float, value)) for name, value in own.items() if isinstance(value, list)}
    return Sound(**{"decay": inf, **own, **lists})  # type: ignore[arg-type]
