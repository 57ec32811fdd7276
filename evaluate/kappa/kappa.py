"""κ, the perturbation sensitivity of a representation (Eq. 1 of the paper), as the family of docs/concepts.md.

Deviations from Eq. 1, each by an argument: the neighborhood is sampled where it exceeds `edits_per_expression` (then `sup` is a
lower bound and says so, as it does where an edit has no distance); edits that do not decode follow the policy `invalid`; edits
whose simulation is unresolved have no distance and are counted apart; edits that are undefined somewhere count there as far away
as can be, or have no distance where a metric has no largest one; p(S) is the list of expressions given, each with weight one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...grammars.errors import SpecError, did_you_mean
from ...grammars.tree import System
from ...representations.representation import Representation
from ..domains.domain import Domain
from ..domains.metrics import EPSILON, Metric
from ..edits.base import EditOperator
from ..events import Advanced, Finished, Listener, Skipped, Started, silent
from ..results.notebook import displayed
from ..results.plots import drawn
from ..semantics.base import DEFAULTS, Solver
from ..statistics.estimate import Estimate, Sample, plain
from ..statistics.intervals import mean_estimate
from ..workers.tasks import Runner
from .corpus import Each, Recipe, measure_each
from .intrinsic import Gauge, Intrinsic
from .measure import Measured, NotMeasured
from .notes import foreign, out_of_range
from .robustness import Robustness
from .weighing import beside, is_whole, share, weight

if TYPE_CHECKING:
    import altair as alt
    import polars as pl

Floats = NDArray[np.float64]

POLICIES = ("exclude", "worst", "zero")
SIZES = (4, 16, 64)
"""The m of `kappa@m`."""
GROUPS = ("kinds", "classes")
NUDGES = "coefficient"
RARE = 16
"""The m from which on `kappa@m` is near the largest distance but for a few expressions, as the sup is."""
NOTHING = Estimate(float("nan"), float("nan"), float("nan"))
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
THRESHOLDS = (0.1, 0.5)
BESIDE = "numbers travel beside the tokens: no token edit touches a value, so this κ does not compare with other codecs'"


@displayed("representation", "edits", "n", "mean")
@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """The κ family of one representation over a list of expressions. Arrays are aligned with `measured`, those of `intrinsic`
    (None where the encoding itself was not measured) included. `solver`: the options of the simulations. `coefficient`: the
    mean κ of nudged coefficients, measured where no edit of the tokens reaches a number (see `unreached`), else None. `unread`:
    where sources could not be read, or repeat themselves, and why."""

    representation: str
    domain: str
    metric: str
    invalid: str
    edits: str
    measured: tuple[Measured, ...]
    skipped: tuple[NotMeasured, ...]
    d_max: float
    seed: int
    intrinsic: Intrinsic | None = None
    notes: tuple[str, ...] = ()
    epsilon: float = EPSILON
    solver: Solver = DEFAULTS
    coefficient: Estimate | None = None
    unread: tuple[tuple[str, str], ...] = ()

    def sample(self, item: Measured, mask: NDArray[np.bool_] | None = None, undrawn: int | None = None) -> Sample:
        """The distances that count for an expression under the policy, in edit order. An edit without weight does not count.
        `undrawn`: how many of the masked edits have no row, being invalid for certain; None: all that there are."""
        counted = np.ones(len(item.distance), dtype=bool) if mask is None else mask
        values = item.distance.copy()
        certain = item.n_undrawn if undrawn is None and mask is None else undrawn or 0
        rest = None
        if self.invalid != "exclude":
            worst = self.d_max if self.invalid == "worst" else 0.0
            values[item.outcomes.mask("invalid")] = worst
            rest = beside(item, worst, counted, certain)
        rows = counted & ~np.isnan(values)
        if item.weights is not None:
            rows &= item.weights > 0
        if item.counts is not None:
            return Sample(np.repeat(values[rows], item.counts[rows]), beside=rest)
        return Sample(values[rows], None if item.weights is None else item.weights[rows], rest)

    def distances(self, item: Measured, mask: NDArray[np.bool_] | None = None) -> Floats:
        """`sample` without weights."""
        return self.sample(item, mask).values

    def per_expression(self, statistic: Callable[[Sample], float]) -> Floats:
        """A statistic of each expression's distances; NaN where none count."""
        samples = [self.sample(m) for m in self.measured]
        return np.array([statistic(d) if len(d) else np.nan for d in samples])

    @property
    def n(self) -> int:
        """The expressions that the family rests on: those with a counted edit. Mean, sup, quantiles and every `kappa@m` cover
        them all."""
        return sum(len(self.sample(m)) > 0 for m in self.measured)

    @property
    def n_given(self) -> int:
        """The expressions that were given, those that could not be measured included."""
        return len(self.measured) + len(self.skipped)

    def distance(self, values: Sequence[float] | Floats, rare: bool = False) -> Estimate:
        """The mean over expressions of a distance, and what is made of distances. `rare`: see `mean_estimate`. So is every
        distance of a nudge: nearly all move a behavior by next to nothing, and those of a chaotic one by all there is.

        Without a largest distance there is no interval: what one expression more would add has no bound, and blows up now and
        then.
        """
        estimate = mean_estimate(values, (0.0, self.d_max), rare or self.edits == NUDGES)
        return estimate if np.isfinite(self.d_max) else Estimate(estimate.value, np.nan, np.nan)

    @property
    def means(self) -> Floats:
        return self.per_expression(Sample.mean)

    @property
    def mean(self) -> Estimate:
        return self.distance(self.means)

    @property
    def sup(self) -> Estimate:
        return self.distance(self.per_expression(Sample.sup), rare=True)

    def at(self, m: int) -> Estimate:
        """`kappa@m`, over all expressions with a counted edit, as the mean and the sup are; NaN where one of them has too few for
        it.

        Of fewer than m counted edits in a neighborhood that was enumerated, m draws take all: their largest distance. Where it
        was sampled, their κ@m is not known.
        """
        return self.distance(self.each_at(m), rare=m >= RARE) if not self.n_short(m) else NOTHING

    def each_at(self, m: int) -> Floats:
        """`kappa@m` of each expression; NaN where it is not known."""
        samples = [(self.sample(item), is_whole(item)) for item in self.measured]
        return np.array(
            [d.at(min(m, len(d)) if exact and d.weights is None else m) if len(d) else np.nan for d, exact in samples]
        )

    def n_short(self, m: int) -> int:
        """How many expressions with a counted edit have too few for their `kappa@m` to be known."""
        samples = [(self.sample(item), is_whole(item)) for item in self.measured]
        return sum(0 < len(d) < m and d.weights is None and not exact for d, exact in samples)

    def where_known(self, m: int) -> dict[str, float]:
        """`kappa@m` over the expressions for which it is known, with the mean and the sup over the same ones, and their number
        `n`."""
        values = self.each_at(m)
        known = ~np.isnan(values)
        figures = {"value": values, "mean": self.means, "sup": self.per_expression(Sample.sup)}
        return {"n": int(known.sum())} | {name: float(v[known].mean()) for name, v in figures.items() if known.any()}

    def _short(self, m: int) -> dict[str, Any]:
        if not (short := self.n_short(m)):
            return {"n_short": 0}
        known = self.where_known(m)
        return {"n_short": short, "where_known": {k: v if k == "n" else plain(v) for k, v in known.items()}}

    @property
    def exact(self) -> bool:
        """Whether the sup is Eq. 1's: every neighborhood was enumerated, and every edit that decodes has a distance."""
        return bool(self.measured) and all(is_whole(m) for m in self.measured)

    @property
    def validity(self) -> Estimate:
        return mean_estimate([share(m, ~m.outcomes.mask("invalid")) for m in self.measured], (0.0, 1.0))

    @property
    def redundancy(self) -> Estimate:
        """Share of all edits, invalid ones included, within the metric's ε of the original."""
        return mean_estimate([share(m, m.distance <= self.epsilon) for m in self.measured], (0.0, 1.0))

    @property
    def fidelity_error(self) -> Estimate:
        return self.distance([m.fidelity_error for m in self.measured], rare=True)

    @property
    def tokens(self) -> Estimate:
        """Tokens per expression."""
        return mean_estimate([float(m.n_tokens) for m in self.measured], (0.0, np.inf))

    def count(self, outcome: str) -> int:
        return sum(m.count(outcome) for m in self.measured)

    @property
    def masked(self) -> tuple[str, ...]:
        """In words, how many points were left out because the original itself has no value there."""
        some = [m.n_left_out for m in self.measured if m.n_left_out]
        where = f"in {len(some)} of {len(self.measured)} expressions"
        return (f"{sum(some)} points, {where}, at which the expression itself has no value are left out",) if some else ()

    @property
    def robustness(self) -> Robustness:
        """What natural edits do; of other edits, nothing."""
        return Robustness(self.representation, self.measured, self.epsilon, self.d_max)

    def by(self, column: str) -> dict[str, dict[str, Any]]:
        """Mean, sup and validity of the edits of each kind ("kinds") or token class ("classes"). Raises `SpecError` for another
        word."""
        if column not in GROUPS:
            raise SpecError(f"edits are grouped by {' or by '.join(GROUPS)}, not by {column!r}{did_you_mean(column, GROUPS)}")
        columns = [m.kinds if column == "kinds" else m.classes for m in self.measured]
        more = {word for m in self.measured if m.undrawn is not None for word in m.undrawn.words(column)}
        groups = sorted({word for c in columns for word in c.words()} | more)
        return {group: self._group(column, group, [c.mask(group) for c in columns]) for group in groups}

    def _group(self, column: str, group: str, masks: list[NDArray[np.bool_]]) -> dict[str, Any]:
        pairs = list(zip(self.measured, masks, strict=True))
        undrawn = [0 if m.undrawn is None else m.undrawn.of(column, group) for m in self.measured]
        samples = [self.sample(m, mask, n) for (m, mask), n in zip(pairs, undrawn, strict=True)]
        total = sum(weight(m, mask) + n for (m, mask), n in zip(pairs, undrawn, strict=True))
        valid = sum(weight(m, mask & ~m.outcomes.mask("invalid")) for m, mask in pairs)
        return {
            "mean": self.distance([d.mean() if len(d) else np.nan for d in samples]).as_dict(),
            "sup": self.distance([d.sup() if len(d) else np.nan for d in samples], rare=True).as_dict(),
            "validity": valid / total if total else None,
            "n_expressions": sum(len(d) > 0 for d in samples),
            "n_edits": sum(m.number(mask) for m, mask in pairs),
        }

    def as_dict(self) -> dict[str, Any]:
        """What `kappabar kappa --json` prints."""
        return {
            "representation": self.representation,
            "domain": self.domain,
            "metric": self.metric,
            "invalid": self.invalid,
            "edits": self.edits,
            **asdict(self.solver),
            "n_expressions": self.n,
            "n_given": self.n_given,
            "sup": self.sup.as_dict() | {"exact": self.exact},
            "mean": self.mean.as_dict(),
            "kappa@m": {str(m): self.at(m).as_dict() | self._short(m) for m in SIZES},
            "quantiles": {str(q): _mean(self._quantile(q)) for q in QUANTILES},
            "share_above": {str(t): _mean(self._share(t)) for t in THRESHOLDS},
            "validity": self.validity.as_dict(),
            "redundancy": self.redundancy.as_dict(),
            "fidelity_error": self.fidelity_error.as_dict(),
            "intrinsic": None if self.intrinsic is None else self.intrinsic.as_dict(),
            "coefficient": None if self.coefficient is None else self.coefficient.as_dict(),
            "robustness": self.robustness.as_dict(),
            "by_kind": self.by("kinds"),
            "by_class": self.by("classes"),
            "n_edits": sum(m.n_edits for m in self.measured),
            "n_undrawn": sum(m.n_undrawn for m in self.measured),
            "n_valid": sum(m.n_valid for m in self.measured),
            "n_diverged": self.count("diverged"),
            "n_undefined": self.count("undefined"),
            "n_unresolved": self.count("unresolved"),
            "per_expression": [self._row(m) for m in self.measured],
            "notes": [*self.notes, *self.masked],
            "skipped": [{"name": s.name, "reason": s.reason} for s in self.skipped],
            "unread": [{"where": where, "reason": reason} for where, reason in self.unread],
        }

    def _quantile(self, q: float) -> Floats:
        return self.per_expression(lambda d: d.quantile(q))

    def _share(self, threshold: float) -> Floats:
        return self.per_expression(lambda d: d.share_above(threshold))

    def _row(self, m: Measured) -> dict[str, Any]:
        d = self.sample(m)
        return {
            "name": m.name,
            "sup": plain(d.sup()) if len(d) else None,
            "mean": plain(d.mean()) if len(d) else None,
            "n_edits": m.n_edits,
            "n_valid": m.n_valid,
            "neighborhood_size": m.size,
            "n_tokens": m.n_tokens,
            "fidelity_error": plain(m.fidelity_error),
            "n_left_out": m.n_left_out,
        }

    def to_frame(self) -> pl.DataFrame:
        """One row per expression."""
        import polars as pl

        return pl.DataFrame([self._row(m) for m in self.measured]).insert_column(
            0, pl.Series("representation", [self.representation] * len(self.measured))
        )

    def plot(self) -> alt.Chart | alt.LayerChart:
        """Distribution over expressions of the mean distance."""
        chart: alt.Chart | alt.LayerChart = drawn("figures", "kappa_distributions", [self])
        return chart


