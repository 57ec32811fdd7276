"""What a study says, in plain sentences, each from rows of its tables. It is as ready to report against the hypothesis as for it,
and gives no verdict where an interval includes zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .ledger import Ledger, Row
from .predictors import BOTH, MAIN, PREDICTORS, RIVALS, TARGETS, Predictor, others

FOR, AGAINST, NONE = "for", "against", "no verdict"
DIFFER = "representations differ"
_LABELS = {p.column: p.label for p in PREDICTORS}
_BY_COLUMN = {p.column: p for p in PREDICTORS}


@dataclass(frozen=True, slots=True)
class Answer:
    """`verdict` on whether something predicts Q as claimed for it: "for", "against" or "no verdict"; on seeds, DIFFER or "no verdict"."""

    question: str
    domain: str
    verdict: str
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"question": self.question, "domain": self.domain, "verdict": self.verdict, "text": " ".join(self.sentences)}


def reading(row: Row) -> str:
    """A correlation as a verdict."""
    if row["rho"] is None or row["low"] <= 0 <= row["high"]:
        return NONE
    return FOR if row["rho"] * row["expected"] > 0 else AGAINST


def answers(ledger: Ledger) -> list[Answer]:
    """Every question of the study, with its numbers as marks of the ledger."""
    domains = [r["domain"] for r in ledger.tables["domains"]]
    places = [*([BOTH] if len(domains) > 1 else []), *domains]
    found = [_predicts(ledger, _BY_COLUMN[MAIN], place) for place in places]
    found += [_member(ledger, place) for place in places]
    found += [_predicts(ledger, _BY_COLUMN[column], place) for column in RIVALS for place in places]
    found += [_beyond(ledger, place) for place in places]
    found += [_control(ledger, place) for place in domains]
    found += [_seeds(ledger, place) for place in domains]
    return found


def named(domain: str) -> str:
    return "Both domains, ranked apart" if domain == BOTH else f"Domain {domain}"


def at(
    domain: str, column: str = MAIN, given: Sequence[str] = (), control: bool = True, target: str = TARGETS[0]
) -> dict[str, Any]:
    """Where in predictors.parquet a correlation is."""
    return {"domain": domain, "predictor": column, "target": target, "control": control, "given": ", ".join(given)}


def _rho(ledger: Ledger, **where: Any) -> str:
    return ledger.interval("+.2f", "predictors", "rho", **where)


def _predicts(ledger: Ledger, predictor: Predictor, domain: str) -> Answer:
    where = at(domain, predictor.column)
    row = ledger.row("predictors", **where)
    question = f"Does {predictor.label} predict Q?"
    if row["rho"] is None:
        return Answer(question, domain, NONE, (f"{named(domain)}: not measured for enough representations.",))
    verdict, without = reading(row), reading(ledger.row("predictors", **at(domain, predictor.column, control=False)))
    n = ledger("d", "predictors", "n", **where)
    sentence = f"{named(domain)}: rank correlation of {predictor.label} with Q {_rho(ledger, **where)} over {n} representations"
    claim = "less" if predictor.expected < 0 else "more"
    if verdict == NONE:
        least = ledger(".2f", "predictors", "least_rho", **where)
        sentence += f"; the interval includes zero: no verdict (with so many, |ρ| shows from about {least} on)."
    elif verdict == FOR:
        sentence += f"; {claim} of it came with higher Q, as claimed for it."
    else:
        sentence += f"; {claim} of it came with lower Q, against what is claimed for it."
    extra = (
        f"Without the error-correcting control: {_rho(ledger, **at(domain, predictor.column, control=False))}, {_word(without)}."
    )
    return Answer(question, domain, verdict, (sentence, extra))


def _word(verdict: str) -> str:
    return {FOR: "for", AGAINST: "against", NONE: "no verdict"}[verdict]


def _member(ledger: Ledger, domain: str) -> Answer:
    """Which member of κ's family ranks best, with what looking at many of them costs."""
    question = "Which member of the κ family predicts Q?"
    family = [(p, ledger.row("predictors", **at(domain, p.column))) for p in PREDICTORS if p.family]
    clear = [p for p, row in family if reading(row) == FOR]
    against = [p for p, row in family if reading(row) == AGAINST]
    survive = [p for p, row in family if reading(row) == FOR and row["p_holm"] is not None and row["p_holm"] < 0.05]
    head = f"{named(domain)}:"
    if not clear and not against:
        return Answer(question, domain, NONE, (f"{head} none, each interval includes zero: no verdict.",))
    sentences = []
    if clear:
        best = min(clear, key=lambda p: -abs(ledger.row("predictors", **at(domain, p.column))["rho"]))
        sentences.append(f"{head} intervals exclude zero, on the side expected, for {_listed(clear)}.")
        sentences.append(f"The strongest, {best.label}: {_rho(ledger, **at(domain, best.column))}.")
        kept = f"These stay below the level after it: {_listed(survive)}." if survive else "None stays below the level after it."
        sentences.append(
            f"All predictors of the table are one family of tests; p is adjusted for their number by Holm's method. {kept}"
        )
    if against:
        lead = "" if clear else f"{head} "
        sentences.append(f"{lead}On the other side, rougher with higher Q: {_listed(against)}.")
    verdict = NONE if (clear and against) or (clear and not survive) else FOR if clear else AGAINST
    return Answer(question, domain, verdict, tuple(sentences))


