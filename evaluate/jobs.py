"""The jobs of the command line as functions: parse, tokenize, simulate, kappa. Each returns a typed result whose
`as_dict()` is the command's JSON document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..grammars.errors import ConditionError, RunError
from ..grammars.infix import to_infix
from ..grammars.operators import BUILT_IN
from ..grammars.parse import DOMAINS
from ..grammars.printers import to_latex, to_prefix
from ..grammars.tree import Node, System, coefficients
from ..representations.representation import Representation
from ..representations.rewrites.base import Context
from ..tokenizers.base import Invalid, Token
from ..tokenizers.reach import codec_of, falls_out, range_text
from .domains import Domain
from .domains import domain as find_domain
from .events import Listener, Skipped, silent
from .plots import drawn
from .semantics.base import Solver
from .statistics import plain

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

    from ..representations.export import Exported
    from .edits.base import EditOperator
    from .kappa import Kappa
    from .semantics.base import Behaviors


WORTH_PROCESSES = 300_000
"""Edits from which on processes of their own gain more than their start takes (some 2 s; a core does about 40,000 edits a second)."""
MANY_EDITS = 5_000
"""What an expression is taken to have where all are enumerated."""


def parse(text: str, domain: str | Domain = "ode") -> System:
    """The system that a text describes. Raises `ParseError`, which knows line and column."""
    return find_domain(domain).parse(text)


def parsed_document(system: System, domain: str | Domain | None = None) -> dict[str, Any]:
    """The `parse` document: infix and prefix over `x_0`, `x_1`, …; LaTeX with the names as written. `domain`: whose alphabet the
    system is of (None: a built-in domain's)."""
    operators = BUILT_IN if domain is None or domain in DOMAINS else find_domain(domain).operators
    return {
        "equations": [to_infix(e, None, operators) for e in system.equations],
        "prefix": [to_prefix(e) for e in system.equations],
        "latex": [to_latex(e, system.names, operators) for e in system.equations],
        "dim": system.dim,
        "variables": list(system.names),
        "coefficients": coefficients(system.tree),
    }


@dataclass(frozen=True, slots=True)
class Tokenization:
    """A system under a representation. `decoded` is what comes back; `fidelity_error` the distance of its behavior
    from the original's under `metric`, None where there are no conditions to simulate under."""

    representation: Representation
    system: System
    tokens: tuple[Token, ...]
    ids: tuple[int, ...]
    decoded: Node | Invalid
    fidelity_error: float | None

    def as_dict(self) -> dict[str, Any]:
        decoded = self.decoded
        return {
            "representation": self.representation.spec,
            "tokens": [t.text for t in self.tokens],
            "ids": list(self.ids),
            "classes": [str(t.kind) for t in self.tokens],
            "vocabulary_size": len(self.representation.vocabulary),
            "decoded": None if isinstance(decoded, Invalid) else to_infix(decoded, None, self.representation.operators),
            "fidelity_error": None if self.fidelity_error is None else plain(self.fidelity_error),
            "notes": self.notes,
        }

    @property
    def notes(self) -> list[str]:
        """Which of its numbers fall out of the codec's range."""
        codec = codec_of(self.representation.tokenizer)
        if codec is None:
            return []
        fallen = [v for v in coefficients(self.representation.rewrite(self.system)) if falls_out(codec, v)]
        return [f"outside {range_text(codec)}: {v:g} becomes {codec.round(v):g}" for v in dict.fromkeys(fallen)]

    def to_frame(self) -> pl.DataFrame:
        """One row per token."""
        import polars as pl

        rows = [(t.text, i, str(t.kind), ".".join(map(str, t.path))) for t, i in zip(self.tokens, self.ids, strict=True)]
        return pl.DataFrame(rows, schema=["token", "id", "class", "node"], orient="row")


def tokenize(
    text: str | System, spec: str | Representation, domain: str | Domain = "ode", metric: str | None = None
) -> Tokenization:
    """`text` under a representation, fitted (where it has anything to fit) to the domain's bank; the
    text only says how many variables there must be. So its fidelity error is that of the bank's bins, not of a file's."""
    from .metrics import distances
    from .references import known, reference
    from .semantics.base import Status, room_for

    place = find_domain(domain)
    system = place.parse(text) if isinstance(text, str) else text
    chosen = spec if isinstance(spec, Representation) else place.representation(spec, place.corpus(), [system.tree])
    error = None
    setting = original = None
    if (system.x0 and system.t_end) or not place.closed:
        setting = place.semantics.setting(system)
        found = reference(place.semantics.simulate([system.tree], setting), setting, place)
        original = None if isinstance(found, str) else found
    chosen = chosen.bind(Context(system) if setting is None or original is None else Context(system, *known(setting.t, original)))
    tokens, ids = chosen.tokenize(system.tree), chosen.encode(system.tree)
    decoded = chosen.decode(ids)
    if setting is not None and original is not None and isinstance(decoded, Node):
        _, again = room_for(decoded, setting, original, place.semantics)
        if (again.status != Status.UNRESOLVED).all():
            error = float(distances(place.distance(metric), original, again.y)[0])
    return Tokenization(chosen, system, tuple(tokens), tuple(ids), decoded, error)


@dataclass(frozen=True, slots=True)
class Simulation:
    """The behavior of one system: t (T,), y (I, T, D) for I initial conditions, NaN where it is undefined; `status` the worst over them.
    `closed`: see `Domain`.

    `inputs` (T, n): of a domain that is not closed, the points at which it is evaluated; t then only numbers them.
    """

    system: System
    behaviors: Behaviors
    closed: bool = True
    inputs: np.ndarray[Any, np.dtype[np.float64]] | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """What each of the D dimensions is: a variable; of a domain that is not closed the value, or values."""
        width = int(self.y.shape[2])
        if self.closed and width == self.system.dim:
            return self.system.names
        return ("value",) if width == 1 else tuple(f"value_{i}" for i in range(width))

    @property
    def t(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        return self.behaviors.t

    @property
    def y(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        found: np.ndarray[Any, np.dtype[np.float64]] = self.behaviors.y[0]
        return found

    @property
    def status(self) -> str:
        from .semantics.base import Status

        return Status(int(self.behaviors.status.max())).name.lower()

    def as_dict(self) -> dict[str, Any]:
        from .report.behavior_text import without_nan

        document = {"t": self.t.tolist(), "y": without_nan(self.y), "status": self.status}
        return document if self.inputs is None else document | {"inputs": self.inputs.tolist()}

    def to_frame(self) -> pl.DataFrame:
        """One row per initial condition and time; one column per variable, or `value` where the variables are inputs."""
        import polars as pl

        rows = [(i, t, *row) for i, y in enumerate(self.y) for t, row in zip(self.t.tolist(), y.tolist(), strict=True)]
        columns = (f"{n}_value" if n in ("start", "t") else n for n in self.labels)
        return pl.DataFrame(rows, schema=["start", "t", *columns], orient="row")

    def plot(self) -> alt.Chart:
        """Time series, one panel per initial condition."""
        chart: alt.Chart = drawn("figures", "time_series", self)
        return chart


def simulate(
    text: str | System,
    x0: Sequence[Sequence[float]] | None = None,
    t_end: float | None = None,
    points: int = 201,
    rtol: float | None = None,
    atol: float | None = None,
    domain: str | Domain = "ode",
    *,
    box: float | None = None,
    max_step: float | None = None,
    max_steps: int | None = None,
) -> Simulation:
    """The behavior of a system. `x0` (several allowed) and `t_end` win over those in the text. The other options: see
    `semantics.base.Solver`; None for the domain's own.

    Raises `ParseError`, or `ConditionError` where initial conditions or a horizon are missing or do not fit, or a horizon is given for
    what has inputs and no time.
    """
    place = find_domain(domain).tuned(Solver(rtol, atol, box, max_step, max_steps))
    if t_end is not None and not place.closed:
        raise ConditionError(f"domain {place.name!r} has inputs and no time: leave the horizon (--t-end) out")
    system = place.parse(text) if isinstance(text, str) else text
    setting = place.semantics.setting(system, points=points, x0=x0, t_end=t_end)
    inputs = None if place.closed else setting.x0
    return Simulation(system, place.semantics.simulate([system.tree], setting), place.closed, inputs)


def export(
    spec: str | Representation,
    out: str | Path,
    data: str | Sequence[str] = (),
    domain: str | Domain = "ode",
    special_tokens: bool = False,
    seed: int = 0,
    strict: bool = False,
    listen: Listener = silent,
) -> Exported:
    """Write a representation as a Hugging Face tokenizer folder. A spec is fitted to `data` alone, as `kappa` fits it, or to the
    domain's bank.

    Raises `OutputError` where the folder is not empty or cannot be written, `SpecError` for a part that text cannot carry.
    """
    from ..representations.export import export as write
    from .sources import load

    place = find_domain(domain)
    if isinstance(spec, Representation):
        return write(spec, Path(out), place.name, special_tokens)
    place.canonical(spec)  # a misspelt one is refused before any work
    corpus: Sequence[Node | System] = place.corpus()
    if data:
        loaded = load([data] if isinstance(data, str) else list(data), place, seed=seed, strict=strict, listen=listen)
        for skip in loaded.skipped:
            listen(Skipped("reading", f"{skip.source} {skip.where}", skip.reason))
        corpus = [s.tree for s in loaded.systems]
    return write(place.representation(spec, corpus), Path(out), place.name, special_tokens)


def kappa(
    representations: str | Representation | Sequence[str | Representation],
    data: str | Sequence[str] | Sequence[System] = ("bank",),
    edits: str = "token",
    edits_per_expression: int | None = 1000,
    domain: str | Domain = "ode",
    metric: str | None = None,
    invalid: str = "exclude",
    seed: int = 0,
    strict: bool = False,
    listen: Listener = silent,
    *,
    keep_edits: bool = True,
    jobs: int = 1,
    scheduler: str | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    box: float | None = None,
    max_step: float | None = None,
    max_steps: int | None = None,
) -> Kappa | list[Kappa]:
    """The κ family of one representation, or a list for several: same expressions, same seeds, hence paired.

    `edits_per_expression=None` enumerates every neighborhood; `keep_edits=False` keeps of the edits what the statistics need, for
    corpora too large to keep all. Representations given as specs are fitted to the data alone. Raises `RunError` where no expression could
    be measured under any of them.

    `jobs` processes (0: all cores) share work that is worth their start, or the workers of the Dask cluster at the address
    `scheduler` all of it, with no effect on the numbers. More than one job needs a main module that can be imported.

    `rtol`, `atol`, `box`, `max_step`, `max_steps`: how expressions and edits are simulated, see `semantics.base.Solver`. The box is that of
    the expressions; an edit's is 100 times its original's size.
    """
    from .edits.catalog import edit_operator
    from .edits.plausible_recipe import Preparing
    from .kappa import check_policy, measure_all
    from .pool import runner
    from .sources import load

    solver = Solver(rtol, atol, box, max_step, max_steps)
    place = find_domain(domain).tuned(solver)
    measure, operator = place.distance(metric), edit_operator(edits)
    check_policy(invalid, measure)
    single = isinstance(representations, str | Representation)
    wanted = [representations] if isinstance(representations, str | Representation) else list(representations)
    for spec in wanted:
        if isinstance(spec, str):
            place.canonical(spec)  # a misspelt one is refused before any work
    sources = [data] if isinstance(data, str) else list(data)
    texts = [s for s in sources if isinstance(s, str)]
    systems = [s for s in sources if isinstance(s, System)]
    if texts:
        loaded = load(texts, place, seed=seed, strict=strict, listen=listen)
        for skip in loaded.skipped:
            listen(Skipped("reading", f"{skip.source} {skip.where}", skip.reason))
        systems += loaded.systems
    trees = [s.tree for s in systems]
    fitted = [r if isinstance(r, Representation) else place.representation(r, trees) for r in wanted]

    def ready(r: Representation) -> EditOperator:
        return operator.prepared(r, place, systems, seed, listen) if isinstance(operator, Preparing) else operator

    # A model made ready for edits stays where it was trained.
    work = 0 if isinstance(operator, Preparing) else len(systems) * len(fitted) * (edits_per_expression or MANY_EDITS)
    with runner(jobs if work > WORTH_PROCESSES else 1, scheduler if work else None, listen) as crew:
        results = [
            measure_all(
                r, systems, place, measure, ready(r), invalid, edits_per_expression, seed, listen, not keep_edits, crew
            )
            for r in fitted
        ]  # fmt: skip
    skipped = [s for k in results for s in k.skipped]
    if skipped and not any(k.measured for k in results):
        raise RunError(
            f"nothing could be measured: all {len(systems)} expressions were skipped, the first, {skipped[0].name}: {skipped[0].reason}"
        )
    results = [replace(k, solver=solver) for k in results]
    return results[0] if single else results
