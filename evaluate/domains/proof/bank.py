"""Proofs of theorems that have a name, read from `bank.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import resources

from ....grammars.tree import System


@cache
def named(parse: Callable[[str], System]) -> tuple[System, ...]:
    """Each with its name, the theorem in Polish notation as its regime, and where that is from. A proof is a shortest one where
    it has at most nineteen symbols, else one that was found."""
    text = resources.files(__package__).joinpath("bank.toml").read_text("utf-8")
    return tuple(
        replace(parse(one["proof"]), name=one["name"], regime=one["theorem"], citation=one["citation"])
        for one in tomllib.loads(text)["proof"]
    )
