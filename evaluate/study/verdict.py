"""What a study says, in plain sentences, each from rows of its tables. It is as ready to report against the hypothesis as for it,
and gives no verdict where chance would do as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..statistics.correlation import FEWEST
from ..statistics.estimate import LEVEL
from ..tables.column import Column
from .ledger import Ledger, Row
from .predictors import BOTH, GIVEN_VALID, MAIN, PART, PREDICTORS, RIVALS, TARGETS, claims, others
from .spread import Z95, student_reach

FOR, AGAINST, NONE = "for", "against", "no verdict"
DIFFER = "representations differ"
_LABELS = {p.name: p.words for p in PREDICTORS}
_BY_COLUMN = {p.name: p for p in PREDICTORS}


@dataclass(frozen=True, slots=True)
class Answer:
    """`verdict` on whether something predicts Q as claimed for it: "for", "against" or "no verdict"; on seeds, DIFFER or "no
    verdict"."""

    question: str
    domain: str
    verdict: str
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"question": self.question, "domain": self.domain, "verdict": self.verdict, "text": " ".join(self.sentences)}


def reading(row: Row, adjusted: bool = False) -> str:
    """A correlation as a verdict; `adjusted`: by p after Holm."""
    if not claims(row, adjusted):
        return NONE
    return FOR if row["rho"] * row["expected"] > 0 else AGAINST


def verdict_at(ledger: Ledger, column: str, domain: str, control: bool = True) -> str:
    """On a predictor in a place. The main one is tested by itself; the others pay for their number. One domain of several has a
    verdict only where all together have one, so that looking in every domain costs nothing: a false one needs a false one over
    all."""
    domains = [r["domain"] for r in ledger.tables["domains"]]
    first = BOTH if len(domains) > 1 else domains[0]
    adjusted = column != MAIN
    whole = reading(ledger.row("predictors", **at(first, column, control=control)), adjusted)
    if domain == first or whole == NONE:
        return whole
    return reading(ledger.row("predictors", **at(domain, column, control=control)), adjusted)


def answers(ledger: Ledger) -> list[Answer]:
    """Every question of the study, with its numbers as marks of the ledger."""
    domains = [r["domain"] for r in ledger.tables["domains"]]
    scopes = [*([BOTH] if len(domains) > 1 else []), *domains]
    answered = [_predicts(ledger, _BY_COLUMN[MAIN], scope) for scope in scopes]
    answered += [_member(ledger, scope) for scope in scopes]
    answered += [_predicts(ledger, _BY_COLUMN[column], scope) for column in RIVALS for scope in scopes]
    answered += [_beyond(ledger, scope) for scope in scopes]
    answered += [_control(ledger, scope) for scope in domains]
    answered += [_seeds(ledger, scope) for scope in domains]
    return answered


def named(domain: str) -> str:
    return "Both domains, ranked apart" if domain == BOTH else f"Domain {domain}"


def at(
    domain: str, column: str = MAIN, given: Sequence[str] = (), control: bool = True, target: str = TARGETS[0]
) -> dict[str, Any]:
    """Where in predictors.parquet a correlation is."""
    return {"domain": domain, "predictor": column, "target": target, "control": control, "given": ", ".join(given)}


def _rho(ledger: Ledger, **where: Any) -> str:
    return ledger.correlation("predictors", **where)


def _predicts(ledger: Ledger, predictor: Column, domain: str) -> Answer:
    where = at(domain, predictor.name)
    row = ledger.row("predictors", **where)
    question = f"Does {predictor.words} predict Q?"
    if row["rho"] is None:
        return Answer(question, domain, NONE, (f"{named(domain)}: not measured for enough representations.",))
    verdict, without = (verdict_at(ledger, predictor.name, domain, c) for c in (True, False))
    n = ledger("d", "predictors", "n", **where)
    sentence = f"{named(domain)}: rank correlation of {predictor.words} with Q {_rho(ledger, **where)} over {n} representations"
    adjusted = predictor.name != MAIN
    if adjusted and row["p_holm"] is not None:
        sentence += f"; after Holm's adjustment p = {ledger('.3g', 'predictors', 'p_holm', **where)}"
    claim = "less" if predictor.claimed < 0 else "more"
    if verdict == NONE:
        sentence += f"; {_why(ledger, row, where, adjusted)}."
    elif verdict == FOR:
        sentence += f"; {claim} of it came with higher Q, as claimed for it."
    else:
        sentence += f"; {claim} of it came with lower Q, against what is claimed for it."
    extra = f"Without the error-correcting control: {_rho(ledger, **at(domain, predictor.name, control=False))}, {without}."
    return Answer(question, domain, verdict, (sentence, extra))


def _why(ledger: Ledger, row: Row, where: dict[str, Any], adjusted: bool) -> str:
    """Why there is no verdict."""
    if row["n"] < FEWEST:
        return "too few representations for a verdict"
    if reading(row, adjusted) != NONE:
        return "no verdict on one domain where all together bear none"
    if adjusted and row["p"] <= 1 - LEVEL:
        return "no verdict, since one of so many predictors reaches as much by chance"
    if row["least_rho"] is None:
        return "no verdict"
    least = ledger(".2f", "predictors", "least_rho", **where)
    return f"no verdict (with so many, one |ρ| shows from {least} on)"


