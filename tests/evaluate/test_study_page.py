"""A study's page on tables made up by hand: every number on it is in one of their rows, and the verdict follows the numbers."""

from __future__ import annotations

import json
import re
from itertools import product

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from kappabar.evaluate.study.ledger import MISSING, written
from kappabar.evaluate.study.page import page
from kappabar.evaluate.study.plan import LINE_UP, STUDIES, default_data
from kappabar.evaluate.study.predictors import BOTH, PREDICTORS, matrix, others, predictor_rows
from kappabar.evaluate.study.rows import SHARES, over_items_and_seeds
from kappabar.evaluate.study.run import TABLES, frame, read_tables, rebuild_study
from kappabar.evaluate.study.verdict import AGAINST, FOR, NONE, reading

SEEDS = 3
WIDE = (
    "kappa_mean", "kappa@4", "kappa@16", "sup", "kappa_worst", "kappa_zero", "kappa_per_tree", "kappa_bank", "plausible_mean", "plausible@4",
    "plausible@16", "plausible_validity", "tokens", "validity", "redundancy", "fidelity_error", "quality",
)  # fmt: skip


def _shared(rng, domain, spec, kappa):
    row = {"domain": domain, "representation": spec, "metric": "bounded-l2", "control": "repeat" in spec, "vocabulary_size": 70,
           "n_expressions": 60, "n_expressions_bank": 16}  # fmt: skip
    values = dict.fromkeys(WIDE, 0.0) | {c: float(rng.uniform(0.1, 0.9)) for c in WIDE}
    values |= {"kappa_mean": 0.0 if row["control"] else kappa, "tokens": float(rng.uniform(10, 60)), "quality": float("nan")}
    for c, v in values.items():
        row |= {c: v, f"{c}_low": v - 0.02, f"{c}_high": v + 0.02}
    return row


