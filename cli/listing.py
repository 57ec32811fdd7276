"""What there is to choose from, as rows for `kappabar list`."""

from __future__ import annotations

from collections.abc import Callable

from ..grammars.errors import SpecError, did_you_mean
from ..grammars.print.infix import as_written
from ..representations.rewrites.catalog import REWRITES, Entry
from ..tokenizers.catalog import CODECS, NOTATIONS, WRAPPERS
from ..tokenizers.parts import Codec, Wrapper

Rows = list[dict[str, str]]


def _domains() -> Rows:
    from ..evaluate.domains.domain import ALL

    built_in = [
        {"name": "ode", "what": "systems of first-order differential equations", "text": "x' = y; y' = -x @ x=1, y=0; T=10"},
        {"name": "map", "what": "iterated maps", "text": "x[n+1] = r*x*(1-x) with r=3.9 @ x=0.4; T=100"},
        {"name": "function", "what": "functions of one or more inputs", "text": "y = sin(x)*exp(-x/3) @ x=-5..5"},
        {"name": "arithmetic", "what": "values of expressions of integers and decimals", "text": "12 + 3.5*-4 mod 7 < 2"},
        {"name": "audio", "what": "waveforms of short sounds in μ-law levels", "text": "0 7932 11388 7932 0 -7932 -11388 -7932"},
        {"name": "random-audio", "what": "the same, of any levels", "text": "-120 8 31100"},
        {"name": "proof", "what": "theorems of proofs by condensed detachment", "text": "DD211"},
        {"name": "random-proof", "what": "the same, of random proofs", "text": "D1D22"},
        {"name": "program", "what": "outputs of programs over integers and lists", "text": "fold(xs, 0, (s, x) -> s + x)"},
        {"name": "random-program", "what": "the same, of random typed programs", "text": "map(xs, x -> x * n)"},
        {"name": "mutated-program", "what": "the same, of short programs with mistakes", "text": "if n < 2 then 1 else n"},
        {"name": "fold", "what": "native structures of sequences in the HP model", "text": "HPHPPHPHPHPHH"},
        {"name": "random-fold", "what": "the same, of random sequences", "text": "HPHPPHPHPHPHH"},
        {"name": "rna", "what": "secondary structures of RNA; needs the extra rna", "text": "GGCACUUCGGUGCC"},
        {"name": "random-rna", "what": "the same, of random sequences", "text": "GGCACUUCGGUGCC"},
        {"name": "language", "what": "embeddings of sentences; needs the extra language", "text": "call me ishmael"},
        {"name": "random-language", "what": "the same, of random characters", "text": "qx'vn ra bqw"},
    ]
    return built_in + [{"name": name, "what": "of an installed package", "text": ""} for name in ALL if not ALL.is_built_in(name)]


def _usage(part: Codec | Wrapper | Entry) -> str:
    defaults = ",".join(str(a.default) for a in part.arguments if a.default != "")
    return f"{part.name}:{defaults}" if defaults else part.name


def _representations() -> Rows:
    notations = [{"name": n.name, "part": "notation", "default": n.default, "what": n.summary} for n in NOTATIONS.values()]
    wrappers = [{"name": w.name, "part": "subword", "default": _usage(w), "what": w.summary} for w in WRAPPERS.values()]
    return notations + wrappers


def _codecs() -> Rows:
    rows = [
        {"name": c.name, "default": _usage(c), "arguments": ",".join(a.name for a in c.arguments), "what": c.summary}
        for c in CODECS.values()
    ]
    return [
        *rows,
        {"name": "chars", "default": "chars", "arguments": "", "what": "of infix: everything character by character, exact"},
    ]


def _rewrites() -> Rows:
    return [{"name": r.name, "default": _usage(r), "what": r.summary} for r in REWRITES.values()]


def _metrics() -> Rows:
    from ..evaluate.domains.metrics import METRICS

    return [{"name": m.name, "largest": f"{m.d_max:g}"} for m in METRICS.values()]


def _edits() -> Rows:
    from ..evaluate.edits.catalog import EDITS

    return [{"name": name, "what": next(iter((type(e).__doc__ or "").strip().splitlines()), "")} for name, e in EDITS.items()]


def _bank() -> Rows:
    from ..evaluate.domains.domain import ALL

    known = [(domain, domain.bank) for name in ALL if ALL.is_built_in(name) and (domain := ALL[name]).bank is not None]
    rows = [
        {
            "name": s.name,
            "domain": s.domain,
            "regime": s.regime,
            "equations": as_written(s.tree, s.names, domain.operators),
            "citation": s.citation,
        }
        for domain, bank in known
        if bank is not None
        for s in bank()
    ]
    return [row for i, row in enumerate(rows) if row not in rows[:i]]  # two domains may have one bank


def _columns() -> Rows:
    from ..evaluate.tables.reference import listing

    return listing()


LISTS: dict[str, Callable[[], Rows]] = {
    "domains": _domains,
    "representations": _representations,
    "codecs": _codecs,
    "rewrites": _rewrites,
    "metrics": _metrics,
    "edits": _edits,
    "bank": _bank,
    "columns": _columns,
}


def listing(what: str) -> Rows:
    """Rows of the list named `what`. Raises `SpecError` for another word."""
    if what not in LISTS:
        raise SpecError(f"no list of {what!r}{did_you_mean(what, LISTS)}; there are {', '.join(LISTS)}")
    return LISTS[what]()