def _listed(predictors: Sequence[Predictor]) -> str:
    return "; ".join(p.label for p in predictors)


def _beyond(ledger: Ledger, domain: str) -> Answer:
    """Partial correlations of the main predictor."""
    question = "Does κ mean predict Q beyond its rivals?"
    whole = others(_BY_COLUMN[MAIN])
    row = ledger.row("predictors", **at(domain, MAIN, whole))
    parts = [f"{_LABELS[rival]}: {_rho(ledger, **at(domain, MAIN, (rival,)))}" for rival in RIVALS]
    sentences = [f"{named(domain)}: partial rank correlation of κ mean with Q given {'; given '.join(parts)}."]
    if row["rho"] is None:
        sentences.append("Given all of them at once, too few representations are left to say anything.")
    else:
        p = ledger(".3f", "predictors", "p", **at(domain, MAIN, whole))
        text = (
            f"Given all of them at once: {_rho(ledger, **at(domain, MAIN, whole))}, permutation p = {p}; {_word(reading(row))}."
        )
        sentences.append(text)
    return Answer(question, domain, reading(row), tuple(sentences))


def _control(ledger: Ledger, domain: str) -> Answer:
    question = "What does the error-correcting control show?"
    controls = [r for r in ledger.tables["representations"] if r["domain"] == domain and r["control"]]
    if not controls:
        return Answer(question, domain, NONE, (f"{named(domain)}: there is none in this line-up.",))
    where = {"domain": domain, "representation": controls[0]["representation"]}
    code = f"`{controls[0]['representation']}`"
    kappa, q = (
        ledger(".3f", "representations", "kappa_mean", **where),
        ledger.interval(".3f", "representations", "quality", **where),
    )
    if controls[0]["quality"] is None:
        return Answer(question, domain, NONE, (f"{named(domain)}: {code} has κ mean {kappa}, and no training to the end.",))
    plain = [
        r for r in ledger.tables["representations"] if r["domain"] == domain and not r["control"] and r["quality"] is not None
    ]
    better = [r for r in plain if r["quality_low"] > controls[0]["quality_high"]]
    sentences = [f"{named(domain)}: {code} has κ mean {kappa}, the least possible, and Q {q}."]
    if better:
        best = max(better, key=lambda r: r["quality"])
        theirs = {"domain": domain, "representation": best["representation"]}
        rival = ledger.interval(".3f", "representations", "quality", **theirs)
        sentences.append(
            f"Representations that are rougher reach more, `{best['representation']}` {rival}: token κ alone does not give quality, "
            "since redundancy lowers it and adds nothing to meaning."
        )
    else:
        sentences.append("No rougher representation is clearly above it.")
    changed = reading(ledger.row("predictors", **at(domain))) != reading(ledger.row("predictors", **at(domain, control=False)))
    sentences.append(f"The verdict on κ mean {'depends' if changed else 'does not depend'} on whether it is counted.")
    return Answer(question, domain, AGAINST if better else NONE, tuple(sentences))