def _mean(values: Floats) -> float | str | None:
    """Of those that there are."""
    known = values[~np.isnan(values)]
    return plain(float(known.mean())) if len(known) else None


def check_policy(invalid: str, metric: Metric) -> None:
    """Raises `SpecError` for an unknown policy, or `worst` under an unbounded metric."""
    if invalid not in POLICIES:
        raise SpecError(
            f"unknown policy {invalid!r} for invalid edits{did_you_mean(invalid, POLICIES)}; use {', '.join(POLICIES)}"
        )
    if invalid == "worst" and not np.isfinite(metric.d_max):
        raise SpecError(f"policy 'worst' needs a bounded metric; {metric.name} has no largest distance (try bounded-l2)")


def unreached(representation: Representation, operator: EditOperator) -> bool:
    """Whether the values of numbers lie where no edit of this operator reaches them: beside the tokens that it edits."""
    return representation.continuous and not operator.promises.own


def measure_all(
    representation: Representation,
    systems: Iterable[System],
    domain: Domain,
    metric: Metric,
    operator: EditOperator,
    *,
    invalid: str = "exclude",
    edits_per_expression: int | None = None,
    seed: int = 0,
    listen: Listener = silent,
    condense: bool = False,
    runner: Runner | None = None,
    each: Each = measure_each,
) -> Kappa:
    """The κ family of a representation over `systems`.

    An expression draws its edits from a stream of its own, whatever the representation, its neighbors in the list and order of
    work. `condense`: keep of each expression what its statistics need, and not every edit. `runner` measures, else this process,
    with no effect on the numbers. `each` gives every expression, measured now or before.
    """
    check_policy(invalid, metric)
    stage = f"κ of {representation.spec}"
    total = len(systems) if isinstance(systems, Sized) else None
    listen(Started(stage, total))
    measured, skipped, gauge, fallen = [], [], Gauge(representation), []
    recipe = Recipe(
        representation=representation,
        domain=domain,
        metric=metric,
        operator=operator,
        limit=edits_per_expression,
        seed=seed,
        condense=condense,
    )
    for item in each(recipe, systems, runner):
        if isinstance(item, NotMeasured):
            skipped.append(item)
            listen(Skipped(stage, item.name, item.reason))
        else:
            if item.encoding is not None:
                gauge.take(item.encoding)
                fallen.append((item.encoding.fallen, item.encoding.coefficients))
            measured.append(replace(item, encoding=None))  # the gauge has it, in less memory
        listen(Advanced(stage, 1))
    listen(Finished(stage))
    apart = [BESIDE] if unreached(representation, operator) else []
    return Kappa(
        representation=representation.spec,
        domain=domain.name,
        metric=metric.name,
        invalid=invalid,
        edits=operator.name,
        measured=tuple(measured),
        skipped=tuple(skipped),
        d_max=metric.d_max,
        seed=seed,
        intrinsic=gauge.result(),
        notes=(
            *apart,
            *foreign(representation, measured),
            *out_of_range(representation, fallen),
            *filter(None, [getattr(operator, "note", "")]),
        ),
        epsilon=metric.epsilon,
    )
