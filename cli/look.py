"""Commands that look at one expression, and the lists of what there is."""

from __future__ import annotations

from typing import Annotated

import typer

from . import groups as g
from . import options as o
from .show import note, show, terminal


def parse(text: o.Text, domain: o.DomainName = "ode", as_json: o.Json = False, debug: o.Debug = False) -> None:
    """Parse a system: its equations, prefix form, LaTeX and coefficients.

    Example: kappabar parse "x' = y; y' = -x"
    """
    from ..evaluate.expression import parse as job

    document = job.parsed_document(job.parse(text, domain), domain)
    show(document, as_json, lambda: terminal().show_fields({key: value for key, value in document.items() if value != []}))


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
    from ..evaluate.expression.tokenize import tokenize as run

    result = run(text, representation, domain, metric)
    note(*result.system.notes)
    show(result.as_dict(), as_json, lambda: terminal().show_tokens(result))


def simulate(
    text: o.Text,
    x0: o.Starts = [],  # noqa: B006
    t_end: Annotated[float | None, typer.Option("--t-end", help="horizon")] = None,
    points: Annotated[int | None, typer.Option("--points", help="output times (201)", min=2, max=1_000_000)] = None,
    *,
    solving: g.Solving,
    domain: o.DomainName = "ode",
    as_json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Simulate a system. Conditions given here win over those in the text.

    Example: kappabar simulate "x' = y; y' = -x" --x0 1,0 --t-end 10
    """
    from ..evaluate.expression.simulate import simulate as run

    result = run(text, [o.numbers(x) for x in x0] or None, t_end, points or 201, domain=domain, **g.words(solving))
    note(*result.system.notes)
    if points is not None and len(result.t) != points:
        note(f"{len(result.t)} points: this domain has points of its own, and --points says nothing")
    show(result.as_dict(), as_json, lambda: terminal().show_simulation(result))


def lyapunov(
    text: o.Text,
    x0: Annotated[str | None, typer.Option("--x0", metavar="NUMBERS", help="initial condition, for instance 1,1,1")] = None,
    t_end: Annotated[float | None, typer.Option("--t-end", help="time to average over (default: until errors are small)")] = None,
    domain: o.DomainName = "ode",
    as_json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """Lyapunov exponents of a flow or a map, with standard errors. The horizon in the text plays no part.

    One trajectory is followed until errors are small, both halves agree and every variable came round; what did not is said.

    Example: kappabar lyapunov "x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z" --x0 1,1,1
    """
    from ..evaluate.expression.lyapunov import lyapunov as run

    result = run(text, None if x0 is None else o.numbers(x0), t_end, domain=domain)
    note(*result.system.notes)
    show(result.as_dict(), as_json, lambda: terminal().show_lyapunov(result))


def list_(
    what: o.What,
    as_json: o.Json = False,
    debug: o.Debug = False,
) -> None:
    """List what there is to choose from.

    Example: kappabar list codecs
    """
    from .listing import listing

    rows = listing(what)
    show(rows, as_json, lambda: terminal().show_listing(what, rows))


def explore(
    representation: o.Specs = [],  # noqa: B006
    domain: o.DomainName = "ode",
    metric: o.MetricName = None,
    port: Annotated[
        int, typer.Option("--port", metavar="N", help="port on 127.0.0.1; 0 takes a free one", min=0, max=65535)
    ] = 8765,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="only print the address")] = False,
    debug: o.Debug = False,
) -> None:
    """Type an equation on a page of this machine, and see its tokens, its edits and what each does. Ctrl-C ends it.

    Example: kappabar explore -r "infix | chars" -r "prefix | digits:3"
    """
    from ..evaluate.explore.server import serve

    serve(representation, domain, metric, port, not no_browser, typer.echo)
