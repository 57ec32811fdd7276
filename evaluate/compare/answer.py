"""What a reader wants first: which representations lead, ordered only where differences are significant, and how it was
measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kappa.kappa import Kappa
from ..results.format import number
from ..tables.column import Row
from .ranking import Ranking, rank, ranked
from .rounds import Decided
from .summary import by_expression, corrects_every_edit
from .trainings import Score

METRICS = {
    "bounded-l2": "‖x − x'‖ / (‖x‖ + ‖x'‖) over all times, each dimension divided by the original's root mean square; from 0 "
    "(the same) to 1",
    "relative-l2": "‖x − x'‖ / ‖x‖ over all times and dimensions; 0 is the same, and there is no largest value",
    "attractor": "half the difference of the state-space histograms and half that of the power spectra of the second halves; "
    "from 0 to 1, "
    "blind to phase",
}
POLICIES = {
    "exclude": "Edits that do not decode have no meaning and are left out: κ is conditional on those that do, and validity "
    "stands beside it.",
    "worst": "Edits that do not decode count as the largest distance.",
    "zero": "Edits that do not decode count as no distance: an error that can be seen costs nothing.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """`by_kappa` leaves out the controls; `by_quality` has places only where Q was measured."""

    by_kappa: Ranking
    by_quality: Ranking
    controls: tuple[str, ...]
    in_rounds: bool = False


def answer(kappas: Sequence[Kappa], scores: Sequence[Score | None], rounds: Decided | None = None) -> Answer:
    """Rankings by κ mean, paired by expression, and by Q: paired by test behavior, or by what `rounds` have decided."""
    controls = tuple(k.representation for k in kappas if corrects_every_edit(k))
    plain = [k for k in kappas if k.representation not in controls]
    smooth = rank([k.representation for k in plain], [by_expression(k, kappas)[None] for k in plain], smaller=True)
    if rounds is not None:
        means = [float(np.nanmean(column)) if np.isfinite(column).any() else np.nan for column in rounds.means.T]
        counts = [int(np.isfinite(column).sum()) for column in rounds.means.T]
        least = min((n for n in counts if n), default=0)
        by_quality = ranked(rounds.representations, means, rounds.pairs, smaller=False, least_seeds=least)
        return Answer(smooth, by_quality, controls, in_rounds=True)
    judged = [(k.representation, s.values("q")) for k, s in zip(kappas, scores, strict=True) if s is not None]
    width = max((t.shape[1] for _, t in judged), default=0)
    judged = [(name, t) for name, t in judged if t.size and t.shape[1] == width]
    return Answer(smooth, rank([n for n, _ in judged], [np.asarray(t, dtype=float) for _, t in judged], smaller=False), controls)


def placed(rows: Sequence[Row], answer: Answer) -> list[Row]:
    """The rows with their places, '' where a representation takes no part."""
    smooth = {p.representation: p.text for p in answer.by_kappa.ranges}
    best = {p.representation: p.text for p in answer.by_quality.ranges}
    return [
        row | {"place_kappa": smooth.get(row["representation"], ""), "place_quality": best.get(row["representation"], "")}
        for row in rows
    ]


def lead(answer: Answer) -> list[str]:
    """One sentence by Q and one by κ."""
    sentences = []
    if answer.by_quality.ranges:
        one = answer.by_quality.least_seeds == 1
        sentences.append(_sentence("By what a model makes of it (Q)" + ", of these trainings" * one, answer.by_quality, "ahead"))
    else:
        sentences.append("No model has been trained yet: roughness alone is compared.")
    return [*sentences, *smoother(answer)]


def smoother(answer: Answer) -> list[str]:
    """The sentence by κ, where there is one."""
    return [_sentence("By roughness (κ mean)", answer.by_kappa, "smoother")] if answer.by_kappa.ranges else []


def _sentence(measure: str, ranking: Ranking, word: str) -> str:
    n, leaders = len(ranking.ranges), ranking.leaders
    if n == 1:
        return f"{measure}: only {leaders[0].representation} was measured."
    if not leaders:  # differences over unequal sets of expressions can go round in a circle
        return f"{measure}: no order, for each is behind another; they were measured on different expressions."
    if not ranking.n_apart:
        return f"{measure}: this run does not tell these {n} representations apart; no paired difference is significant."
    names, others = ", ".join(p.representation for p in leaders), n - len(leaders)
    if len(leaders) == 1:
        than = "ahead of" if word == "ahead" else "smoother than"
        beaten = n - leaders[0].last
        whom = "the other" if others == 1 else f"all {others} others" if beaten == others else f"{beaten} of the {others} others"
        return f"{measure}: {names} is significantly {than} {whom}."
    behind = "behind" if word == "ahead" else "rougher than"
    rest = (
        f"the other {others} are significantly {behind} at least one representation"
        if others > 1
        else f"the other one is significantly {behind} at least one"
    )
    return f"{measure}: the data leave open which of {len(leaders)} leads: {names}; {rest}."


def rankings(rows: Sequence[Row], answer: Answer) -> list[dict[str, Any]]:
    """The two rankings as lists to show."""
    by = {row["representation"]: row for row in rows}

    def listed(title: str, ranking: Ranking, column: str, how: str, aside: str = "") -> dict[str, Any]:
        ranges = [
            {"text": p.text, "representation": p.representation, "figure": _figure(by[p.representation], column)}
            for p in ranking.ranges
        ]
        note = (
            f"{ranking.n_apart} of {ranking.n_pairs} pairs differ significantly ({how} together); "
            f"a place like 2–5 says that the data leave open which of these it is.{aside}"
        )
        return {"title": title, "note": note, "places": ranges}

    out = []
    if len(answer.by_quality.ranges) > 1:
        one = " With one seed this ranks these trainings: what the next would give is not in it." * (
            answer.by_quality.least_seeds == 1
        )
        how = "over rounds, 95 % for all pairs and looks" if answer.in_rounds else "paired by test behavior, 95 % for all pairs"
        out.append(listed("By semantic quality Q, best first", answer.by_quality, "quality", how, one))
    if len(answer.by_kappa.ranges) > 1:
        aside = f" Left out, as every edit is corrected: {', '.join(answer.controls)}." if answer.controls else ""
        out.append(
            listed("By κ mean, smoothest first", answer.by_kappa, "kappa_mean", "paired by expression, 95 % for all pairs", aside)
        )
    return out


def _figure(row: Row, column: str) -> str:
    text, interval = number(row[column], row[f"{column}_low"], row[f"{column}_high"], 3)
    return f"{text} ({interval})" if interval else text


def precision_words(kinds: Sequence[str]) -> str:
    """In which precision trainings ran, and what that means for repeating them."""
    if not kinds:
        return "in which precision is not recorded"
    return f"trained in {', '.join(kinds)}: equal commands give equal numbers on equal precision"


def words(run: Mapping[str, Any], rows: Sequence[Row]) -> dict[str, str]:
    """The metrics and the policy in words, and how many expressions κ was measured on."""
    arguments = run["arguments"]
    counts = sorted({row["n_expressions"] for row in rows})
    return {
        "metric": METRICS.get(arguments["metric"], "a metric of the user's own"),
        "quality": run.get("quality_metric", "bounded-l2"),
        "policy": POLICIES.get(arguments["invalid"], arguments["invalid"]),
        "precision": precision_words(sorted({row.get("precision") or "" for row in rows} - {""})),
        "n": "–".join(map(str, dict.fromkeys((counts[0], counts[-1])))) if counts else "0",
    }
