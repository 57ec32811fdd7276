"""The command `kappabar`: one thin command per job. What a job does is in `evaluate/`; here are only words and print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from . import cli_options as o
from .grammars.errors import KappabarError

if TYPE_CHECKING:
    from .evaluate.events import Listener

app = typer.Typer(
    name="kappabar",
    help="Which encoding of a symbolic domain makes its meaning learnable? Start with: kappabar compare",
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_INTERRUPTED = 130
_KEPT = "interrupted; what was done is kept, and --resume goes on from it where a command has that option"
# A system may begin with a minus sign, which is no option.
_TEXT = {"ignore_unknown_options": True}


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", help="print the version and stop", is_eager=True)] = False,
) -> None:
    if version:
        from . import __version__

        typer.echo(f"kappabar {__version__}")
        raise typer.Exit


@app.command(context_settings=_TEXT)
def parse(text: o.Text, domain: o.DomainName = "ode", as_json: o.Json = False, debug: o.Debug = False) -> None:
    """Parse a system: its equations, prefix form, LaTeX and coefficients.

    Example: kappabar parse "x' = y; y' = -x"
    """
    from .evaluate import jobs

    document = jobs.parsed_document(jobs.parse(text, domain))
    _show(document, as_json, lambda: _terminal().show_fields(document))


@app.command(context_settings=_TEXT)
def tokenize(
    text: o.Text,
    representation: o.Spec,
    domain: o.DomainName = "ode",
    metric: o.MetricName = None,
    as_json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Show a system's tokens under a representation, and what decoding gives back.

    Example: kappabar tokenize -r "prefix | digits:3" "x' = -0.5*x"
    """
    from .evaluate import jobs

    result = jobs.tokenize(text, representation, domain, metric)
    _show(result.as_dict(), as_json, lambda: _terminal().show_tokens(result))


