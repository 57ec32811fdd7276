"""Sources of expressions, as `--data` names them: `bank`, `sample:N`, `sample:N:SEED`, a file, or the text of one; in Python
expressions themselves as well."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Protocol, TypeAlias, overload, runtime_checkable

import numpy as np

from ...grammars.draw.sampler import Sampler
from ...grammars.draw.sampler import sampler as built_in_sampler
from ...grammars.errors import KappabarError, ParseError, SourceError, did_you_mean
from ...grammars.files.formats import FORMATS
from ...grammars.files.readers import Skip
from ...grammars.files.readers import read as read_file
from ...grammars.files.records import clean_name
from ...grammars.text.own import told
from ...grammars.tree import SYSTEM, Node, System
from ..events import Advanced, Finished, Listener, Noted, Skipped, Started, silent
from ..streams import sampled
from .domain import ALL, Domain
from .domain import domain as find_domain
from .screen import Screen

Source: TypeAlias = str | Path | System
Data: TypeAlias = Source | Sequence[Source]
"""What `data` may be in Python: what `--data` names, systems, or several of these."""

GIVEN = "given"
"""What a plan calls systems that were given themselves: `given:N`."""
MAX_SAMPLES = 1_000_000
_BATCH = 1024
_REPEATED = "repeat another"
_OF_FEW = 0.75
"""The share of all systems that a sampler which knows few is asked for: it draws the last ones seldom."""
_OF_TEXT = re.compile(r"[=|@;\n*+^]")
"""What a text of equations has, and a file's name seldom."""
_SEVERAL = re.compile(r"[\s()]")
SCREEN = Screen()


@runtime_checkable
class Screening(Protocol):
    """A sampler that says by itself which of its candidates are kept, as one fitted to a person's systems does."""

    @property
    def screen(self) -> Screen: ...


@dataclass(frozen=True, slots=True)
class Loaded(Sequence[System]):
    """The systems of all sources in order, each under a name of its own: a sequence of these. `skipped`: what was left out, with
    its place and why; `notes`: how files were taken."""

    systems: tuple[System, ...]
    skipped: tuple[Skip, ...]
    notes: tuple[Skip, ...] = ()

    def __len__(self) -> int:
        return len(self.systems)

    @overload
    def __getitem__(self, index: int) -> System: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[System, ...]: ...

    def __getitem__(self, index: int | slice) -> System | tuple[System, ...]:
        return self.systems[index]

    def __repr__(self) -> str:
        return f"<{len(self.systems)} systems, {len(self.skipped)} skipped>"

    def tell(self, listen: Listener) -> None:
        """Tell the notes."""
        for note in self.notes:
            listen(Noted("reading", f"{note.source} {note.where}".rstrip(), note.reason))


def read(data: Data, domain: Domain | str = "ode", *, seed: int = 0, strict: bool = False) -> Loaded:
    """The systems of a file, or of any sources that `--data` takes, as every job reads them: a sequence of `System`, with what
    was `skipped` and `notes` on how it was taken.

    `seed`: that of `sample:N` without one; `strict`: a line or record that cannot be read raises. Raises `SourceError`, or
    `SpecError` for a domain that there is not.
    """
    return load(listed(data), domain, seed=seed, strict=strict)


def listed(data: Data | None, default: Sequence[Source] = ()) -> tuple[Source, ...]:
    """`data` as several sources, `default` for None. Raises `SourceError` for what can be none."""
    if data is None:
        return tuple(default)
    if isinstance(data, str | Path | System):
        return (data,)
    if not isinstance(data, Iterable):
        raise _no_source(data)
    return tuple(data)


def named(sources: Sequence[Source]) -> tuple[str, ...]:
    """Sources as a plan names them: systems that stand together are `given:N`."""
    runs = groupby(sources, key=lambda source: isinstance(source, System))
    return tuple(
        word
        for together, run in runs
        for word in ([f"{GIVEN}:{len(list(run))}"] if together else [str(source) for source in run])
    )


