"""The columns of the tables of curves: what trainings of several lengths came to, and what that says in numbers."""

from __future__ import annotations

from .column import Column, Table
from .summary import SUMMARY

LEVELS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""The Q to which examples are counted: of Q itself, so that representations are held to the same."""
_OVER = "trainings, from three on"


def level_name(level: float) -> str:
    """0.5 -> 'examples_to_0.5'."""
    return f"examples_to_{level:g}"


CURVE = Table(
    "curve.csv",
    "one row per representation and length of training, each measured at its end",
    (
        SUMMARY["representation"],
        Column("step", "steps of a training of that length", int, "steps", title="steps"),
        Column("systems", "distinct systems that it saw", float, "systems", "mean over trainings", title="systems", digits=0),
        Column("flops", "what it cost", float, "FLOPs", "mean over trainings", title="FLOPs", digits=0),
        Column("quality", "Q of greedy samples at its end", float, "quality", "mean over trainings", _OVER, title="Q"),
        Column(
            "quality_share",
            "Q between prior sampling (0) and the representation's own round trip (1)",
            float,
            "share",
            "mean over trainings",
            _OVER,
            title="Q share",
            digits=2,
        ),
        Column("bits", SUMMARY["bits"].help, float, "bits", "mean over trainings", _OVER, title="NTP bits", digits=1),
        Column("trainings", "trainings that have such an end", int, "trainings", title="trainings", digits=0),
    ),
)


def _to(level: float) -> Column:
    what = (
        f"least number of distinct systems with which Q is {level:g}, the mean curve linear in their logarithm; none where it is "
        "not reached, the least tried where it is reached there. Limit 0: perhaps below all tried; infinite: perhaps above"
    )
    return Column(
        level_name(level), what, float, "systems", "of the mean curve", _OVER, title=f"systems to Q {level:g}", digits=0
    )


EFFICIENCY = Table(
    "efficiency.csv",
    "one row per representation whose trainings have ends of several lengths",
    (
        SUMMARY["representation"],
        Column("most_systems", "distinct systems that the longest saw", float, "systems", title="systems", digits=0),
        Column(
            "curve_area",
            "mean of Q over the logarithm of the number of systems, from the least to the most: the area under the curve",
            float,
            "quality",
            "mean over trainings",
            _OVER,
            title="area",
        ),
        *map(_to, LEVELS),
        Column("last_gain", "what the last doubling of the systems adds to Q", float, "quality", title="last doubling"),
        Column(
            "ceiling_fitted",
            "Q that the curve runs up to, where it bears one: the last doubling adds less than 0.01, all of them 0.03 or more, "
            "and the interval is no wider than 0.15",
            float,
            "quality",
            "posterior median",
            "trainings",
            title="fitted ceiling",
        ),
        Column("ceiling_note", "why it bears none; '' where it bears one", str, title="why none"),
    ),
)
