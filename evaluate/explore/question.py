"""What the live page may ask, and how much: everything from outside is checked here, before any work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from ...grammars.errors import SpecError
from ...grammars.parts.plugins import names_object
from ...grammars.text.parse import DOMAINS
from ...tokenizers.catalog import names_file
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from ..domains.line_up import LINE_UP, OWN_LINE_UP
from .documents import EDITS_PER_TOKEN

EXAMPLES = {
    "ode": "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z @ x=1, y=1, z=1; T=20",
    "map": "x[n+1] = 3.7*x*(1 - x) @ x=0.3; T=60",
    "function": "sin(3*x) + 0.5*x^2 @ x=-3..3",
    "arithmetic": "12 + 3.5*4 mod 9",
    "audio": "0 7932 11388 7932 0 -7932 -11388 -7932 0 7932 11388 7932 0 -7932 -11388 -7932",
    "random-audio": "-120 8 31100 -8316 4092",
    "proof": "DD211",
    "random-proof": "D1D22",
    "program": "fold(xs, 0, (s, x) -> s + x)",
    "random-program": "map(xs, x -> x * n)",
    "mutated-program": "if n < 2 then 1 else n",
    "fold": "HPHPPHPHPHPHH",
    "random-fold": "HPHPPHPHPHPHH",
    "rna": "GGCACUUCGGUGCC",
    "random-rna": "GGCACUUCGGUGCC",
    "language": "the quality of mercy is not strain'd",
    "random-language": "the quality of mercy is not strain'd",
}
"""What the page begins with, by domain."""
MOST_TEXT = 2_000
MOST_SPECS = 8
MOST_SPEC_TEXT = 200
MOST_HORIZON = 1_000.0
MOST_POINTS = 1_001
MOST_EACH = 256
MOST_EQUATIONS = 12
MOST_NODES = 400
MOST_BODY = 16_384
"""Bytes of a request."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the person who started the page named on the command line: the page itself can name no code of its own."""

    representations: tuple[str, ...]
    domain: str = "ode"
    metric: str | None = None

    @staticmethod
    def of(representations: Sequence[str], domain: str = "ode", metric: str | None = None) -> Allowed:
        """Raises `SpecError` for a spec, domain or metric that names nothing, or too many specs."""
        chosen_domain = find_domain(domain)
        chosen_domain.distance(metric)
        given = tuple(dict.fromkeys(chosen_domain.canonical(r) for r in representations or first_look(chosen_domain)))
        if len(given) > MOST_SPECS:
            raise SpecError(f"{len(given)} representations are too many to look at; name up to {MOST_SPECS}")
        return Allowed(given, domain, metric)

    @property
    def domains(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.domain, *DOMAINS)))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(document: dict[str, Any]) -> Allowed:
        return Allowed(tuple(document["representations"]), document["domain"], document["metric"])


def first_look(domain: Domain) -> tuple[str, ...]:
    """What is looked at where nothing is named."""
    if domain.line_up:
        return domain.line_up[:3]
    return (LINE_UP[0], *LINE_UP[2:4]) if domain.operators.built_in else OWN_LINE_UP[:3]


@dataclass(frozen=True, slots=True)
class Question:
    """One look: a system's text under some representations. Unbounded in nothing."""

    text: str
    representations: tuple[str, ...]
    domain: str
    points: int
    edits_per_token: int
    seed: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def question(document: Any, allowed: Allowed) -> Question:
    """The question that a request's JSON asks. Raises `SpecError`, in one line, for anything else."""
    if not isinstance(document, dict):
        raise SpecError('the request is no JSON object; send {"text": …, "representations": […]}')
    text = document.get("text")
    if not isinstance(text, str) or not text.strip():
        raise SpecError("there is no equation; write one, for instance x' = y; y' = -x @ x=1, y=0; T=10")
    if len(text) > MOST_TEXT:
        raise SpecError(f"the equation has {len(text):,} characters; up to {MOST_TEXT:,} are looked at here")
    specs = document.get("representations", list(allowed.representations))
    if not isinstance(specs, list) or not all(isinstance(s, str) for s in specs) or not specs:
        raise SpecError("choose at least one representation")
    if len(specs) > MOST_SPECS:
        raise SpecError(f"{len(specs)} representations are too many; choose up to {MOST_SPECS}")
    domain = document.get("domain", allowed.domain)
    if domain not in allowed.domains:
        raise SpecError(f"the domain must be one of {', '.join(allowed.domains)}")
    return Question(
        text,
        tuple(dict.fromkeys(_spec(s, allowed) for s in specs)),
        domain,
        _whole(document, "points", 401, 2, MOST_POINTS),
        _whole(document, "edits_per_token", EDITS_PER_TOKEN, 1, MOST_EACH),
        _whole(document, "seed", 0, 0, 2**32 - 1),
    )


def _spec(text: str, allowed: Allowed) -> str:
    """The spec. Importing a module runs it, so one that names an object must have been named on the command line; as must a
    file."""
    if text in allowed.representations:
        return text
    if len(text) > MOST_SPEC_TEXT:
        raise SpecError(f"a representation's spec has up to {MOST_SPEC_TEXT} characters, not {len(text):,}")
    # A part is module:Object or module:Object:arguments: see `tokenizers.parts.split_part`.
    parts = [p.strip() for p in text.split("|")]
    own = [p for p in parts if names_object(":".join(p.split(":")[:2])) or names_file(p)]
    if own:
        raise SpecError(
            f"parts of one's own, and files ({own[0]}), are taken from the command line alone: kappabar explore -r '…'"
        )
    return text.strip()


def _whole(document: dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = document.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise SpecError(f"{name} must be a whole number from {least} to {most}")
    return value


def check_horizon(t_end: float | None) -> None:
    """Raises `SpecError` for a longer horizon than the page waits for."""
    if t_end is not None and isfinite(t_end) and t_end > MOST_HORIZON:
        raise SpecError(f"the horizon T={t_end:g} is too long to look at here; up to T={MOST_HORIZON:g}")
