"""`compare`, the main job: several representations on the same expressions, measured, learned, and shown on a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import overload

from ...grammars.errors import SpecError
from ..compare.plan import ComparisonPlan
from ..compare.run import Comparison, measure, new_folder, sources
from ..domains.domain import domain as find_domain
from ..domains.line_up import line_up
from ..events import Listener, silent
from ..semantics.base import Solver
from ..study.run import Study, run_study
from .report import rebuild, rebuild_study


# fmt: off
@overload
def compare(
    representations: Sequence[str] | None = None, data: str | Sequence[str] | None = None, *, seeds: int | None = None,
    budget: str | None = None, domain: str | None = None, metric: str | None = None, invalid: str = "exclude", seed: int = 0,
    out: Path | str | None = None, resume: bool = False, accept_version: bool = False, strict: bool = False, jobs: int = 1,
    scheduler: str | None = None,
    device: str = "cpu", objective: str = "next-token", model: str | None = None, tensorboard: Path | str | None = None,
    rtol: float | None = None, atol: float | None = None, box: float | None = None, max_step: float | None = None,
    max_steps: int | None = None, study: None = None, listen: Listener = silent,
) -> Comparison: ...


@overload
def compare(
    representations: Sequence[str] | None = None, data: str | Sequence[str] | None = None, *, seeds: int | None = None,
    budget: str | None = None, domain: str | None = None, metric: str | None = None, invalid: str = "exclude", seed: int = 0,
    out: Path | str | None = None, resume: bool = False, accept_version: bool = False, strict: bool = False, jobs: int = 1,
    scheduler: str | None = None,
    device: str = "cpu", objective: str = "next-token", model: str | None = None, tensorboard: Path | str | None = None,
    rtol: float | None = None, atol: float | None = None, box: float | None = None, max_step: float | None = None,
    max_steps: int | None = None, study: str, listen: Listener = silent,
) -> Study: ...
# fmt: on


def compare(
    representations: Sequence[str] | None = None,
    data: str | Sequence[str] | None = None,
    *,
    seeds: int | None = None,
    budget: str | None = None,
    domain: str | None = None,
    metric: str | None = None,
    invalid: str = "exclude",
    seed: int = 0,
    out: Path | str | None = None,
    resume: bool = False,
    accept_version: bool = False,
    strict: bool = False,
    jobs: int = 1,
    scheduler: str | None = None,
    device: str = "cpu",
    objective: str = "next-token",
    model: str | None = None,
    tensorboard: Path | str | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    box: float | None = None,
    max_step: float | None = None,
    max_steps: int | None = None,
    study: str | None = None,
    listen: Listener = silent,
) -> Comparison | Study:
    """Compare representations (default: `line_up.LINE_UP`) on the expressions of `data` (default: the domain's, the bank), with one
    seed and the budget "quick".

    Leaves a run folder (see interface.md) at `out`, by default a new one under `runs/`. With `resume`, parts that the
    folder already holds are not measured again: only where everything that a number depends on is as it was, versions but with
    `accept_version`, which records both. `jobs` processes share the work, with no effect on the numbers; more than one
    needs a main module that can be imported (`if __name__ == "__main__":`). `scheduler`, the address of a running Dask cluster,
    gives it to that instead; its workers must see the folder. Raises `SpecError`, `SourceError` or `OutputError` before any work is done.
    `device`, `objective`, `model`, `tensorboard`, `rtol`, `atol`, `box`, `max_step` and `max_steps` (a study has none): see `ComparisonPlan`.

    `study` names a question that takes several comparisons, with defaults of its own: see `study.plan`.
    """
    board = None if tensorboard is None else str(tensorboard)
    solver = Solver(rtol, atol, box, max_step, max_steps)
    if study is not None:
        if solver.given():
            raise SpecError(f"a study simulates as its protocol says: leave {solver.words()[0]} out")
        folder = run_study(
            study, representations, data, seeds=seeds, budget=budget, domain=domain, metric=metric, invalid=invalid, seed=seed,
            out=out, resume=resume, accept_version=accept_version, strict=strict, jobs=jobs, scheduler=scheduler, device=device,
            objective=objective, model=model, tensorboard=board, listen=listen,
        )  # fmt: skip
        return rebuild_study(folder)
    chosen = find_domain(domain or "ode")
    plan = ComparisonPlan(
        tuple(dict.fromkeys(map(chosen.canonical, representations or line_up(chosen)))), sources(data, chosen.sources), domain or "ode",
        metric or chosen.metric, invalid, 1 if seeds is None else seeds, budget or "quick", seed, strict, device, objective, model,
        board, **solver.given(),
    )  # fmt: skip
    folder = Path(out) if out is not None else new_folder("compare", resume)
    measure(plan, folder, resume, jobs, scheduler, listen, accept_version=accept_version)
    return rebuild(folder)
