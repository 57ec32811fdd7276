"""Sounds that have a name, synthesized by what `bank.toml` says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import resources
from math import inf

from ....grammars.tree import System
from .sampling import system_of
from .synthesis import Sound


@cache
def sounds() -> dict[str, Sound]:
    """Their parameters, by name."""
    return {one["name"]: _sound(one) for one in _entries()}


@cache
def named() -> tuple[System, ...]:
    """Each with its name, its parameters as its regime, and where its frequencies are from."""
    known = sounds()
    return tuple(
        replace(system_of(known[one["name"]]), name=one["name"], regime=known[one["name"]].words, citation=one["citation"])
        for one in _entries()
    )


def _entries() -> list[dict[str, str]]:
    text = resources.files(__package__).joinpath("bank.toml").read_text("utf-8")
    entries: list[dict[str, str]] = tomllib.loads(text)["sound"]
    return entries


def _sound(entry: Mapping[str, object]) -> Sound:
    own = {name: value for name, value in entry.items() if name not in ("name", "citation")}
    lists = {name: tuple(map(float, value)) for name, value in own.items() if isinstance(value, list)}
    return Sound(**{"decay": inf, **own, **lists})  # type: ignore[arg-type]
