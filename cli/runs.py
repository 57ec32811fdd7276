"""Commands that take minutes and leave a folder: comparisons, searches, the paper's section, and their pages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from . import options as o
from .show import progress, show, terminal


def compare(
    representation: o.Specs = [],  # noqa: B006
    data: o.Sources = [],  # noqa: B006
    seeds: o.Seeds = None,
    budget: o.Budget = None,
    study: o.StudyName = None,
    domain: o.DomainOrNone = None,
    metric: o.MetricName = None,
    invalid: o.Invalids = "exclude",
    objective: o.TrainingObjective = "next-token",
    model: o.ModelSize = None,
    device: o.Device = "cpu",
    tensorboard: o.Board = None,
    rtol: o.Rtol = None,
    atol: o.Atol = None,
    box: o.Box = None,
    max_step: o.MaxStep = None,
    max_steps: o.MaxSteps = None,
    seed: o.Seed = 0,
    jobs: o.Jobs = 0,
    scheduler: o.Scheduler = None,
    out: o.RunOut = None,
    resume: o.Resume = False,
    accept_version: o.AcceptVersion = False,
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """The main job: κ, fidelity, next-token loss and semantic quality of several representations.

    Without arguments: the built-in bank and the default line-up.

    Example: kappabar compare --out runs/first
    """
    from ..evaluate.commands.compare import compare as run

    given: dict[str, Any] = {
        "seeds": seeds, "budget": budget, "domain": domain, "metric": metric, "invalid": invalid, "objective": objective,
        "model": model, "device": device, "tensorboard": tensorboard, "seed": seed, "out": out, "resume": resume, "strict": strict,
        "accept_version": accept_version,
        "jobs": jobs, "scheduler": scheduler, "study": study, "rtol": rtol, "atol": atol, "box": box, "max_step": max_step,
        "max_steps": max_steps,
    }  # fmt: skip
    with progress(quiet or as_json) as listen:
        result = run(representation or None, data or None, **given, listen=listen)
    show(result.as_dict(), as_json, lambda: terminal().show_run(result))


def search(
    data: o.Sources,
    trials: o.Trials = 120,
    objective: o.Objectives = [],  # noqa: B006
    sampler: o.SamplerName = "effects",
    storage: o.Storage = None,
    out: o.SearchOut = None,
    resume: o.Resume = False,
    accept_version: o.AcceptVersion = False,
    edits_per_expression: o.EditsPerExpression = 500,
    held_out: o.HeldOut = 0.5,
    redundant: o.Redundant = False,
    max_fidelity_error: o.MaxFidelityError = None,
    min_valid: o.MinValid = None,
    quality: o.Quality = 0,
    domain: o.DomainName = "ode",
    metric: o.MetricName = None,
    invalid: o.Invalids = "exclude",
    seed: o.Seed = 0,
    jobs: o.Jobs = 0,
    scheduler: o.Scheduler = None,
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Look for representations of low κ: a Pareto front over the objectives, scored on held-out expressions.

    Example: kappabar search --data sample:64 --out runs/search
    """
    from ..evaluate.commands.search import search as run
    from .search_table import show_search

    with progress(quiet or as_json) as listen:
        result = run(
            data, trials=trials, objective=objective or None, sampler=sampler, storage=storage, out=out, resume=resume, seed=seed,
            accept_version=accept_version,
            domain=domain, metric=metric, invalid=invalid, edits_per_expression=edits_per_expression or None, held_out=held_out,
            redundant=redundant, max_fidelity_error=max_fidelity_error, min_valid=min_valid, quality=quality, strict=strict, jobs=jobs,
            scheduler=scheduler, listen=listen,
        )  # fmt: skip
    show(result.as_dict(), as_json, lambda: show_search(result))


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


def reproduce(
    out: Annotated[Path, typer.Option("--out", help="folder for the tables, the figures and the page")],
    seed: o.Seed = 0,
    jobs: o.Jobs = 0,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """The paper's Section 5.1 measured again, beside its printed figures. Takes some minutes.

    Example: kappabar reproduce --out runs/section-5-1
    """
    from ..evaluate.commands.reproduce import reproduce as run
    from ..evaluate.workers.threads import use_threads

    use_threads(jobs)
    with progress(quiet or as_json) as listen:
        result = run(out, seed=seed, listen=listen)
    show(result.as_dict(), as_json, lambda: terminal().show_reproduction(result))
