"""Which representation to use: one sentence that a person would say, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..tables.column import Row
from .by_kappa import HYPOTHESIS, length, smoothest
from .curve import Curve
from .direction import INVERSE, Told
from .order import Held, held, sentences
from .plan import MOST_ROUNDS
from .ranking import Ranking
from .rounds import Decided

_OUTCOMES = ("better", "equal", "worse", "open")

_TOO_LITTLE = (
    "No model here does clearly better than known expressions drawn at random, so Q says nothing yet (a larger --budget trains "
    "more); by κ, fidelity and length alone, "
)
_UNTOLD = "Q does not say which; by κ, fidelity and length alone, "
_NOTHING_LEARNED = (
    "No recommendation: no model clearly does better than known expressions drawn at random, so this budget trains too little to "
    "tell; take a larger --budget."
)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`representation`: the one to use, None where nothing is decided. `why`: the sentences. `rounds_more`: about how many rounds
    would decide what is open; infinite where that cannot be said. `order`: whether the order held earlier and at equal cost.
    `rests_on`: "quality", or "kappa" where Q decides nothing and κ, fidelity and length alone do."""

    representation: str | None
    why: tuple[str, ...]
    decided: Decided
    rounds_more: float
    order: tuple[Held, ...] = ()
    rests_on: str = "quality"

    def minutes_more(self, minutes_a_round: float | None) -> float | None:
        """The same in minutes of one processor; None where it cannot be said, or is more than a comparison may have."""
        there_are_not = len(self.decided.means) + self.rounds_more > MOST_ROUNDS
        return None if minutes_a_round is None or there_are_not else self.rounds_more * minutes_a_round

    def kept(self) -> dict[str, Any]:
        """As a run's folder has it, which no clock may change: rounds, not minutes."""
        more = self.rounds_more if math.isfinite(self.rounds_more) else None
        return self._words() | {"rounds_more": more}

    def as_dict(self, minutes_a_round: float | None = None) -> dict[str, Any]:
        """As JSON has it. `minutes_a_round`: what one round has taken."""
        return self._words() | {"minutes_more": self.minutes_more(minutes_a_round)}

    def _words(self) -> dict[str, Any]:
        return {
            "recommendation": self.representation,
            "rests_on": None if self.representation is None else self.rests_on,
            "why": " ".join(self.why),
            "pairs": self.decided.as_list(),
            "order": [one.as_dict() for one in self.order],
        }


def recommend(
    rows: Sequence[Row],
    decided: Decided,
    max_fidelity_error: float,
    curves: Sequence[Curve] = (),
    told: Told = INVERSE,
    smooth: Ranking | None = None,
) -> Recommendation:
    """The shortest of those that nothing is ahead of, by raw Q: a representation's own round trip is no excuse.

    First go those that lose meaning beyond `max_fidelity_error`, then those that another of the rest is decided to be ahead of,
    whatever their means: those of one that was given up are over fewer rounds. Of what is left the one of the highest mean leads,
    with those that are equal to it within the margin; the shortest of these is recommended. Those that are open against it are
    named. Where it is open against all, `smooth`, the ranking by κ, decides among those that are unbeaten and above chance (or
    all, where none clearly is), and the first clause says so. None where that does not either, and where the best mean is no
    better than chance.
    `curves` say whether it was ahead earlier, and is at equal cost, of those that it is decided to be ahead of.
    """
    by = {row["representation"]: row for row in rows}
    names = [name for name in decided.representations if name in by and math.isfinite(by[name]["quality"])]
    lossy = [name for name in names if by[name]["fidelity_error"] > max_fidelity_error]
    names = [name for name in names if name not in lossy]
    unbeaten = [a for a in names if all(decided.of(a, b).outcome != "worse" for b in names if b != a)]
    leader = max(unbeaten or names, key=lambda name: by[name]["quality"], default=None)
    if leader is None:
        return Recommendation(None, _nothing(lossy, max_fidelity_error), decided, decided.rounds_more)
    if by[leader]["quality"] <= by[leader]["floor_prior"]:
        return Recommendation(None, (_NOTHING_LEARNED,), decided, math.inf)
    ties = [name for name in unbeaten if name != leader and decided.of(leader, name).outcome == "equal"]
    chosen = min([leader, *ties], key=lambda name: (by[name]["tokens"], name != leader))
    outcomes = {name: decided.of(chosen, name).outcome for name in names if name != chosen}
    if names != [chosen] and all(outcome == "open" for outcome in outcomes.values()):
        learned = any(_clear(by[name]) for name in names)
        able = [name for name in unbeaten or names if not learned or by[name]["quality"] > by[name]["floor_prior"]]
        other = smoothest(able, by, smooth) if smooth is not None else None
        if not learned:
            return _unlearned(other, _lossy(by, lossy, max_fidelity_error) if lossy else "", decided)
        if other is None:
            return Recommendation(None, _open(names, lossy, decided, max_fidelity_error), decided, decided.rounds_more)
        why = [_retrieval(by, leader, told) + _UNTOLD + other[1], HYPOTHESIS, *_untold(names, unbeaten, decided)]
        why += [_lossy(by, lossy, max_fidelity_error)] if lossy else []
        return Recommendation(other[0], (*why, _more(decided)), decided, decided.rounds_more, rests_on="kappa")
    order = held(curves, chosen, [name for name, outcome in outcomes.items() if outcome == "better"])
    why = [_retrieval(by, chosen, told) + _sentence(by, chosen, outcomes, decided), *sentences(order)]
    why += [_lossy(by, lossy, max_fidelity_error)] if lossy else []
    why += [_more(decided)] if "open" in outcomes.values() else []
    if decided.in_rounds and not decided.open and len(decided.means) < decided.most:
        why.append(f"Every pair was decided after {len(decided.means)} of {decided.most} rounds.")
    return Recommendation(chosen, tuple(why), decided, decided.rounds_more, order)