def one(source: Source, domain: Domain) -> System:
    """The one system that is meant: itself, that of a text, or the only one of a file, named by a Path. Raises `ParseError`, or
    `SourceError` where a file holds several."""
    if isinstance(source, System):
        return source
    if isinstance(source, str):
        return domain.parse(source)
    systems = load([source], domain, strict=True).systems
    if len(systems) > 1:
        raise SourceError(f"{source}: holds {len(systems)} systems, where one is asked for; choose one of kappabar.read(...)")
    return systems[0]


def load(
    sources: Sequence[Source], domain: Domain | str = "ode", seed: int = 0, strict: bool = False, listen: Listener = silent
) -> Loaded:
    """The systems of `sources`. `seed` is that of `sample:N` without one; with `strict` a bad line or record raises. What a file
    repeats, equations and conditions, is skipped, whatever its variables are called; systems given themselves are kept as they
    are.

    Raises SpecError: a domain whose grammar cannot be used; SourceError: no source, an unknown one, a file or text that cannot be
    read, a domain without bank or sampler.
    """
    chosen_domain = find_domain(domain)
    if not sources:
        raise SourceError(f"no source of expressions; {_allowed()}")
    systems: list[System] = []
    skipped: list[Skip] = []
    notes: list[Skip] = []
    seen: dict[tuple[object, ...], str] = {}  # of the files: a repeat would count as one more independent expression
    for given in sources:
        if isinstance(given, System):
            systems.append(given)
            continue
        source = _named(given)
        word = source.strip()
        if word == "bank":
            systems.extend(_bank(chosen_domain))
        elif word.split(":", 1)[0] == "sample":
            n, own_seed = _sample_numbers(word, seed)
            systems.extend(sample_systems(chosen_domain, n, own_seed, listen=listen))
        elif not isinstance(given, Path) and (written := _written(source, chosen_domain)) is not None:
            systems.append(written)
        else:
            reading = read_file(_file(source), chosen_domain.name, strict=strict, parse_text=chosen_domain.parse)
            skipped.extend(reading.skipped)
            notes.extend(reading.notes)
            notes.extend(_unconditioned(source, reading.systems))
            for system in reading.systems:
                same = (system.tree, system.x0, system.t_end, system.ranges)
                if same in seen:
                    skipped.append(Skip(source, system.name, f"the same as {seen[same]}"))
                else:
                    seen[same] = system.name
                    systems.append(system)
    return Loaded(tuple(_unique_names(systems)), tuple(skipped), tuple(notes))


def _bank(domain: Domain) -> Sequence[System]:
    if domain.bank is not None:
        return domain.bank()
    known = [name for name in ALL if ALL.is_built_in(name) and ALL[name].bank is not None]
    close = did_you_mean(domain.name, known)
    raise SourceError(f"domain {domain.name!r} has no bank{close}; there is one for {', '.join(known)}")


def _unconditioned(source: str, systems: Sequence[System]) -> list[Skip]:
    """What to write, said once, where systems of a file have no start or no horizon and cannot be simulated."""
    lacking = [s for s in systems if s.domain in ("ode", "map") and (s.t_end is None or not s.x0)]
    if len(lacking) < 2:
        return []
    missing = [
        word
        for word, absent in (("start", not all(s.x0 for s in lacking)), ("horizon", None in [s.t_end for s in lacking]))
        if absent
    ]
    reason = f"{len(lacking)} of {len(systems)} systems have no {' or no '.join(missing)}, and are not simulated"
    return [Skip(source, "", f"{reason}: write '@ x=1; T=20' behind each, or x0 and t_end in a record")]


def systems_of(sources: Sequence[Source], domain: Domain, seed: int, strict: bool, listen: Listener) -> tuple[System, ...]:
    """The systems of `sources`, as `load` has them; what was skipped is told."""
    return told_of(sources, domain, seed, strict, listen).systems


