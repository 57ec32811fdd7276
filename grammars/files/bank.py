"""The built-in canonical systems, read from `bank.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from ..errors import SourceError, did_you_mean
from ..text.parse import DOMAINS, parse
from ..tree import System


def bank(domain: str = "ode") -> tuple[System, ...]:
    """All built-in systems of `domain` (`ode`, `map` or `function`), each with name, conditions, regime and citation.

    Raises SourceError for a domain that has no bank.
    """
    if domain not in DOMAINS:
        raise SourceError(f"domain {domain!r} has no bank{did_you_mean(domain, DOMAINS)}; there is one for {', '.join(DOMAINS)}")
    return _parsed(domain)


def bank_system(name: str) -> System:
    """The built-in system of that name, whatever its domain. Raises SourceError."""
    domains = {entry["name"]: entry["domain"] for entry in _entries()}
    if name not in domains:
        raise SourceError(f"no system {name!r} in the bank{did_you_mean(name, domains)}")
    return next(system for system in bank(domains[name]) if system.name == name)


@cache
def _entries() -> tuple[dict[str, Any], ...]:
    text = resources.files(__package__).joinpath("bank.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["system"])


@cache
def _parsed(domain: str) -> tuple[System, ...]:
    return tuple(_system(entry) for entry in _entries() if entry["domain"] == domain)


def _system(entry: dict[str, Any]) -> System:
    system = parse(entry["text"].strip(), entry["domain"])
    x0 = tuple(tuple(map(float, row)) for row in entry.get("x0", system.x0))
    return replace(system, x0=x0, name=entry["name"], regime=entry["regime"], citation=entry["citation"])
