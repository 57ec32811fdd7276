"""What the explorer shows: one expression under several representations, token by token, down to single edits and their
behaviors.

A document is plain JSON; `explorer.js` draws it, on a run's page and on the live page of `kappabar explore` alike.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import ConditionError, EncodeError, OutputError
from ...grammars.operators import BUILT_IN, Operators
from ...grammars.print.infix import as_written
from ...grammars.tree import Node, System
from ...representations.representation import Representation
from ...tokenizers.machines.decode import EditDecoder, bulk_decoder
from ..domains.domain import Domain
from ..domains.metrics import Metric
from ..domains.references import reference
from ..edits.per_token import PerTokenEdits
from ..edits.token import TokenNeighbors
from ..kappa.measure import Measured, NotMeasured, Original, measure, prepare
from ..kappa.profile import positions
from ..kappa.writing import Writing, equation_pieces, exponents, left_sides, writing
from ..results.behavior_text import pack, rounded
from ..semantics.base import Behaviors, room_for
from ..statistics.estimate import plain
from ..streams import generator, own_key

Document = dict[str, Any]
Floats = NDArray[np.float64]

EDITS_PER_TOKEN = 96
MOST_EDITS = 6000
"""Edits drawn per representation at most, whatever the number of tokens: bounds the time of an answer."""
POINTS = 201
MOST_ROWS = 64
"""Input points that are shown as a table; more, of several inputs, as a scatter plot."""
MOST_BYTES = 5_000_000
"""What a run's documents come to at most in all."""
EXPRESSIONS = 8
FAMOUS = "lorenz"
"""Shown wherever it was measured: the paper's example."""


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A representation with the compiled decoder of its edits (None where there is none), to be used again. Not for two
    threads."""

    representation: Representation
    decoder: EditDecoder | None

    @staticmethod
    def of(representation: Representation) -> Ready:
        return Ready(representation, bulk_decoder(representation.tokenizer))


def inspect(
    system: System,
    representations: Sequence[Representation | Ready],
    domain: Domain,
    metric: Metric,
    *,
    seed: int = 0,
    edits_per_token: int = EDITS_PER_TOKEN,
    points: int = POINTS,
    packed: bool = False,
) -> Document:
    """The document of one expression, from its first initial condition.

    {"name", "domain", "metric", "d_max", "equation": [[text, kind, node]], "lhs", "axis", "t": [T], "y": rows (T, D),
    "variables", "edits_per_token", "form": "flow", "orbit", "curve" (one input), "table" (few points of several, then with
    "inputs" and "input_names"), "scatter" (many) or "text" (then "y" are texts, as the domain says them),
    "representations": [{"spec", "note": why there are no tokens, or None, "equation": its own where it rewrites the tree, else
    None, "tokens": [{"text", "kind", "nodes": ["r.0.1", …], "sensitivity": mean distance or None,
    "n_edits", "n_valid": those that decode, "n_counted": those with a distance, "worst", "typical":
    {"kind", "token", "equation", "distance", "outcome", "y"} or None}]}]}. `typical` is the median edit of those with a distance;
    equations of edits have numbers to six digits. `points`: output times of the behaviors shown; distances are measured as κ
    measures them, and infinite ones are the text "inf". Values of a behavior are null where it is undefined.

    `packed`: behaviors are in a table "behaviors", packed as text for a page (see `behavior_text`), and "y" is an index into it.

    Raises `ConditionError` where the system cannot be simulated.
    """
    one = replace(system, x0=system.x0[:1])
    setting = domain.semantics.setting(one, points=points)
    behaviors = domain.semantics.simulate([one.tree], setting)
    own = reference(behaviors, setting, domain)
    if isinstance(own, str):
        hint = "choose a shorter horizon, or other conditions" if domain.series else "choose other inputs"
        raise ConditionError(f"{own}; {hint}")
    y = own[0]
    ready = [r if isinstance(r, Ready) else Ready.of(r) for r in representations]
    strips = [_strip(each, one, domain, metric, seed, edits_per_token) for each in ready]
    trees = list(dict.fromkeys(e.tree for s in strips for t in s.tokens for e in (t.worst, t.typical) if e is not None))
    shown = domain.semantics.simulate(trees, room_for(one.tree, setting, own, domain.semantics)[0])
    plain = writing_of(one, domain.operators, domain.closed)
    document: Document = {
        "name": one.name or "unnamed", "domain": domain.name, "metric": metric.name,
        "d_max": metric.d_max if np.isfinite(metric.d_max) else None,
        "equation": plain["equation"], "lhs": plain["lhs"], **_axis(one, domain, setting.x0, behaviors.t),
        "variables": list(one.names[: y.shape[1]]) if y.shape[1] == one.dim and domain.closed else ["value"] * y.shape[1],
        "edits_per_token": edits_per_token,
    }  # fmt: skip
    if domain.say is not None:
        document |= {"form": "text", "axis": "", "t": []}
    packed = packed and document["form"] not in (
        "table",
        "text",
    )  # which show the values themselves, where packed ones are rounded
    rows = _Rows(shown, trees, y, packed, None if domain.say is None else domain.said)
    document["y"] = rows.original
    document["representations"] = [s.as_dict(plain["equation"], rows) for s in strips]
    if packed:
        document |= {"frame": rows.frame, "behaviors": rows.texts}
    return document


def writing_of(system: System, alphabet: Operators = BUILT_IN, closed: bool | None = None) -> Document:
    """The equation of a system as it stands: "equation" in pieces, and "lhs"."""
    pieces = tuple(equation_pieces(system.tree, system.names, exponents(system.tree), alphabet))
    document = Writing(system.name or "unnamed", (), pieces, left_sides(system, closed)).as_dict()
    return {"equation": document["equation"], "lhs": document["lhs"]}


@dataclass(frozen=True, slots=True)
class _Edit:
    kind: str
    token: str
    equation: str
    distance: float
    outcome: str
    tree: Node

    def as_dict(self, rows: _Rows) -> Document:
        return {
            "kind": self.kind, "token": self.token, "equation": self.equation, "distance": plain(round(self.distance, 4)),
            "outcome": self.outcome, "y": rows.of(self.tree),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Token:
    document: Document
    worst: _Edit | None = None
    typical: _Edit | None = None


@dataclass(frozen=True, slots=True)
class _Strip:
    spec: str
    note: str | None
    equation: list[Any]
    tokens: tuple[_Token, ...]

    def as_dict(self, plain: list[Any], rows: _Rows) -> Document:
        tokens = [
            t.document | {"worst": t.worst and t.worst.as_dict(rows), "typical": t.typical and t.typical.as_dict(rows)}
            for t in self.tokens
        ]
        own = self.equation if self.equation and self.equation != plain else None
        return {"spec": self.spec, "note": self.note, "equation": own, "tokens": tokens}


class _Rows:
    """Behaviors as a document has them."""

    def __init__(
        self,
        shown: Behaviors,
        trees: Sequence[Node],
        original: Floats,
        packed: bool,
        said: Callable[[Floats], str] | None,
    ) -> None:
        self.shown, self.packed, self.said = shown.y[:, 0], packed, said
        self.number = {tree: i for i, tree in enumerate(trees)}
        low, high = np.nanmin(original, axis=0), np.nanmax(original, axis=0)
        span = np.where(high > low, high - low, np.maximum(np.abs(high), 1.0))
        self.low, self.high = low - span, high + span
        self.frame = np.stack([self.low, self.high], axis=1).tolist()
        every = pack(np.concatenate([original[None], self.shown]), self.low, self.high) if packed else []
        self.texts = list(dict.fromkeys(every))  # equal ones once, the original's first
        number = {text: i for i, text in enumerate(self.texts)}
        self.place = [number[text] for text in every]
        self.original: Any = 0 if packed else rounded(original, span) if said is None else said(original)
        self.span = span

    def of(self, tree: Node) -> Any:
        i = self.number[tree]
        if self.said is not None:
            return self.said(self.shown[i])
        return self.place[i + 1] if self.packed else rounded(self.shown[i], self.span)


def _axis(system: System, domain: Domain, inputs: Floats, t: Floats) -> Document:
    """What behaviors are drawn over: time, iterations, or the input, where there is one; with several, the points' numbers."""
    if not domain.closed and not domain.series:
        if inputs.shape[1] == 1:
            return {"axis": system.names[0], "t": rounded(inputs[:, 0], np.ptp(inputs) or 1.0), "form": "curve"}
        if len(inputs) <= MOST_ROWS:
            return {
                "axis": "input",
                "t": t.tolist(),
                "form": "table",
                "inputs": inputs.tolist(),
                "input_names": list(system.names),
            }
        return {"axis": "original value", "t": t.tolist(), "form": "scatter"}
    label = "iteration" if domain.name == "map" else "time"
    return {"axis": label, "t": rounded(t, float(np.ptp(t)) or 1.0), "form": "orbit" if domain.name == "map" else "flow"}