def told_of(sources: Sequence[Source], domain: Domain, seed: int, strict: bool, listen: Listener) -> Loaded:
    """What `load` gives; what was skipped is told."""
    loaded = load(sources, domain, seed=seed, strict=strict, listen=listen)
    for skip in loaded.skipped:
        listen(Skipped("reading", f"{skip.source} {skip.where}", skip.reason))
    loaded.tell(listen)
    return loaded


def _allowed() -> str:
    return f"a source is bank, sample:N, sample:N:SEED, a file ({', '.join(FORMATS)}), or a text with its equations"


def _no_source(found: object) -> SourceError:
    return SourceError(f"a source is a text, a Path or a System, not a {type(found).__name__}; {_allowed()}")


def _named(source: object) -> str:
    """A source by its name. Raises `SourceError` for what is none, and for one that only Python can give."""
    if not isinstance(source, str | Path):
        raise _no_source(source)
    word = str(source)
    if word.split(":", 1)[0].strip() == GIVEN:
        raise SourceError(f"{word[:60]!r} are systems that were given in Python: give them there again, or as a file")
    return word


def _exists(source: str) -> bool:
    try:
        return Path(source).exists()
    except (OSError, ValueError):
        return False


def _written(source: str, domain: Domain) -> System | None:
    """The system whose text a source is; None for what looks like none, or is a file's name."""
    surely = bool(_OF_TEXT.search(source))
    # In an alphabet of one's own no sign tells a text. Several words, or brackets, are no other source; one word is a text where
    # it is read without variables, which a misspelt word of another kind would be one of.
    own = not domain.operators.built_in
    perhaps = own and bool(_SEVERAL.search(source.strip()))
    if not (surely or own) or _exists(source) or Path(source).suffix.lower() in FORMATS:
        return None
    try:
        read = domain.parse(source)
        return read if surely or perhaps or not read.dim else None
    except ParseError as e:
        if not surely and ("/" in source or not perhaps):  # a path to nothing, or a word of another kind
            return None
        raise SourceError(f"{source[:60]!r} is no file, and cannot be read as a text of domain {domain.name!r}: {e}") from None


def _file(source: str) -> str:
    """`source` as a path, unless it can only be a misspelt word."""
    looks_like_word = not any(mark in source for mark in "./\\") and len(source) < 40
    exists = _exists(source)
    if not source.strip() or (looks_like_word and not exists):
        raise SourceError(f"unknown source {source!r}{did_you_mean(source.split(':')[0], ('bank', 'sample'))}; {_allowed()}")
    return source


def _sample_numbers(word: str, seed: int) -> tuple[int, int]:
    """`sample:N` or `sample:N:SEED` to N and the seed."""
    parts = word.split(":")[1:]
    usable = len(parts) in (1, 2) and all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts)
    if not usable or not 1 <= int(parts[0]) <= MAX_SAMPLES:
        form = f"write sample:N or sample:N:SEED, N from 1 to {MAX_SAMPLES:,} and SEED 0 or more"
        raise SourceError(f"{word[:60]!r} is no sample; {form}")
    return int(parts[0]), int(parts[1]) if len(parts) == 2 else seed


def _unique_names(systems: Sequence[System]) -> Iterator[System]:
    """A table whose rows share a name cannot be read: the second `x` becomes `x (2)`. One that is no line becomes one."""
    taken: set[str] = set()
    for system in systems:
        base = name = (system.name if system.name.isprintable() else clean_name(system.name)) or "system"
        count = 1
        while name in taken:
            count += 1
            name = f"{base} ({count})"
        taken.add(name)
        yield system if name == system.name else replace(system, name=name)


@runtime_checkable
class Finite(Protocol):
    """A sampler that knows how many different systems it has."""

    @property
    def different(self) -> int: ...


def at_most(domain: Domain, n: int) -> int:
    """`n`, or what can be had of a domain's sampler that is `Finite` and has fewer."""
    sampler = domain.sampler
    return min(n, int(_OF_FEW * sampler.different)) if isinstance(sampler, Finite) else n


