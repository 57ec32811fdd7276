"""Commands that measure, test or write out representations, without any training."""

from __future__ import annotations

import typer

from . import options as o
from .show import progress, show, terminal


def kappa(
    representation: o.Specs,
    data: o.Sources = ["bank"],  # noqa: B006
    edits: o.Edits = "token",
    edits_per_expression: o.EditsPerExpression = 1000,
    domain: o.DomainName = "ode",
    metric: o.MetricName = None,
    invalid: o.Invalids = "exclude",
    rtol: o.Rtol = None,
    atol: o.Atol = None,
    box: o.Box = None,
    max_step: o.MaxStep = None,
    max_steps: o.MaxSteps = None,
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

    Example: kappabar kappa -r tree -r "prefix | bins:64" --data sample:20
    """
    from ..evaluate.commands.kappa import kappa as run
    from ..evaluate.kappa.tables import write_kappa
    from ..evaluate.workers.threads import use_threads
    from ..grammars.files.write import prepare

    use_threads(jobs)
    if out is not None:
        prepare(out)
    with progress(quiet or as_json) as listen:
        results = run(
            representation, data, edits, edits_per_expression or None, domain, metric, invalid, seed, strict, listen,
            keep_edits=out is not None, jobs=jobs, scheduler=scheduler, rtol=rtol, atol=atol, box=box, max_step=max_step,
            max_steps=max_steps,
        )  # fmt: skip
    found = results if isinstance(results, list) else [results]
    if out is not None:
        write_kappa(out, found)
    documents = [k.as_dict() for k in found]
    show(documents if len(documents) > 1 else documents[0], as_json, lambda: terminal().show_kappa(found))


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

    Example: kappabar check "prefix | digits:3" --examples 50
    """
    from ..evaluate.check.run import check as run

    with progress(quiet or as_json) as listen:
        result = run(subject, domain, examples, seed, junit, listen)
    show(result.as_dict(), as_json, lambda: o.echo(result.lines()))
    if not result.ok:
        raise typer.Exit(1)


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
    from ..evaluate.commands.export import export as run

    with progress(quiet or as_json) as listen:
        result = run(representation, out, data, domain, special_tokens, seed, strict, listen)
    document = result.as_dict()
    show(document, as_json, lambda: terminal().show_fields(document))
