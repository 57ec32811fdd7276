"""RNAs that have a name, read from `bank.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import resources

from ....grammars.tree import System


@cache
def named(parse: Callable[[str], System]) -> tuple[System, ...]:
    """Each with its name, the kind of RNA as its regime, and where that is from."""
    text = resources.files(__package__).joinpath("bank.toml").read_text("utf-8")
    return tuple(
        replace(parse(one["sequence"]), name=one["name"], regime=one["kind"], citation=one["citation"])
        for one in tomllib.loads(text)["sequence"]
    )