def sample_systems(
    domain: Domain | str,
    n: int,
    seed: int = 0,
    *,
    sampler: Sampler | None = None,
    purpose: str | None = None,
    max_attempts: int | None = None,
    fewer: bool = False,
    listen: Listener = silent,
) -> list[System]:
    """`n` different random systems whose behavior is bounded, resolved and not constant, named `sample-SEED-0`, ….

    Candidates are drawn one after the other from one generator and kept in that order, so the same seed gives the same systems
    on any number of cores, and a larger `n` only appends. Which are kept says the sampler's own `screen`, if it has one, or
    else `Screen()`: what reaches its horizon within ±SAMPLE_BOX and moves. `purpose`: what else than data they are drawn for
    (`streams`). `sampler` defaults to the domain's own; `max_attempts` to 100 n + 10,000 candidates. `fewer`: where these give
    fewer than n, as a sampler does that knows few, those are enough.

    Raises SourceError where the domain has no sampler, its sampler fails (see `draw`), too few candidates are usable, or, at
    once, where a sampler that is `Finite` has fewer.
    """
    chosen_domain = find_domain(domain)
    chosen = sampler or chosen_domain.sampler or built_in_sampler(chosen_domain.name)
    screen = chosen.screen if isinstance(chosen, Screening) else SCREEN
    rng = sampled(seed, purpose)
    if isinstance(chosen, Finite) and n > chosen.different:
        words = f"sampler {type(chosen).__name__!r} has {chosen.different:,} different systems, fewer than {n:,}"
        raise SourceError(f"{words}; ask for fewer (a smaller --budget), or change the sampler")
    attempts = 100 * n + 10_000 if max_attempts is None else max_attempts
    systems: dict[Node, System] = {}
    refused: Counter[str] = Counter()
    drawn = 0
    listen(Started("sampling", n))
    while len(systems) < n and drawn < attempts:
        # About half of the candidates are kept; surplus ones cost time only, as the first n are taken.
        size = min(_BATCH, attempts - drawn, 2 * (n - len(systems)) + 16)
        candidates = [draw(chosen, rng) for _ in range(size)]
        drawn, before = drawn + size, len(systems)
        for candidate, why_not in zip(candidates, screen.refusals(chosen_domain, candidates), strict=True):
            refused[why_not or _REPEATED] += bool(why_not) or candidate.tree in systems
            if not why_not and len(systems) < n:
                systems.setdefault(candidate.tree, candidate)
        listen(Advanced("sampling", len(systems) - before))
    listen(Finished("sampling"))
    if len(systems) < (min(n, 1) if fewer else n):
        (reason, count), *_ = refused.most_common(1) or [("", 0)]
        most = f": {count:,} {reason}" if count else ""
        raise SourceError(
            f"only {len(systems)} of {n} systems found in {drawn:,} candidates{most}; ask for fewer, or change the sampler"
        )
    return [replace(system, name=f"sample-{seed}-{i}") for i, system in enumerate(systems.values())]


def draw(sampler: Sampler, rng: np.random.Generator) -> System:
    """A sampler's next system. Raises SourceError, in one line, where it raises or gives something else: it may be the user's
    own."""
    try:
        drawn: object = sampler.draw(rng)
    except KappabarError:
        raise
    except Exception as error:
        raise SourceError(f"sampler {type(sampler).__name__!r} raises {told(error)}") from error
    if not isinstance(drawn, System):
        raise SourceError(f"sampler {type(sampler).__name__!r} draws a {type(drawn).__name__}; it must draw a kappabar System")
    if drawn.tree.symbol != SYSTEM:
        raise SourceError(
            f"sampler {type(sampler).__name__!r} draws a System whose tree is a {drawn.tree.symbol!r}; make it with "
            "system(equation, …)"
        )
    return drawn