@app.command(context_settings=_TEXT)
def simulate(
    text: o.Text,
    x0: o.Starts = [],  # noqa: B006
    t_end: Annotated[float | None, typer.Option("--t-end", help="horizon")] = None,
    points: Annotated[int, typer.Option("--points", help="output times", min=2, max=1_000_000)] = 201,
    rtol: Annotated[float, typer.Option("--rtol", help="relative tolerance")] = 1e-6,
    atol: Annotated[float, typer.Option("--atol", help="absolute tolerance")] = 1e-9,
    domain: o.DomainName = "ode",
    as_json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Simulate a system. Conditions given here win over those in the text.

    Example: kappabar simulate "x' = y; y' = -x" --x0 1,0 --t-end 10
    """
    from .evaluate import jobs

    result = jobs.simulate(text, [o.numbers(x) for x in x0] or None, t_end, points, rtol, atol, domain)
    _show(result.as_dict(), as_json, lambda: _terminal().show_simulation(result))


@app.command(context_settings=_TEXT)
def lyapunov(
    text: o.Text,
    x0: Annotated[str | None, typer.Option("--x0", metavar="NUMBERS", help="initial condition, for instance 1,1,1")] = None,
    t_end: Annotated[float | None, typer.Option("--t-end", help="time to average over (default: until errors are small)")] = None,
    domain: o.DomainName = "ode",
    jobs: o.Jobs = 0,
    as_json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Lyapunov exponents of a flow or a map, with standard errors. The horizon in the text plays no part.

    Example: kappabar lyapunov "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z" --x0 1,1,1
    """
    from .evaluate.lyapunov import lyapunov as run
    from .evaluate.threads import use_threads

    use_threads(jobs)
    result = run(text, None if x0 is None else o.numbers(x0), t_end, domain=domain)
    _show(result.as_dict(), as_json, lambda: _terminal().show_lyapunov(result))


@app.command()
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
    from .evaluate.reproduce.section import reproduce as run
    from .evaluate.threads import use_threads

    use_threads(jobs)
    with _progress(quiet or as_json) as listen:
        result = run(out, seed=seed, listen=listen)
    _show(result.as_dict(), as_json, lambda: _terminal().show_reproduction(result))


@app.command()
def kappa(
    representation: o.Specs,
    data: o.Sources = ["bank"],  # noqa: B006
    edits: o.Edits = "token",
    edits_per_expression: o.EditsPerExpression = 1000,
    domain: o.DomainName = "ode",
    metric: o.MetricName = None,
    invalid: o.Invalids = "exclude",
    seed: o.Seed = 0,
    jobs: o.Jobs = 0,
    scheduler: o.Scheduler = None,
    out: o.KappaOut = None,
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Measure the κ family of one or several representations, without any training.

    Example: kappabar kappa -r tree -r "prefix | bins:64" --data sample:50
    """
    from .evaluate.jobs import kappa as run
    from .evaluate.run_folder import write_kappa
    from .evaluate.threads import use_threads
    from .grammars.files import prepare

    use_threads(jobs)
    if out is not None:
        prepare(out)
    with _progress(quiet or as_json) as listen:
        results = run(
            representation, data, edits, edits_per_expression or None, domain, metric, invalid, seed, strict, listen,
            keep_edits=out is not None, jobs=jobs, scheduler=scheduler,
        )  # fmt: skip
    found = results if isinstance(results, list) else [results]
    if out is not None:
        write_kappa(out, found)
    documents = [k.as_dict() for k in found]
    _show(documents if len(documents) > 1 else documents[0], as_json, lambda: _terminal().show_kappa(found))


@app.command()
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
    seed: o.Seed = 0,
    jobs: o.Jobs = 0,
    scheduler: o.Scheduler = None,
    out: o.RunOut = None,
    resume: o.Resume = False,
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """The main job: κ, fidelity, next-token loss and semantic quality of several representations.

    Without arguments: the built-in bank and the default line-up. Example: kappabar compare --out runs/first
    """
    from .evaluate.compare import compare as run

    given: dict[str, Any] = {
        "seeds": seeds, "budget": budget, "domain": domain, "metric": metric, "invalid": invalid, "objective": objective,
        "model": model, "device": device, "tensorboard": tensorboard, "seed": seed, "out": out, "resume": resume, "strict": strict,
        "jobs": jobs, "scheduler": scheduler, "study": study,
    }  # fmt: skip
    with _progress(quiet or as_json) as listen:
        result = run(representation or None, data or None, **given, listen=listen)
    _show(result.as_dict(), as_json, lambda: _terminal().show_run(result))


@app.command()
def check(
    subject: o.Subject,
    domain: o.DomainName = "ode",
    examples: o.Examples = 200,
    junit: o.Junit = None,
    seed: o.Seed = 0,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Property-test a representation, tokenizer, codec, rewrite or edit operator. Exits with 1 where a property fails.

    Example: kappabar check "prefix | digits:3"
    """
    from .evaluate.check.run import check as run

    with _progress(quiet or as_json) as listen:
        result = run(subject, domain, examples, seed, junit, listen)
    _show(result.as_dict(), as_json, lambda: o.echo(result.lines()))
    if not result.ok:
        raise typer.Exit(1)


@app.command()
def search(
    data: o.Sources,
    trials: o.Trials = 120,
    objective: o.Objectives = [],  # noqa: B006
    sampler: o.SamplerName = "effects",
    storage: o.Storage = None,
    out: o.SearchOut = None,
    resume: o.Resume = False,
    edits_per_expression: o.EditsPerExpression = 500,
    held_out: o.HeldOut = 0.5,
    redundant: o.Redundant = False,
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
    from .evaluate.search.search import search as run
    from .evaluate.search.show import show_search

    with _progress(quiet or as_json) as listen:
        result = run(
            data, trials=trials, objective=objective or None, sampler=sampler, storage=storage, out=out, resume=resume, seed=seed,
            domain=domain, metric=metric, invalid=invalid, edits_per_expression=edits_per_expression or None, held_out=held_out,
            redundant=redundant, quality=quality, strict=strict, jobs=jobs, scheduler=scheduler, listen=listen,
        )  # fmt: skip
    _show(result.as_dict(), as_json, lambda: show_search(result))


@app.command()
def export(
    representation: o.Spec,
    out: o.Out,
    data: o.Sources = [],  # noqa: B006
    domain: o.DomainName = "ode",
    special_tokens: o.SpecialTokens = False,
    seed: o.Seed = 0,
    strict: o.Strict = False,
    as_json: o.Json = False,
    quiet: o.Quiet = False,
    debug: o.Debug = False,
) -> None:
    """Write a representation as a Hugging Face tokenizer folder, fitted on the sources (default: the domain's bank).

    Example: kappabar export -r "prefix | digits:3 | bpe:512" --out tokenizer
    """
    from .evaluate import jobs

    with _progress(quiet or as_json) as listen:
        result = jobs.export(representation, out, data, domain, special_tokens, seed, strict, listen)
    document = result.as_dict()
    _show(document, as_json, lambda: _terminal().show_fields(document))


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder of a run")],
    as_json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Build the page of a finished or half-finished run again.

    Example: kappabar report runs/first
    """
    from .evaluate.study.run import report as run

    result = run(folder)
    _show(result.as_dict(), as_json, lambda: _terminal().show_run(result))


@app.command("list")
def list_(
    what: o.What,
    as_json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """List what there is to choose from.

    Example: kappabar list codecs
    """
    from .evaluate.listing import listing

    rows = listing(what)
    _show(rows, as_json, lambda: _terminal().show_listing(what, rows))


def _terminal() -> Any:
    from .evaluate.report import terminal

    return terminal


def _progress(quiet: bool) -> AbstractContextManager[Listener]:
    from .evaluate.report.progress import progress

    return progress(quiet)


def _show(document: Any, as_json: bool, show: Callable[[], None]) -> None:
    if as_json:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")
    else:
        show()


def _fail(message: str, code: int) -> NoReturn:
    one_line = " ".join(message.split())
    sys.stderr.write(f"kappabar: error: {one_line}\n")
    raise SystemExit(code)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0, 2 for the user's mistakes, 1 for what could not finish, 130 when interrupted."""
    given = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    # A terminal that cannot write κ gets a substitute instead of a traceback.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        code = app(given, prog_name="kappabar", standalone_mode=False)
        sys.stdout.flush()
        if code == _INTERRUPTED:  # Typer turns Ctrl-C into this code
            raise KeyboardInterrupt
        raise SystemExit(code if isinstance(code, int) else 0)
    except KappabarError as e:
        if "--debug" in given:
            raise
        _fail(str(e), e.exit_code)
    except TyperException as e:
        _fail(f"{e.format_message().rstrip('.')} (see kappabar --help)", 2)
    except (KeyboardInterrupt, typer.Abort):
        _fail(_KEPT, _INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has closed it: nothing is wrong. Keep the interpreter from complaining at exit.
        sys.stderr.close()
        raise SystemExit(0) from None
    except Exception as e:
        # What was interrupted may say so in its own way: an extension that was being loaded, for instance, by an ImportError.
        if not o.was_interrupted(e):
            raise
        _fail(_KEPT, _INTERRUPTED)
