"""Domains: a grammar, a semantic map φ, a default metric and sources of expressions, under one name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from ...grammars.draw.sampler import Sampler
from ...grammars.errors import ConditionError, SpecError, did_you_mean
from ...grammars.files.bank import bank
from ...grammars.operators import BUILT_IN, Operators
from ...grammars.parts.plugins import load_object
from ...grammars.parts.registry import Registry
from ...grammars.text.own import TextReader
from ...grammars.text.parse import DOMAINS, parse
from ...grammars.tree import Node, System, system, variable, variables
from ...representations.representation import Representation, canonical, representation
from ...tokenizers.machines.forest import Forest
from ..semantics.base import Semantics, Solver, Tunable, check_solver
from .distributions import Distribution
from .metrics import METRICS, Metric
from .metrics import metric as find_metric
from .observers.base import Observer
from .observers.numbers import NUMBERS

DIRECTIONS = ("inverse", "forward")
_SIMPLEST = 3


def _itself(tree: Node) -> Node:
    return tree


@dataclass(frozen=True, slots=True)
class Domain:
    """`parse` reads a person's text (for a grammar of one's own: `text.own.TextReader`), and is what files are read with.
    `semantics` is φ (`semantics.base`; the simplest of one's own: `semantics.values.Values`). `metric`: the name of the default
    d_M.

    `closed`: whether every variable has an equation of its own (false for functions, whose variables are inputs). `operators`:
    the alphabet, of which trees are made. `sampler`: draws candidates for `sample:N` and for learning; None: the built-in one of
    that name, if any. `metrics`: distances of the domain's own, known by their names under it. Q is measured by the default
    metric where that is one of these and bounded, else by `bounded-l2`. `sources`: where expressions come from unless a person
    says it. `series`: whether a behavior runs over time, so that what comes later follows from what was (None: where `closed`);
    else its points are independent, as those of a function's table.

    `direction`: what is learned of it. "inverse": a behavior is observed, its expression is written. "forward": the expression is
    shown, its value is written, as an expression that is one number; then behaviors have one point, and trees hold numbers.
    `normal`: a tree in a form that is equal for what a test must not share with training, for instance sums in one order.
    `line_up`: the representations that are compared where a person names none. `observer`: what a model sees of a behavior, with
    what noise, and by what split and retrieval compare: numbers, or symbols (`observers.symbols`). `bank`: expressions with
    names and sources, as `--data bank` has them. `say`: a behavior (T, D) as a text, where people of the domain read one and look
    at no curve; see `said`. `columns`: how many values a behavior has at each point, its D; 0: one for each equation, and one of
    a sequence. `distributions`: those under which κ̄ is compared with other domains'; by default the sampler's alone.

    Raises SpecError for a built-in domain's name with other operators, and for a direction that there is not or cannot be.
    """

    name: str
    parse: Callable[[str], System]
    semantics: Semantics
    metric: str = "bounded-l2"
    closed: bool = True
    operators: Operators = BUILT_IN
    sampler: Sampler | None = None
    metrics: tuple[Metric, ...] = ()
    sources: tuple[str, ...] = ()
    series: bool | None = None
    direction: str = DIRECTIONS[0]
    normal: Callable[[Node], Node] = _itself
    line_up: tuple[str, ...] = ()
    observer: Observer = NUMBERS
    bank: Callable[[], Sequence[System]] | None = None
    say: Callable[[NDArray[np.float64]], str] | None = None
    columns: int = 0
    distributions: tuple[Distribution, ...] = ()

    def __post_init__(self) -> None:
        if self.direction not in DIRECTIONS:
            hint = did_you_mean(self.direction, DIRECTIONS)
            words = f"domain {self.name!r}: unknown direction {self.direction!r}{hint}"
            raise SpecError(f"{words}; there are {', '.join(DIRECTIONS)}")
        if self.forward and not self.operators.numbers:
            raise SpecError(f"domain {self.name!r} is forward, so values are written, but its alphabet has no numbers")
        if self.closed and self.operators.sequence:
            raise SpecError(f"domain {self.name!r} has sequences of symbols, which are no equations: give it closed=False")
        if self.name in DOMAINS and not self.operators.built_in:
            raise SpecError(f"a domain with operators of its own cannot be called {self.name!r}, which is built in; rename it")
        if isinstance(self.parse, TextReader) and self.parse.closed != self.closed:
            object.__setattr__(self, "parse", replace(self.parse, closed=self.closed))
        if not self.sources:
            object.__setattr__(self, "sources", ("bank",) if self.bank is not None else ("sample:64",))
        if not self.distributions:
            sampled = self.sampler is not None or self.bank is None
            object.__setattr__(self, "distributions", (Distribution("natural", "sample" if sampled else "bank"),))
        if self.operators.sequence and not self.columns:
            object.__setattr__(self, "columns", 1)
        if self.series is None:
            object.__setattr__(self, "series", self.closed)

    @property
    def forward(self) -> bool:
        """Whether the expression is shown and its value is written."""
        return self.direction == "forward"

    def tuned(self, solver: Solver) -> Domain:
        """The domain with a person's options for simulations. Raises `ConditionError` for one that no simulation can use, before
        there is any, and for one that its semantics do not have."""
        if not solver.given():
            return self
        check_solver(points=2, **asdict(solver))
        if not isinstance(self.semantics, Tunable):
            raise ConditionError(f"the semantics of domain {self.name!r} have no options: leave {solver.words()[0]} out")
        return replace(self, semantics=self.semantics.tuned(solver))

    def distance(self, name: str | None = None) -> Metric:
        """The metric of that name, the domain's own first; its default where none is named. Raises `SpecError`, also for a metric
        of behaviors over time where there is no time."""
        wanted = name or self.metric
        own = {m.name: m for m in self.metrics}
        try:
            metric = own[wanted] if wanted in own else find_metric(wanted)
        except SpecError as e:
            raise SpecError(f"{e}; {self.name} has {', '.join(own)}") if own and ":" not in wanted else e from None
        if metric.series and not self.series:
            raise SpecError(
                f"metric {metric.name!r} compares behaviors over time, and domain {self.name!r} has no time; use bounded-l2"
            )
        return metric

    @property
    def quality(self) -> Metric:
        """The bounded metric that q = 1 - d / d_max is measured by."""
        own = next((m for m in self.metrics if m.name == self.metric and isfinite(m.d_max)), None)
        return own or METRICS["bounded-l2"]

    def representation(
        self, spec: str, corpus: Sequence[Node | System] | None = None, extra: Sequence[Node | System] = ()
    ) -> Representation:
        """The representation that a spec names under this domain, fitted to its own `corpus` where none is given: see
        `representations.representation`."""
        fitted_to = self.corpus() if corpus is None else corpus
        return representation(spec, self.name, fitted_to, extra, self.closed, self.operators)

    def corpus(self) -> Sequence[Node | System]:
        """What representations are fitted to where nothing else is given: the bank, or for a domain without one its simplest
        systems."""
        if self.bank is not None:
            return self.bank()
        if self.operators.sequence:
            return [system(Node(symbol)) for symbol in self.operators.constants]
        return [system(*[variable(n - 1)] * (n if self.closed else 1)) for n in range(1, _SIMPLEST + 1)]

    def canonical(self, spec: str) -> str:
        """The spec in full, as this domain has it. Raises `SpecError`."""
        return canonical(spec, self.operators)

    def said(self, y: NDArray[np.float64]) -> str:
        """A behavior (T, D) in the words of a domain that has some; one that has no value anywhere is "undefined"."""
        return "undefined" if self.say is None or np.isnan(y).all() else self.say(y)

    def comparable(self, tree: Node, original: System) -> bool:
        """Whether a tree's behavior has a distance to a system's at all: systems of unequal dimension have none. Of sequences,
        all have: how far one of another length is, the domain's metric says."""
        if self.operators.sequence:
            return True
        return len(tree.children) == len(original.equations) and max(variables(tree), default=-1) < original.dim

    def comparable_all(self, trees: Forest, original: System) -> NDArray[np.bool_]:
        """`comparable` of each tree: (n,)."""
        if self.operators.sequence:
            return np.ones(len(trees), bool)
        fit: NDArray[np.bool_] = (trees.equations == len(original.equations)) & (trees.top < original.dim)
        return fit


@cache
def _built_in(name: str) -> Domain:
    # The engine is compiled code: only a domain that is used loads it.
    from ..semantics.flow import Flow
    from ..semantics.orbit import Orbit
    from ..semantics.table import Table

    semantics: dict[str, Semantics] = {"ode": Flow(), "map": Orbit(), "function": Table()}
    # No lambda: a domain goes to other processes.
    return Domain(
        name,
        partial(parse, domain=name),
        semantics[name],
        closed=name != "function",
        bank=partial(bank, name),
        distributions=(Distribution("natural", "bank"), Distribution("uniform")),
    )


def _as_domain(name: str, item: object) -> Domain:
    """A domain, or a function without arguments that makes one: built-in ones load the engine on first use. Raises SpecError."""
    made = item() if not isinstance(item, Domain) and callable(item) else item
    if not isinstance(made, Domain):
        raise SpecError(f"{name} is a {type(made).__name__}, not a kappabar Domain")
    return made


_OWN_ALPHABETS = {
    "arithmetic": "arithmetic:ARITHMETIC",
    "audio": "audio.domain:AUDIO",
    "random-audio": "audio.domain:RANDOM",
    "proof": "proof.domain:PROOF",
    "random-proof": "proof.domain:RANDOM",
    "program": "program.domain:PROGRAM",
    "random-program": "program.domain:RANDOM",
    "mutated-program": "program.domain:MUTATED",
    "fold": "fold.domain:FOLD",
    "random-fold": "fold.domain:RANDOM",
    "rna": "rna.domain:RNA",
    "random-rna": "rna.domain:RANDOM",
    "language": "language.domain:LANGUAGE",
    "random-language": "language.domain:RANDOM",
}
"""Built-in domains that are made as a user's is, by their files beside this one."""


def _in_file(place: str) -> object:
    return load_object(f"{__package__}.{place}")


_BUILT_IN = {name: partial(_built_in, name) for name in DOMAINS} | {
    name: partial(_in_file, place) for name, place in _OWN_ALPHABETS.items()
}
ALL: Registry[Domain] = Registry("kappabar.domains", _BUILT_IN, _as_domain)


def domain_word(given: str | Domain) -> str:
    """The word that names a domain again, in other processes and when a run goes on: its name, or `module:Object` where a module
    that is imported holds it. Raises `SpecError` for one that none holds, or only the main program."""
    if isinstance(given, str):
        return given
    given = domain(given)
    if given.name in ALL and ALL[given.name] is given:
        return given.name
    modules = sorted(name for name in sys.modules if name != "__main__")
    for module in modules:
        for name, item in list(getattr(sys.modules.get(module), "__dict__", {}).items()):
            if item is given:
                return f"{module}:{name}"
    raise SpecError(
        f"domain {given.name!r} must be found again by its name: put it into a module of its own, as a name there, and import it"
    )


def domain(name: str | Domain = "ode") -> Domain:
    """The domain of that name, built in or installed, or the user's own as `module:Object`. Raises `SpecError`."""
    if isinstance(name, Domain):
        return name
    if not isinstance(name, str):
        raise SpecError(f"a domain is a name, module:Object or a Domain, not a {type(name).__name__}")
    if ":" in name:
        return _as_domain(name, load_object(name))
    if name not in ALL:
        raise SpecError(f"unknown domain {name!r}{did_you_mean(name, ALL)}; there are {', '.join(ALL)}, or module:Object")
    return ALL[name]
