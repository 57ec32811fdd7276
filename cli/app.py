"""The command `kappabar`: one thin command per job. What a job does is in `evaluate/`; in this folder are only words and
print."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from ..evaluate.results.shown import shown
from ..grammars.errors import KappabarError, RunError
from ..grammars.files.write import FULL, is_full
from . import look, measure, runs
from . import options as o
from .ending import give_up, heeding_sigterm, ready_streams, told
from .groups import ungrouped
from .guard import INTERRUPTED, guard
from .show import documents_alone

app = typer.Typer(
    name="kappabar",
    help="Which encoding of a symbolic domain makes its meaning learnable? Start with: kappabar compare",
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
_NO_MEMORY = (
    "memory ran out; what a folder of --out has is kept, and --resume goes on from it; fewer --jobs, or fewer "
    "--edits-per-expression, take less"
)
_KEPT = "interrupted; what was done is kept, and --resume goes on from it where a command has that option"
# A system may begin with a minus sign, which is no option.
_TEXT = {"ignore_unknown_options": True}


def _version(wanted: bool) -> None:
    if wanted:
        from .. import __version__

        typer.echo(f"kappabar {__version__}")
        raise typer.Exit


# By a callback of its own: without a command, typer would not come as far as the body.
_VERSION = typer.Option("--version", help="print the version and stop", is_eager=True, callback=_version)


@app.callback()
def options(version: Annotated[bool, _VERSION] = False) -> None:
    pass


def _add(command: Callable[..., None], name: str | None = None, *, text: bool = False) -> None:
    """Its docstring is its help; the example stands on a line of its own that no narrow terminal breaks."""
    words, _, example = inspect.cleandoc(command.__doc__ or "").partition("\n\nExample: ")
    help_ = f"{words}\n\n\b\nExample:\n  {example}"
    app.command(name, help=help_, short_help=words.partition("\n")[0], context_settings=_TEXT if text else None)(
        ungrouped(command)
    )


_add(runs.compare)
_add(measure.kappa)
_add(runs.search)
_add(measure.domains)
_add(measure.check)
_add(measure.export)
_add(look.parse, text=True)
_add(look.tokenize, text=True)
_add(look.simulate, text=True)
_add(look.lyapunov, text=True)
_add(look.explore)
_add(look.list_, "list")
_add(runs.report)
_add(runs.merge)
_add(runs.reproduce)


def _fail(message: str, code: int) -> NoReturn:
    told(f"kappabar: error: {shown(' '.join(message.split()))}")
    raise SystemExit(code)


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit: 0, 2 for the user's mistakes, 1 for what could not finish, 130 when interrupted,
    by Ctrl-C or SIGTERM."""
    if arguments is None:
        guard(sys.argv[1:])
    given = (sys.argv[1:] if arguments is None else arguments) or ["--help"]
    ready_streams()
    try:
        with heeding_sigterm():
            code = _run(given)
            sys.stdout.flush()
        if code == INTERRUPTED:  # Typer turns Ctrl-C into this code
            raise KeyboardInterrupt
    except KappabarError as e:
        if "--debug" in given:
            raise
        _fail(str(e), e.exit_code)
    except TyperException as e:
        _fail(f"{e.format_message().rstrip('.')} (see kappabar --help)", 2)
    except (KeyboardInterrupt, typer.Abort):
        _fail(_KEPT, INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has closed it: nothing is wrong.
        give_up(sys.stdout, sys.stderr)
        raise SystemExit(0) from None
    except MemoryError as e:
        if "--debug" in given:
            raise
        _fail(f"{_NO_MEMORY} ({' '.join(str(e).split()) or 'no more of it'})", RunError.exit_code)
    except Exception as e:
        if is_full(e) and "--debug" not in given:
            give_up(sys.stdout)
            _fail(f"cannot write the output: {FULL}", 1)
        # What was interrupted may say so in its own way: an extension that was being loaded, for instance, by an ImportError.
        if not o.was_interrupted(e):
            raise
        _fail(_KEPT, INTERRUPTED)
    except BaseException as e:
        # No command of ours ends in this way: a part of the user's own did, perhaps with code 0, as if all were done.
        if "--debug" in given:
            raise
        _fail(f"{_ended_by(e)}; nothing is measured with a part that ends the process", RunError.exit_code)
    raise SystemExit(code if isinstance(code, int) else 0)


def _run(given: list[str]) -> object:
    with documents_alone() if "--json" in given else nullcontext():
        return app(given, prog_name="kappabar", standalone_mode=False)


def _ended_by(error: BaseException) -> str:
    """Who ended the process, and where: 'SystemExit: 0 in encode (mine.py, line 12)'."""
    frames = traceback.extract_tb(error.__traceback__)
    last = frames[-1] if frames else None
    place = "" if last is None else f" in {last.name} ({Path(last.filename).name}, line {last.lineno})"
    return f"{type(error).__name__}: {' '.join(str(error).split())}{place}"