def _member(ledger: Ledger, domain: str) -> Answer:
    """Which member of κ's family ranks best, with what looking at many of them costs."""
    question = "Which member of the κ family predicts Q?"
    members = [(p, _among_many(ledger, p.name, domain)) for p in PREDICTORS if p.family]
    clear, against = ([p for p, verdict in members if verdict == side] for side in (FOR, AGAINST))
    head = f"{named(domain)}:"
    before = [p for p in PREDICTORS if p.family and reading(ledger.row("predictors", **at(domain, p.name))) != NONE]
    sentences = []
    if not clear and not against:
        sentences.append(f"{head} none, no p is small enough after Holm's adjustment for the number of predictors: no verdict.")
        if before:
            sentences.append(f"Before it these would be: {_listed(before)}; of so many, some are by chance.")
    if clear:
        best = max(clear, key=lambda p: abs(ledger.row("predictors", **at(domain, p.name))["rho"]))
        sentences.append(f"{head} on the side expected, after Holm's adjustment for the number of predictors: {_listed(clear)}.")
        sentences.append(f"The strongest, {best.words}: {_rho(ledger, **at(domain, best.name))}.")
    if against:
        lead = "" if clear else f"{head} "
        sentences.append(f"{lead}On the other side, rougher with higher Q: {_listed(against)}.")
    verdict = NONE if bool(clear) == bool(against) else FOR if clear else AGAINST
    return Answer(question, domain, verdict, tuple(sentences))


def _among_many(ledger: Ledger, column: str, domain: str) -> str:
    """As `verdict_at`, but that the main predictor pays as well: it is one of those looked at."""
    verdict = verdict_at(ledger, column, domain)
    return verdict if claims(ledger.row("predictors", **at(domain, column)), True) else NONE


def _listed(predictors: Sequence[Column]) -> str:
    return "; ".join(p.words for p in predictors)


def _beyond(ledger: Ledger, domain: str) -> Answer:
    """Partial correlations of the main predictor: asked only where it predicts at all, so that this question costs nothing
    either."""
    question = "Does κ mean predict Q beyond its rivals?"
    whole = others(_BY_COLUMN[MAIN])
    row = ledger.row("predictors", **at(domain, MAIN, whole))
    parts = [f"{_LABELS[rival]}: {_rho(ledger, **at(domain, MAIN, (rival,)))}" for rival in RIVALS]
    sentences = [f"{named(domain)}: partial rank correlation of κ mean with Q given {'; given '.join(parts)}."]
    verdict = reading(row) if verdict_at(ledger, MAIN, domain) != NONE else NONE
    if row["rho"] is None:
        sentences.append("Given all of them at once, too few representations are left to say anything.")
    else:
        sentences.append(
            f"Given all of them at once, among lossless codes: {_rho(ledger, **at(domain, MAIN, whole))}; {verdict}."
        )
    return Answer(question, domain, verdict, tuple(sentences))


def _control(ledger: Ledger, domain: str) -> Answer:
    question = "What does the error-correcting control show?"
    own = [r for r in ledger.tables["representations"] if r["domain"] == domain]
    controls = [r for r in own if r["control"]]
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
    better = _above(ledger, domain, controls[0])
    sentences = [f"{named(domain)}: {code} has κ mean {kappa}, the least possible, and Q {q}."]
    if better:
        best = max(better, key=lambda r: r["quality"])
        theirs = {"domain": domain, "representation": best["representation"]}
        rival = ledger.interval(".3f", "representations", "quality", **theirs)
        sentences.append(
            f"Representations that are rougher reach more, `{best['representation']}` {rival}: token κ alone does not give "
            "quality, "
            "since redundancy lowers it and adds nothing to meaning."
        )
    else:
        sentences.append("No rougher representation is clearly above it, all compared at once.")
    changed = verdict_at(ledger, MAIN, domain) != verdict_at(ledger, MAIN, domain, control=False)
    sentences.append(f"The verdict on κ mean {'depends' if changed else 'does not depend'} on whether it is counted.")
    return Answer(question, domain, AGAINST if better else NONE, tuple(sentences))


