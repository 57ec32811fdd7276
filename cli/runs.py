"""Commands that take minutes and leave a folder: comparisons, searches, the paper's section, and their pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import groups as g
from . import options as o
from .show import progress, show, terminal


def compare(
    representation: o.Specs = [],  # noqa: B006
    data: o.Sources = [],  # noqa: B006
    *,
    comparing: g.Comparing,
    solving: g.Solving,
    seed: o.Seed = 0,
    working: g.Working,
    out: o.RunOut = None,
    resuming: g.Resuming,
    strict: o.Strict = False,
    printing: g.Printing,
) -> None:
    """The main job: κ, fidelity, next-token loss and semantic quality of several representations.

    Without arguments: the built-in bank and the default line-up.

    Example: kappabar compare --out runs/first
    """
    from ..evaluate.commands.compare import compare as run

    options = g.words(comparing, solving, working, resuming)
    with progress(printing.without_progress) as listen:
        result = run(representation or None, data or None, seed=seed, out=out, strict=strict, listen=listen, **options)
    show(result.as_dict(), printing.as_json, lambda: terminal().show_run(result))


def search(
    data: o.Sources,
    trials: o.Trials = 120,
    objective: o.Objectives = [],  # noqa: B006
    sampler: o.SamplerName = "gp",
    storage: o.Storage = None,
    out: o.SearchOut = None,
    *,
    resuming: g.Resuming,
    edits_per_expression: o.EditsPerExpression = 500,
    limiting: g.Limiting,
    measuring: g.Measuring,
    seed: o.Seed = 0,
    working: g.Working,
    strict: o.Strict = False,
    printing: g.Printing,
) -> None:
    """Look for representations of low κ: a Pareto front over the objectives, scored on held-out expressions.

    Example: kappabar search --data sample:64 --out runs/search
    """
    from ..evaluate.commands.search import search as run
    from .search_table import show_search

    options = g.words(resuming, limiting, measuring, working)
    with progress(printing.without_progress) as listen:
        result = run(
            data,
            trials=trials,
            objective=objective or None,
            sampler=sampler,
            storage=storage,
            out=out,
            edits_per_expression=edits_per_expression or None,
            seed=seed,
            strict=strict,
            listen=listen,
            **options,
        )
    show(result.as_dict(), printing.as_json, lambda: show_search(result))


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder of a run")],
    as_json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Build the page of a finished or half-finished run again.

    Example: kappabar report runs/first
    """
    from ..evaluate.commands.report import report as run

    result = run(folder)
    show(result.as_dict(), as_json, lambda: terminal().show_run(result))


def merge(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR DIR", help="two run folders or more, of one command")],
    out: Annotated[Path, typer.Option("--out", help="new folder for all that they hold, with its page")],
    as_json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Make one run of several of the same expressions, of other representations or more seeds. They stay as they are.

    Example: kappabar merge runs/first runs/second --out runs/both
    """
    from ..evaluate.commands.merge import merge as run

    result = run(folders, out)
    show(result.as_dict(), as_json, lambda: terminal().show_run(result))


def reproduce(
    out: Annotated[Path, typer.Option("--out", help="folder for the tables, the figures and the page")],
    section: o.SectionName = "5.1",
    wordnet: o.WordNet = None,
    seed: o.Seed = 0,
    jobs: o.Jobs = 0,
    *,
    printing: g.Printing,
) -> None:
    """A section of the paper measured: 5.1, beside its printed figures, or 5.2, a sentence embedder probed. Takes some minutes.

    Example: kappabar reproduce --out runs/section-5-1
    """
    from ..evaluate.commands.reproduce import reproduce as run
    from ..evaluate.workers.threads import use_threads

    use_threads(jobs)
    with progress(printing.without_progress) as listen:
        result = run(out, seed=seed, listen=listen, section=section, wordnet=wordnet)
    show(result.as_dict(), printing.as_json, lambda: terminal().show_section(result))