def _unlearned(smooth: tuple[str, str] | None, lossy: str, decided: Decided) -> Recommendation:
    """Where no model is clearly above chance: by κ, if that decides."""
    if smooth is None:
        return Recommendation(None, (_NOTHING_LEARNED,), decided, math.inf)
    why = tuple(filter(None, (_TOO_LITTLE + smooth[1], HYPOTHESIS, lossy)))
    return Recommendation(smooth[0], why, decided, math.inf, rests_on="kappa")


def _clear(row: Row) -> bool:
    """Whether a model does better than chance, as far as its interval says."""
    low = row.get("quality_low", math.nan)
    return bool((low if math.isfinite(low) else row["quality"]) > row["floor_prior"])


def _sentence(by: Mapping[str, Row], chosen: str, outcomes: Mapping[str, str], decided: Decided) -> str:
    """Use X: ahead of A, B; equal to C, which is 1.8 times longer; not told from D."""
    ahead, equal, behind, unsure = ([name for name, outcome in outcomes.items() if outcome == kind] for kind in _OUTCOMES)
    clauses = []
    if ahead:
        clauses.append("ahead of " + ", ".join(f"{name} by {_by(decided, chosen, name)}" for name in ahead))
    if equal:
        margin = decided.pairs[0].margin
        clauses.append(f"equal within {margin:g} to " + ", ".join(f"{name}, {length(by, name, chosen)}" for name in equal))
    if behind:  # where every one is behind another, in a circle
        clauses.append("behind " + ", ".join(behind))
    if unsure:
        clauses.append("not told apart from " + ", ".join(unsure))
    return f"use {chosen}: {'; '.join(clauses) or 'nothing else was compared'}."


def _by(decided: Decided, a: str, b: str) -> str:
    pair = decided.of(a, b)
    return f"{pair.difference:.3f} ({pair.low:.3f} to {pair.high:.3f})"


def _retrieval(by: Mapping[str, Row], chosen: str, told: Told) -> str:
    """The first clause, where what needs no model does better than every one."""
    best = max((row["quality_high"] for row in by.values() if math.isfinite(row["quality_high"])), default=math.nan)
    columns = {"retrieval of the nearest known expression": "floor_nearest", told.constant: "floor_constant"}
    floors = {name: by[chosen].get(column, math.nan) for name, column in columns.items()}
    ahead = [f"{name} (Q {floor:.3f})" for name, floor in floors.items() if floor > best]
    if not ahead:
        return ""
    return f"{' and '.join(ahead)} {'is' if len(ahead) == 1 else 'are'} ahead of every model here; among the models, "


def _lossy(by: Mapping[str, Row], lossy: Sequence[str], limit: float) -> str:
    named = ", ".join(f"{name} ({by[name]['fidelity_error']:.3f})" for name in lossy)
    return f"Left out, for a fidelity error above {limit:g}: {named}."


def _nothing(lossy: Sequence[str], limit: float) -> tuple[str, ...]:
    if lossy:
        return (f"No recommendation: every representation that was trained has a fidelity error above {limit:g}.",)
    return ("No recommendation: no model has been trained yet.",)


def _untold(names: Sequence[str], unbeaten: Sequence[str], decided: Decided) -> tuple[str, ...]:
    """What Q leaves open, and what it does not."""
    if not decided.in_rounds and len(decided.means) < 2:
        return ("One training of each decides nothing in Q, for the next may come out otherwise.",)
    beaten = [name for name in names if name not in unbeaten]
    behind = f"; behind another {'is' if len(beaten) == 1 else 'are'} {', '.join(beaten)}" if beaten else ""
    return (f"In Q, what leads is open among {', '.join(unbeaten)}{behind}.",)


def _open(names: Sequence[str], lossy: Sequence[str], decided: Decided, limit: float) -> tuple[str, ...]:
    if decided.in_rounds and len(decided.means) < 2:
        words = "No recommendation yet: one round decides nothing, for the next may come out otherwise."
        return words, "Give it more time: more --minutes, more --rounds, or --until decided."
    if not decided.in_rounds and len(decided.means) < 2:
        return "No recommendation yet: one training of each decides nothing, for the next may come out otherwise.", _more(decided)
    left = f" ({', '.join(lossy)} left out, for a fidelity error above {limit:g})" if lossy else ""
    return f"No recommendation yet: the trainings do not tell {', '.join(names)} apart{left}.", _more(decided)


def _more(decided: Decided) -> str:
    """How much longer it would take."""
    trained = len(decided.means)
    if not decided.in_rounds:
        return "To decide it, train in rounds: --until decided, or --minutes N."
    if not math.isfinite(decided.rounds_more):
        return f"What is open after {trained} round{'s' * (trained != 1)} cannot be said to be decided in any number of them."
    if trained + decided.rounds_more > MOST_ROUNDS:
        return (
            f"What is open after {trained} round{'s' * (trained != 1)} would take about {decided.rounds_more:.0f} more, and a "
            f"comparison has {MOST_ROUNDS} at most: hold it for open, or take a larger --margin."
        )
    more = (
        f"About {decided.rounds_more:.0f} more round{'s' * (decided.rounds_more != 1)} would decide what is open after {trained}"
    )
    return f"{more}, if differences stay as they are."