def _seeds(ledger: Ledger, domain: str) -> Answer:
    question = "How much do seeds vary beside representations?"
    row = ledger.row("domains", domain=domain)
    if row["intraclass"] is None:
        return Answer(question, domain, NONE, (f"{named(domain)}: one seed, or too few trainings, to say.",))
    between, within = (ledger(".3f", "domains", c, domain=domain) for c in ("sd_between", "sd_within"))
    share = ledger.interval(".2f", "domains", "intraclass", domain=domain)
    sentence = f"{named(domain)}: Q's standard deviation is {between} between representations and {within} between seeds of one."
    clear = row["intraclass_low"] is not None and row["intraclass_low"] > 0
    second = f"The intraclass correlation, the share of one training's variance that is its representation's, is {share}"
    tail = "." if clear else ": seeds may explain it all, and no ranking of these representations by Q is to be believed."
    return Answer(question, domain, DIFFER if clear else NONE, (sentence, second + tail))


def cautions(ledger: Ledger) -> list[str]:
    """What to keep in mind, and what would change the verdict."""
    rows = ledger.tables["domains"]
    domain = rows[0]["domain"]
    seeds, count = ledger("d", "domains", "seeds", domain=domain), ledger("d", "domains", "n_representations", domain=domain)
    found = [
        f"The line-up of {count} representations was chosen, not drawn, and has families in it: intervals speak for line-ups like "
        f"this one, with {seeds} seeds and models this small.",
        "κ mean with uniform edits was named the main predictor, and Q with the control counted the main target, before any result. "
        "All else is exploratory; the table's adjusted p pays for the number of predictors, not for that of targets and domains.",
        "Intervals resample representations and seeds; they leave out that κ and Q rest on finitely many expressions, whose own "
        "intervals stand beside each.",
        "A sample that does not decode has no quality, so validity of samples is part of Q and no independent predictor. Next-token "
        "loss is a result of training, as Q is: what it takes from κ in a partial correlation may be how κ acts.",
        "Within a domain the tree-edit reference is one number, so dividing κ mean by it cannot change a ranking; the column divides "
        "expression by expression.",
    ]
    failed = [r["domain"] for r in rows if r["n_failed"]]
    for name in failed:
        n, total = (ledger("d", "domains", c, domain=name) for c in ("n_failed", "n_trainings"))
        found.append(
            f"Domain {name}: {n} of {total} trainings gave no quality and count nowhere; each is named with its reason below."
        )
    return found


def changes(ledger: Ledger) -> list[str]:
    """What would change the verdict, from what it is now."""
    places = {r["domain"] for r in ledger.tables["predictors"]}
    domain = BOTH if BOTH in places else next(iter(places))
    verdict = reading(ledger.row("predictors", **at(domain)))
    least = ledger(".2f", "predictors", "least_rho", **at(domain))
    if verdict == NONE:
        first = (
            f"A correlation of κ mean with Q beyond about ±{least}, or more representations, whose number narrows the interval."
        )
    elif verdict == FOR:
        first = "Representations, outside these families, that are smooth and learn badly, or rough and learn well."
    else:
        first = "Representations, outside these families, that are smooth and learn well, or rough and learn badly."
    return [
        first,
        "A control that learns as well as its κ promises; or a member of the family that the control cannot move, and that still predicts Q.",
        "A ranking by Q that another model size, budget or objective turns round: this is one of each.",
        "A partial correlation given sequence length and next-token loss whose interval excludes zero, where it does not now; or the reverse.",
    ]


def headline(ledger: Ledger) -> tuple[str, str]:
    """The verdict on the hypothesis over all domains, and a sentence."""
    places = [r["domain"] for r in ledger.tables["domains"]]
    domain = BOTH if len(places) > 1 else places[0]
    with_, without = (reading(ledger.row("predictors", **at(domain, control=c))) for c in (True, False))
    verdict = with_ if with_ == without else NONE
    text = {
        FOR: "In this line-up smoother representations came with higher semantic quality, with the control and without it, as the "
        "Smoothness Hypothesis expects.",
        AGAINST: "In this line-up smoother representations came with lower semantic quality, with the control and without it: against the "
        "Smoothness Hypothesis.",
        NONE: "No verdict: this study neither supports nor contradicts the Smoothness Hypothesis.",
    }[verdict]
    if with_ != without:
        text += f" (Counting the control it reads “{_word(with_)}”, without it “{_word(without)}”.)"
    return verdict, text
