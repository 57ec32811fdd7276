"""Commands that measure, test or write out representations, without any training."""

from __future__ import annotations

import typer

from . import groups as g
from . import options as o
from .show import progress, show, terminal


def kappa(
    representation: o.Specs,
    data: o.Sources = [],  # noqa: B006
    edits: o.Edits = "token",
    edits_per_expression: o.EditsPerExpression = 1000,
    *,
    measuring: g.Measuring,
    solving: g.Solving,
    seed: o.Seed = 0,
    working: g.Working,
    out: o.KappaOut = None,
    resuming: g.Resuming,
    strict: o.Strict = False,
    printing: g.Printing,
) -> None:
    """Measure the κ family of one or several representations, without any training.

    Example: kappabar kappa -r tree -r "prefix | bins:64" --data sample:20
    """
    from ..evaluate.commands.kappa import kappa as run
    from ..evaluate.workers.threads import use_threads

    use_threads(working.jobs)
    with progress(printing.without_progress) as listen:
        measured = run(
            representation,
            data or None,
            edits=edits,
            edits_per_expression=edits_per_expression or None,
            seed=seed,
            strict=strict,
            keep_edits=out is not None,
            out=out,
            listen=listen,
            **g.words(measuring, solving, working, resuming),
        )
    results = measured if isinstance(measured, list) else [measured]
    documents = [k.as_dict() for k in results]
    show(documents if len(documents) > 1 else documents[0], printing.as_json, lambda: terminal().show_kappa(results, out))


def domains(
    domain: o.DomainNames = [],  # noqa: B006
    expressions: o.Expressions = 100,
    edits_per_expression: o.EditsPerExpression = 200,
    seed: o.Seed = 0,
    *,
    working: g.Working,
    out: o.RunOut = None,
    resuming: g.Resuming,
    printing: g.Printing,
) -> None:
    """Measure κ̄ of every domain and representation in one table, beside the paper's order of domains.

    Example: kappabar domains --domain program --domain proof --expressions 20 --out runs/domains
    """
    from ..evaluate.commands.domains import domains as run
    from ..evaluate.workers.threads import use_threads

    use_threads(working.jobs)
    with progress(printing.without_progress) as listen:
        result = run(
            domain,
            expressions=expressions,
            edits_per_expression=edits_per_expression or None,
            seed=seed,
            out=out,
            listen=listen,
            **g.words(working, resuming),
        )
    show(result.as_dict(), printing.as_json, lambda: o.echo(result.lines()))


def check(
    subject: o.Subject,
    domain: o.DomainName = "ode",
    examples: o.Examples = 200,
    junit: o.Junit = None,
    seed: o.Seed = 0,
    *,
    printing: g.Printing,
) -> None:
    """Property-test a representation, tokenizer, codec, rewrite or edit operator. Exits with 1 where a property fails.

    Example: kappabar check "prefix | digits:3" --examples 50
    """
    from ..evaluate.check.run import check as run

    with progress(printing.without_progress) as listen:
        result = run(subject, domain, examples, seed, junit, listen)
    show(result.as_dict(), printing.as_json, lambda: o.echo(result.lines()))
    if not result.ok:
        raise typer.Exit(1)


def export(
    representation: o.Spec,
    out: o.Out,
    data: o.Sources = [],  # noqa: B006
    domain: o.DomainName = "ode",
    special_tokens: o.SpecialTokens = False,
    template: o.Template = "none",
    max_length: o.MaxLength = None,
    texts: o.Texts = None,
    seed: o.Seed = 0,
    strict: o.Strict = False,
    *,
    printing: g.Printing,
) -> None:
    """Write a representation as a Hugging Face tokenizer folder, fitted on the sources (default: the domain's own), and these as
    texts for it.

    Example: kappabar export -r "prefix | digits:3 | bpe:512" --out tokenizer
    """
    from ..evaluate.commands.export import export as run

    with progress(printing.without_progress) as listen:
        result = run(
            representation,
            out,
            data,
            domain=domain,
            special_tokens=special_tokens,
            template=template,
            max_length=max_length,
            texts=texts,
            seed=seed,
            strict=strict,
            listen=listen,
        )
    document = result.as_dict()
    brief = document | ({"skipped": len(result.unwritten)} if result.texts else {})  # each has been told
    show(document, printing.as_json, lambda: terminal().show_fields(brief))