def _above(ledger: Ledger, domain: str, control: Row) -> list[Row]:
    """Representations whose Q is significantly above the control's, at the 95 % level for all of them together (Bonferroni).

    By Student's t: test items as if not shared, which is cautious, and the variance of seeds pooled over all representations. A
    training whose Q has no interval (all items alike) says nothing of its spread: its representation is not compared.
    """
    seeds: dict[str, list[Row]] = {}
    for r in ledger.tables["study"]:
        if r["domain"] == domain and r["quality"] is not None and r["quality_low"] is not None:
            seeds.setdefault(r["representation"], []).append(r)
    plain = [
        r for r in ledger.tables["representations"] if r["domain"] == domain and not r["control"] and r["representation"] in seeds
    ]
    if control["representation"] not in seeds:
        return []
    within, freedom = (ledger.row("domains", domain=domain)[c] for c in ("sd_within", "freedom_within"))
    ours = seeds[control["representation"]]
    level = 1 - (1 - LEVEL) / max(len(plain), 1)

    def parts(rows: Sequence[Row]) -> list[tuple[float, float]]:
        item = sum(((r["quality_high"] - r["quality_low"]) / 2) ** 2 for r in rows) / len(rows) / Z95**2
        return [(item, rows[0]["n_test"] - 1), *([(within**2 / len(rows), freedom)] if within is not None else [])]

    return [
        r
        for r in plain
        if r["quality"] - control["quality"] > student_reach([*parts(ours), *parts(seeds[r["representation"]])], level)
    ]


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
    texts = [
        f"The line-up of {count} representations was chosen, not drawn, and has families in it: intervals speak for line-ups "
        "like "
        f"this one, with {seeds} seeds and models this small.",
        "κ mean with uniform edits was named the main predictor, and Q with the control counted the main target, before any "
        "result. "
        "All else is exploratory: predictors pay for their number by Holm's method, and one domain has a verdict only where all "
        "together "
        "have one. Where nothing is related to anything, at most one page in twenty has a false headline, and at most one in "
        "twenty another "
        "false verdict on a predictor. The other targets in the table are not adjusted for, and carry no verdict.",
        "A representation counts once, whatever the number of domains: its rows in them are drawn and permuted together. Rows "
        "taken for "
        "independent would find a relation in more than a tenth of the studies of nothing.",
        "Intervals resample representations and seeds; they leave out that κ and Q rest on finitely many expressions, whose own "
        "intervals stand beside each.",
        "A code that rounds has fewer bits to predict, those of what it drops: next-token loss is compared among codes whose "
        "round trip "
        "of the task's expressions was measured to lose nothing, and so is whatever is given it. The others' bits have a star.",
        "A sample that does not decode has no quality: validity of samples is a part of Q, and their correlation "
        f"{_part(ledger)} is of a "
        "part with its whole and no prediction. The column beside, Q given valid samples, is without that part. Next-token "
        "loss is a result of training, as Q is: what it takes from κ in a partial correlation may be how κ acts.",
        "Within a domain the tree-edit reference is one number, so dividing κ mean by it cannot change a ranking; the column "
        "divides "
        "expression by expression.",
    ]
    failed = [r["domain"] for r in rows if r["n_failed"]]
    for name in failed:
        n, total = (ledger("d", "domains", c, domain=name) for c in ("n_failed", "n_trainings"))
        texts.append(
            f"Domain {name}: {n} of {total} trainings gave no quality and count nowhere; each is named with its reason below."
        )
    return texts


def _part(ledger: Ledger) -> str:
    """The correlation of the part with its whole, over all domains."""
    domains = [r["domain"] for r in ledger.tables["domains"]]
    domain = BOTH if len(domains) > 1 else domains[0]
    with_q = ledger("+.2f", "predictors", "rho", **at(domain, PART))
    without = ledger("+.2f", "predictors", "rho", **at(domain, PART, target=GIVEN_VALID))
    return f"({with_q}; with Q given valid samples {without})"


def changes(ledger: Ledger) -> list[str]:
    """What would change the verdict, from what it is now."""
    domains = {r["domain"] for r in ledger.tables["predictors"]}
    domain = BOTH if BOTH in domains else next(iter(domains))
    verdict = reading(ledger.row("predictors", **at(domain)))
    least = ledger(".2f", "predictors", "least_rho", **at(domain))
    if verdict == NONE:
        first = f"A correlation of κ mean with Q beyond ±{least}, or more representations, with which a smaller one shows."
    elif verdict == FOR:
        first = "Representations, outside these families, that are smooth and learn badly, or rough and learn well."
    else:
        first = "Representations, outside these families, that are smooth and learn well, or rough and learn badly."
    return [
        first,
        "A control that learns as well as its κ promises; or a member of the family that the control cannot move, and that "
        "still predicts Q.",
        "A ranking by Q that another model size, budget or objective turns round: this is one of each.",
        "A partial correlation given sequence length and next-token loss that chance does not explain, where it does now; or "
        "the reverse.",
    ]


def headline(ledger: Ledger) -> tuple[str, str]:
    """The verdict on the hypothesis over all domains, and a sentence."""
    domains = [r["domain"] for r in ledger.tables["domains"]]
    domain = BOTH if len(domains) > 1 else domains[0]
    with_, without = (reading(ledger.row("predictors", **at(domain, control=c))) for c in (True, False))
    verdict = with_ if with_ == without else NONE
    text = {
        FOR: "In this line-up smoother representations came with higher semantic quality, with the control and without it, as "
        "the "
        "Smoothness Hypothesis expects.",
        AGAINST: "In this line-up smoother representations came with lower semantic quality, with the control and without it: "
        "against the "
        "Smoothness Hypothesis.",
        NONE: "No verdict: this study neither supports nor contradicts the Smoothness Hypothesis.",
    }[verdict]
    if with_ != without:
        text += f" (Counting the control it reads “{with_}”, without it “{without}”.)"
    return verdict, text