def tables(slope, noise=0.02, failed=(), seed=0, n=14):
    """Q = 0.6 + slope * κ + noise, the control at 0.2."""
    rng = np.random.default_rng(seed)
    study, summary, domains = [], [], []
    for domain in ("function", "ode"):
        for spec in LINE_UP[-n:]:
            shared = _shared(rng, domain, spec, float(rng.uniform(0.2, 0.8)))
            own = []
            for number in range(SEEDS):
                q = 0.2 if shared["control"] else 0.6 + slope * shared["kappa_mean"]
                q += float(rng.normal(0, noise))
                bad = (domain, spec) in failed
                row = dict(shared) | {c: float(rng.uniform()) for c in SHARES}
                row |= {
                    "seed": number,
                    "status": "the loss was nan at step 3" if bad else "ok",
                    "bits": float(rng.uniform(20, 60)),
                }
                row |= {"quality": q, "quality_low": q - 0.03, "quality_high": q + 0.03, "quality_share": q / 0.9}
                row |= {
                    "floor_prior": 0.15,
                    "floor_nearest": 0.7,
                    "ceiling": 0.97,
                    "quality_constrained": float("nan"),
                    "n_test": 200,
                }
                row |= {"parameters": 800_000, "flops": 1e12, "seconds": 70.0}
                if bad:
                    row |= {c: float("nan") for c in (*SHARES, "quality", "quality_low", "quality_high", "quality_share", "bits")}
                own.append(row)
            study += own
            done = [r for r in own if r["status"] == "ok"]
            mean = {
                c: float(np.mean([r[c] for r in done])) if done else float("nan")
                for c in ("quality", "quality_share", "bits", *SHARES)
            }
            summary.append(shared | mean | {"quality_low": mean["quality"] - 0.02, "quality_high": mean["quality"] + 0.02,
                                            "seeds": len(done), "n_failed": SEEDS - len(done)})  # fmt: skip
        domains.append({
            "domain": domain, "metric": "bounded-l2", "data": "sample:60:7919", "budget": "study", "seeds": SEEDS,
            "n_representations": n, "n_trained": n, "n_trainings": n * SEEDS, "n_failed": SEEDS * sum(d == domain for d, _ in failed),
            "n_expressions": 60, "n_expressions_bank": 16, "n_test": 200, "n_trained_on": 2, "floor_prior": 0.15, "floor_nearest": 0.7, 
            "kappa_tree": 0.4,
            "kappa_tree_low": 0.37, "kappa_tree_high": 0.43, "intraclass": 0.8, "intraclass_low": 0.6, "intraclass_high": 0.9,
            "sd_between": 0.1, "sd_within": 0.02, "seconds_training": 2000.0, "seconds": 3000.0, "hours": 3000 / 3600,
            "command": "kappabar compare --study hypothesis --seeds 3", "versions": json.dumps({"kappabar": "0", "torch": "2"}),
        })  # fmt: skip
    return {"study": study, "representations": summary, "predictors": predictor_rows(study, 0, 120), "domains": domains}


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder with the tables alone, as a committed study has them, with one representation that was never trained to the end."""
    folder = tmp_path_factory.mktemp("study")
    for name, rows in tables(-0.5, failed=[("ode", "nary | digits:3")]).items():
        frame(rows).write_parquet(folder / f"{name}.parquet")
    return folder, rebuild_study(folder)


def _stated(text):
    """A page without what is code, and without the words that name members of the family."""
    text = re.sub(r"```.*?```|`[^`\n]*`|\]\([^)]*\)", "", text, flags=re.DOTALL)
    return re.sub(r"κ@\d+", "", text)


def test_every_number_on_the_page_is_in_a_row_of_the_parquet_files(kept):
    folder, study = kept
    read = read_tables(folder)
    made = page(STUDIES["hypothesis"].title, read, [(p.stem, "") for p in sorted(folder.glob("*.svg"))])
    loose = set(re.findall(r"\d+(?:\.\d+)?", re.sub(r"⟦\d+⟧", "", _stated(made.draft))))
    assert loose <= {"95"}  # the level of the intervals
    frames = {name: pl.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    assert len(study.document["numbers"]) > 200
    for quote in study.document["numbers"]:
        found = frames[quote["table"]]
        for column, value in quote["where"].items():
            found = found.filter(pl.col(column) == value)
        assert found.height == 1
        value = found[quote["column"]][0]
        assert quote["text"] == (MISSING if value is None else f"{value:{quote['style']}}".replace("%", " %"))
    written_page = (folder / "index.md").read_text(encoding="utf-8").splitlines()
    text = made.text
    assert [x for x in text.splitlines() if not x.startswith("![")] == [x for x in written_page if not x.startswith("![")]
    marks = iter(re.split(r"⟦\d+⟧", made.draft))
    position = len(next(marks))
    order = [int(i) for i in re.findall(r"⟦(\d+)⟧", made.draft)]
    for i, rest in zip(order, marks, strict=True):
        number = study.document["numbers"][i]["text"]
        assert text[position : position + len(number)] == number
        position += len(number) + len(rest)
    assert position == len(text)


def test_predictors_follow_from_the_studys_rows_alone(kept):
    folder, _ = kept
    read = read_tables(folder)
    again = frame(predictor_rows(read["study"], 0, 120))
    assert again.equals(pl.read_parquet(folder / "predictors.parquet"))
    rows = [r for r in read["study"] if r["domain"] == "function"]
    kappa, quality = matrix(rows, "kappa_mean").mean(axis=1), matrix(rows, "quality").mean(axis=1)
    found = next(r for r in read["predictors"] if r["domain"] == "function" and r["control"] and r["predictor"] == "kappa_mean"
                 and r["target"] == "quality" and not r["given"])  # fmt: skip
    assert found["rho"] == pytest.approx(spearmanr(kappa, quality).statistic)
    assert (found["n"], found["seeds"]) == (14, 3)


def test_a_failed_representation_is_named_and_counts_nowhere(kept):
    folder, study = kept
    text = (folder / "index.md").read_text(encoding="utf-8")
    assert "## Trainings without quality" in text
    assert text.count("`nary \\| digits:3`: `seed") == SEEDS
    assert "3 of 42 trainings gave no quality" in text
    row = next(r for r in study.tables["predictors"] if r["domain"] == "ode" and r["control"] and r["predictor"] == "bits"
               and r["target"] == "quality" and not r["given"])  # fmt: skip
    assert row["n"] == 13


def _verdict(made):
    return {(a["question"], a["domain"]): a["verdict"] for a in made.document["answers"]} | {"": made.document["verdict"]}


@pytest.mark.parametrize(("slope", "without"), [(-0.6, FOR), (0.6, AGAINST), (0.0, NONE)])
def test_the_verdict_goes_where_the_numbers_go(slope, without):
    given = tables(slope, noise=0.01 if slope else 0.1, seed=3)
    made = page("t", given, [])
    row = next(r for r in given["predictors"] if r["domain"] == BOTH and not r["control"] and r["predictor"] == "kappa_mean"
               and r["target"] == "quality" and not r["given"])  # fmt: skip
    assert reading(row) == without
    found = _verdict(made)
    if slope >= 0:
        assert found[""] == (AGAINST if slope else NONE)
    assert found["What does the error-correcting control show?", "ode"] == AGAINST
    assert ("against the Smoothness Hypothesis" in made.document["headline"]) == (found[""] == AGAINST)


def test_an_interval_that_includes_zero_gives_no_verdict():
    assert reading({"rho": -0.4, "low": -0.8, "high": 0.01, "expected": -1}) == NONE
    assert reading({"rho": -0.4, "low": -0.8, "high": -0.01, "expected": -1}) == FOR
    assert reading({"rho": -0.4, "low": -0.8, "high": -0.01, "expected": 1}) == AGAINST
    assert reading({"rho": None, "low": None, "high": None, "expected": 1}) == NONE


def test_of_too_few_representations_the_page_says_so():
    given = {name: [*rows] for name, rows in tables(-0.6, n=3).items()}
    made = page("t", {name: frame(rows).to_dicts() for name, rows in given.items()}, [])
    assert made.document["verdict"] == NONE
    assert "too few representations are left" in made.text


def test_the_line_up_is_what_the_study_promises():
    assert len(LINE_UP) >= 12 and len(set(LINE_UP)) == len(LINE_UP)
    assert any("repeat" in spec for spec in LINE_UP)
    asked = STUDIES["hypothesis"]
    assert asked.seeds == 3 and set(asked.domains) == {"function", "ode"}


@pytest.mark.parametrize("domain", ["function", "ode"])
def test_every_spec_of_the_line_up_writes_the_studys_expressions(domain):
    from kappabar.evaluate.domains import domain as find_domain
    from kappabar.evaluate.sources import load
    from kappabar.representations.representation import canonical, representation
    from kappabar.tokenizers.base import Invalid

    place = find_domain(domain)
    systems = load(list(default_data(0)), place).systems
    for spec in LINE_UP:
        assert canonical(spec) == spec
        chosen = representation(spec, domain, corpus=systems, closed=place.closed)
        assert not [s for s in systems if isinstance(chosen.decode(chosen.encode(s.tree)), Invalid)]


def test_the_rivals_are_held_against_each_other():
    for p, q in product(PREDICTORS, repeat=2):
        assert p.column not in others(p)
        assert ("kappa_mean" in others(p)) == (not p.family)
        assert p is q or p.column != q.column


def test_the_interval_over_items_and_seeds_knows_both():
    rng = np.random.default_rng(0)
    items = rng.uniform(size=200)
    alike = over_items_and_seeds(np.stack([items] * 3), 0)
    apart = over_items_and_seeds(np.stack([items - 0.2, items, items + 0.2]), 0)
    assert alike.value == pytest.approx(apart.value)
    assert apart.high - apart.low > 2 * (alike.high - alike.low)
    half = 1.96 * items.std() / np.sqrt(200)
    assert alike.high - alike.value == pytest.approx(half, rel=0.15)


def test_numbers_are_written_plainly():
    assert (written(None, ".2f"), written(float("nan"), "d"), written(0.25, ".0%"), written(7, "d")) == (
        MISSING,
        MISSING,
        "25 %",
        "7",
    )
