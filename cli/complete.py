"""What a shell offers when a name is half written: parts of a spec, domains, metrics, edits and the other closed lists.

Each function takes the half-written text and gives the whole words that begin with it. Catalogs are loaded in the functions; none
brings the engine, a learning library or a plotting library, so a key press costs about a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

OBJECTIVES = ("mean", "sup", "kappa@16", "quantile@0.9", "fidelity", "tokens", "invalid", "vocabulary", "uncounted")
LISTS = ("domains", "representations", "codecs", "rewrites", "metrics", "edits", "bank", "columns")
POLICIES = ("exclude", "worst", "zero")
SAMPLERS = ("gp", "tpe", "nsga2", "random")
BUDGETS = ("tiny", "quick", "study", "full")
TRAINING = ("next-token", "multi-token:2", "entropy:0.5", "entropy-weighted")
MODELS = ("0.3M", "0.8M", "3M", "10M", "30M")
DEVICES = ("cpu", "cuda")
TEMPLATES = ("none", "bos", "eos", "bos-eos")
STUDIES = ("hypothesis", "tokenizers", "dial:code", "dial:semantics", "dial:redundancy", "dial:region")


def closed(*words: str) -> Callable[[str], list[str]]:
    """A completion from a list that is known beforehand."""

    def offered(incomplete: str) -> list[str]:
        return _of(words, incomplete)

    return offered


def _of(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]


def spec(incomplete: str) -> list[str]:
    """`prefix | di` gives `prefix | digits` …: rewrites and notations first, then what may follow a notation."""
    from ..representations.rewrites.catalog import REWRITES
    from ..tokenizers.catalog import CODECS, NOTATIONS, WRAPPERS

    before, bar, half = incomplete.rpartition("|")
    written = [part.strip().partition(":")[0] for part in before.split("|")]
    after_notation = any(part in NOTATIONS for part in written)
    names = [*CODECS, "chars", *WRAPPERS] if after_notation else [*NOTATIONS, *REWRITES]
    start = f"{before.rstrip()} | " if bar else ""
    return [start + name for name in _of(names, half.strip())]


def domain(incomplete: str) -> list[str]:
    from ..evaluate.domains.domain import ALL

    return _of(ALL, incomplete)


def metric(incomplete: str) -> list[str]:
    from ..evaluate.domains.metrics import METRICS

    return _of(METRICS, incomplete)


def edits(incomplete: str) -> list[str]:
    from ..evaluate.edits.catalog import EDITS

    return _of(EDITS, incomplete)


def source(incomplete: str) -> list[str]:
    """Files are the shell's own to complete: it does so where this gives nothing."""
    return _of(("bank", "sample:20"), incomplete)


def subject(incomplete: str) -> list[str]:
    """What `check` takes: a spec, or one part by its name."""
    from ..evaluate.edits.catalog import EDITS
    from ..representations.rewrites.catalog import REWRITES
    from ..tokenizers.catalog import CODECS

    return spec(incomplete) if "|" in incomplete else sorted({*spec(incomplete), *_of([*CODECS, *REWRITES, *EDITS], incomplete)})


def objectives(incomplete: str) -> list[str]:
    """`mean,fi` gives `mean,fidelity`."""
    before, comma, half = incomplete.rpartition(",")
    return [before + comma + word for word in _of(OBJECTIVES, half)]