def _strip(ready: Ready, system: System, domain: Domain, metric: Metric, seed: int, each: int) -> _Strip:
    representation = ready.representation
    try:
        original = prepare(representation, system, domain, metric)
        if isinstance(original, NotMeasured):
            return _Strip(representation.spec, original.reason, [], ())
        rng = generator(seed, "explorer", own_key(system))
        measured = measure(
            representation, system, domain, metric, PerTokenEdits(each), limit=MOST_EDITS, rng=rng, decoder=ready.decoder
        )
        if isinstance(measured, NotMeasured):
            return _Strip(representation.spec, measured.reason, [], ())
        written = writing(original.representation, system, domain.closed)
    except (EncodeError, ConditionError) as e:
        return _Strip(representation.spec, str(e), [], ())
    return _Strip(
        representation.spec, None, written.as_dict()["equation"], tuple(_tokens(original, measured, written, domain.closed))
    )


def _tokens(original: Original, m: Measured, written: Writing, closed: bool) -> list[_Token]:
    at = positions(m)
    decodes = ~m.outcomes.mask("invalid")
    counted = ~np.isnan(m.distance)
    tokens = []
    for i, (text, kind, nodes) in enumerate(written.as_dict()["tokens"]):
        here = at == i
        own = np.flatnonzero(here & counted)
        order = own[np.argsort(m.distance[own], kind="stable")]
        document = {
            "text": text, "kind": kind, "nodes": nodes.split(), "sensitivity": plain(round(float(m.distance[own].mean()),
                                                                                           4)) if len(own) else None,
            "n_edits": int(here.sum()), "n_valid": int((here & decodes).sum()), "n_counted": len(own),
        }  # fmt: skip
        if not len(own):
            tokens.append(_Token(document))
            continue
        worst, typical = int(order[-1]), int(order[(len(order) - 1) // 2])
        tokens.append(_Token(document, _edit(original, m, worst, closed), _edit(original, m, typical, closed)))
    return tokens


def _edit(original: Original, m: Measured, k: int, closed: bool) -> _Edit:
    vocabulary = original.representation.vocabulary.tokens
    token = int(m.tokens[k])
    changed = TokenNeighbors(original.ids, len(vocabulary)).apply(m.kinds[k], int(m.positions[k]), token)
    tree = original.representation.decode(changed)
    if not isinstance(tree, Node):
        raise RuntimeError(f"edit {k} has a distance and does not decode: a defect")
    system = original.system
    alphabet = original.representation.operators
    sides = zip(left_sides(system, closed), tree.children, strict=False)
    parts = [(side, e.map(_read)) for side, e in sides] if not alphabet.sequence else [("", tree)]
    equation = "; ".join(side + as_written(part, system.names, alphabet) for side, part in parts)
    return _Edit(m.kinds[k], vocabulary[token] if token >= 0 else "", equation, float(m.distance[k]), m.outcomes[k], tree)


def _read(node: Node) -> Node:
    """With numbers as a person reads them: of the centers of bins, six digits say enough."""
    return replace(node, value=float(f"{node.value:.6g}")) if node.is_number and node.value is not None else node


def choose(systems: Sequence[System], most: int = EXPRESSIONS) -> list[System]:
    """The expressions that a run keeps documents of: a famous one, and others of all sizes, from the smallest to the largest."""
    famous = [s for s in systems if FAMOUS in (s.name or "").lower()][:1]
    rest = sorted((s for s in systems if s not in famous), key=lambda s: (s.tree.size, s.name or ""))
    room = most - len(famous)
    if len(rest) > room:
        rest = [rest[round(i)] for i in np.linspace(0, len(rest) - 1, room)]
    return [*famous, *rest]


def part(
    under: Callable[[System], Representation], systems: Sequence[System], domain: Domain, metric: Metric, seed: int
) -> list[Document]:
    """What a run keeps for one representation, to be written beside its κ: a packed document for each of a few expressions.
    `under`: the fit that writes an expression."""
    strips = []
    ready: dict[int, Ready] = {}
    for system in choose(systems):
        chosen = under(system)
        if id(chosen) not in ready:
            ready[id(chosen)] = Ready.of(chosen)
        try:
            strips.append(inspect(system, [ready[id(chosen)]], domain, metric, seed=seed, packed=True))
        except ConditionError:
            continue  # the run says of it what κ said: it is in the list of what was skipped
    return strips


_EDIT = (None, {"kind": str, "token": str, "equation": str, "distance": (None, float, str), "outcome": str})
_TOKEN = {"text": str, "kind": str, "nodes": [str], "worst": _EDIT, "typical": _EDIT}
_STRIP = {"spec": str, "note?": (None, str), "tokens": [_TOKEN]}
_KEPT = [{"name": str, "representations": [_STRIP], "behaviors?": [str]}]


def for_run(parts: Path, specs: Sequence[str], most_bytes: int = MOST_BYTES) -> tuple[list[Document], str]:
    """The documents of a run's page, one per expression with all representations, from `part`s kept as `<slug>.explorer.json`;
    and in words what was left out for room, '' where nothing was. Empty where the run kept none.
    """
    from ..results.files import read_json, slug
    from ..results.shape import AGAIN, shaped

    merged: dict[tuple[str, int], Document] = {}
    for spec in specs:
        seen: Counter[str] = Counter()
        path = parts / f"{slug(spec)}.explorer.json"
        for document in shaped(read_json(path), _KEPT, path):
            # Names need not be unique; each part has the expressions in the same order.
            key = document["name"], seen[document["name"]]
            seen[document["name"]] += 1
            try:
                merged[key] = _joined(merged[key], document) if key in merged else document
            except (LookupError, TypeError) as e:  # a number of no behavior
                raise OutputError(f"{path} is damaged: {type(e).__name__} {e}; {AGAIN}") from None
    documents: list[Document] = []
    left, room = [], most_bytes
    for (name, _), document in merged.items():
        size = len(json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode())
        if size > room:
            left.append(name)
            continue
        room -= size
        documents.append(document)
    note = f"Left out, to keep this page below {most_bytes / 1e6:g} MB of explorer: {', '.join(left)}." if left else ""
    return documents, note


def _joined(first: Document, other: Document) -> Document:
    """The representations of both; the behaviors of the second come after the first's, equal ones once."""
    if "behaviors" not in first:
        return first | {"representations": [*first["representations"], *other["representations"]]}
    table = list(first["behaviors"])
    number = {text: i for i, text in enumerate(table)}
    positions = []
    for text in other["behaviors"]:
        if text not in number:
            number[text] = len(table)
            table.append(text)
        positions.append(number[text])
    for strip in other["representations"]:
        for token in strip["tokens"]:
            for which in ("worst", "typical"):
                if token[which] is not None:
                    token[which] = token[which] | {"y": positions[token[which]["y"]]}
    return first | {"behaviors": table, "representations": [*first["representations"], *other["representations"]]}
