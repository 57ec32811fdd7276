"""`domains`: κ̄ of every domain and representation in one table, beside the paper's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from ..across.plan import EDITS, EXPRESSIONS, planned
from ..across.run import Across, run_across
from ..domains.domain import Domain
from ..options.spelled import part, spelled_out
from ..options.work import FolderOptions, Work, WorkOptions
from .report import rebuild_across


class DomainsOptions(WorkOptions, FolderOptions, total=False):
    """The options of `domains` that other jobs share."""


@spelled_out(WorkOptions, FolderOptions, defaults=(Work,))
def domains(
    domain: str | Domain | Sequence[str | Domain] = (),
    *,
    expressions: int = EXPRESSIONS,
    edits_per_expression: int | None = EDITS,
    seed: int = 0,
    **options: Unpack[DomainsOptions],
) -> Across:
    """κ̄ of each domain under each of its distributions, in every representation of its line-up: over token edits, with validity,
    redundancy and vocabulary, and over the mean distance of two independent expressions, which alone compares across domains.
    Beside it the paper's order of domains (Table 1) with exact tests, and the relation of κ̄ with redundancy.

    Leaves tables, figures and a page in the folder `out` (default: a new one under runs/). A domain whose packages are not
    installed has a row that says so. Raises `SpecError` before the folder is touched, and `OutputError`.

    - `domain`: those to measure; none for all that are built in or installed
    - `expressions`: drawn of each distribution; a bank is measured whole
    - `edits_per_expression`: edits drawn; None, or 0, enumerates every neighborhood
    - `seed`: of everything random
    """
    work = part(Work, options)
    asked = (domain,) if isinstance(domain, str | Domain) else tuple(domain)
    plan = planned(asked, expressions, edits_per_expression, seed)
    return rebuild_across(run_across(plan, work))
