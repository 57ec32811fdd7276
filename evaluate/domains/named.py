"""Expressions that have a name, read from the `bank.toml` of a domain's own folder."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from ...grammars.tree import System


def entries(package: str, kind: str) -> list[dict[str, Any]]:
    """The tables `[[kind]]` of the bank in `package`."""
    bank = tomllib.loads(resources.files(package).joinpath("bank.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = bank[kind]
    return found


@cache
def named(package: str, kind: str, text: str, regime: str, parse: Callable[[str], System]) -> tuple[System, ...]:
    """What `parse` makes of the field `text` of each entry, with its name, where it is from, and as its regime the text `regime`
    with the entry's fields for those in braces."""
    return tuple(
        replace(parse(one[text]), name=one["name"], regime=regime.format_map(one), citation=one["citation"])
        for one in entries(package, kind)
    )
