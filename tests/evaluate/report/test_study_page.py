"""A study's page on tables made up by hand: every number on it is in one of their rows, and the verdict follows the numbers."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from kappabar.evaluate.commands.report import rebuild_study
from kappabar.evaluate.report.study_page import page
from kappabar.evaluate.study.ledger import MISSING, written
from kappabar.evaluate.study.plan import LINE_UP, STUDIES, default_data
from kappabar.evaluate.study.predictors import (
    BOTH,
    GIVEN_VALID,
    MAIN,
    PART,
    PREDICTORS,
    TARGETS,
    _adjust,
    claims,
    matrix,
    others,
    predictor_rows,
)
from kappabar.evaluate.study.predictors import _row as _measured
from kappabar.evaluate.study.rows import restated
from kappabar.evaluate.study.run import TABLES, read_tables
from kappabar.evaluate.study.verdict import AGAINST, FOR, NONE, reading
from kappabar.evaluate.tables.study import SHARES
from kappabar.grammars.errors import OutputError

SEEDS = 3
_BITS = next(p for p in PREDICTORS if p.name == "bits")
WIDE = (
    "kappa_mean", "kappa@4", "kappa@16", "sup", "kappa_worst", "kappa_zero", "kappa_per_tree", "kappa_bank", "plausible_mean",
    "plausible@4",
    "plausible@16", "plausible_validity", "tokens", "validity", "redundancy", "fidelity_error", "quality",
)  # fmt: skip


def _shared(rng, domain, spec, kappa):
    row = {"domain": domain, "representation": spec, "metric": "bounded-l2", "control": "repeat" in spec, "vocabulary_size": 70,
           "n_expressions": 60, "n_expressions_bank": 16}  # fmt: skip
    values = dict.fromkeys(WIDE, 0.0) | {c: float(rng.uniform(0.1, 0.9)) for c in WIDE}
    values |= {"kappa_mean": 0.0 if row["control"] else kappa, "tokens": float(rng.uniform(10, 60)), "quality": float("nan")}
    values["fidelity_error"] = float(rng.uniform(0.01, 0.1)) if "bins" in spec else 0.0
    for c, v in values.items():
        row |= {c: v, f"{c}_low": v - 0.02, f"{c}_high": v + 0.02}
    return row


def tables(*args, **kwargs):
    """Those with all that follows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kappabar.evaluate.study.rows.predictor_rows", quick)
        return restated(measured(*args, **kwargs), 0)


def measured(slope, noise=0.02, failed=(), seed=0, n=14):
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
                    "ceiling": 0.97 if "bins" in spec else 1.0,
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
            shared["ceiling"] = own[0]["ceiling"]
            summary.append(shared | mean | {"quality_low": mean["quality"] - 0.02, "quality_high": mean["quality"] + 0.02,
                                            "seeds": len(done), "n_failed": SEEDS - len(done)})  # fmt: skip
        domains.append({
            "domain": domain, "metric": "bounded-l2", "data": "sample:60:7919", "budget": "study", "seeds": SEEDS,
            "n_representations": n, "n_trained": n, "n_trainings": n * SEEDS, "n_failed": SEEDS * sum(d == domain for d,
                                                                                                      _ in failed),
            "n_expressions": 60, "n_expressions_bank": 16, "n_test": 200, "n_trained_on": 2, "floor_prior": 0.15,
            "floor_nearest": 0.7,
            "kappa_tree": 0.4,
            "kappa_tree_low": 0.37, "kappa_tree_high": 0.43, "intraclass": 0.8, "intraclass_low": 0.6, "intraclass_high": 0.9,
            "sd_between": 0.1, "sd_within": 0.02, "seconds_training": 2000.0, "seconds": 3000.0, "hours": 3000 / 3600,
            "command": "kappabar compare --study hypothesis --seeds 3", "versions": json.dumps({"kappabar": "0", "torch": "2"}),
        })  # fmt: skip
    return {
        name: TABLES[name].frame(rows).to_dicts()
        for name, rows in (("study", study), ("representations", summary), ("domains", domains))
    }


def quick(rows, seed):
    return predictor_rows(rows, seed, 60)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder with the tables alone, as a committed study has them, with one representation that was never trained to the
    end."""
    folder = tmp_path_factory.mktemp("study")
    for name, rows in measured(-0.5, failed=[("ode", "nary | digits:3")]).items():
        TABLES[name].frame(rows).write_parquet(folder / f"{name}.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kappabar.evaluate.study.rows.predictor_rows", quick)
        return folder, rebuild_study(folder)


def test_a_domain_in_a_table_is_no_path(tmp_path, monkeypatch):
    """Figures bear the names of domains, which tables hold."""
    monkeypatch.setattr("kappabar.evaluate.study.rows.predictor_rows", quick)
    for name, rows in tables(-0.5).items():
        moved = [row | {"domain": "x/../../victim" if row["domain"] == "ode" else row["domain"]} for row in rows]
        TABLES[name].frame(moved).write_parquet(tmp_path / f"{name}.parquet")
    with pytest.raises(OutputError, match="no name of a file or folder beside it"):
        rebuild_study(tmp_path)
    assert not list(tmp_path.parent.glob("victim*"))


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
    again = TABLES["predictors"].frame(quick(read["study"], 0))
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
    assert row["n"] == 11  # of 14 less the one that failed, the lossless ones


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


def _row(**changed):
    return {"rho": -0.4, "low": -0.8, "high": -0.01, "p": 0.03, "p_holm": 0.3, "n": 14, "expected": -1, "whole": False} | changed


def test_what_chance_would_do_as_well_gives_no_verdict():
    assert reading(_row()) == FOR
    assert reading(_row(expected=1)) == AGAINST
    assert reading(_row(high=0.01)) == NONE
    assert reading(_row(p=0.06)) == NONE
    assert reading(_row(n=5)) == NONE
    assert reading(_row(whole=True)) == NONE
    assert reading(_row(), adjusted=True) == NONE
    assert reading(_row(p_holm=0.04), adjusted=True) == FOR
    assert reading(_row(rho=None, low=None, high=None, p=None)) == NONE


def _nothing(rng, n=14):
    """Rows of a study in which each predictor and Q have levels of their own, the same in both domains, and no relation."""
    rows = []
    levels = {p.name: rng.normal(size=n) for p in PREDICTORS} | {"quality": rng.normal(size=n)}
    for domain, i in product(("function", "ode"), range(n)):
        row = {c: float(v[i] + 0.3 * rng.normal()) for c, v in levels.items()}
        rows.append(row | {"domain": domain, "representation": str(i), "seed": 0, "control": False, "fidelity_error": 0.0})
    return rows


def _false_claims(trials):
    rng = np.random.default_rng(1)
    main, other = 0, 0
    for i in range(trials):
        rows = _nothing(rng)
        block = [_measured(rows, p, TARGETS[0], (), i, 60) for p in PREDICTORS]
        _adjust(block)
        main += claims(next(r for r in block if r["predictor"] == MAIN), False)
        other += any(claims(r, True) for r in block)
    return main / trials, other / trials


def test_of_studies_of_nothing_one_in_twenty_has_a_false_verdict():
    """The main predictor by itself, all together after Holm; each is the gate for single domains and for what is asked beyond."""
    assert max(_false_claims(60)) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 60)


@pytest.mark.nightly
def test_of_many_studies_of_nothing_one_in_twenty_has_a_false_verdict():
    assert max(_false_claims(600)) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 600)


@pytest.mark.slow
def test_one_domain_has_no_verdict_where_both_have_none():
    """Smoother is better in one domain and worse in the other."""
    given = measured(-0.6, noise=0.01, seed=3)
    study = [dict(r) for r in given["study"]]
    for r in study:
        if r["domain"] == "ode" and not r["control"]:
            r["quality"] = 1.2 - r["quality"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kappabar.evaluate.study.rows.predictor_rows", quick)
        made = page("t", restated(given | {"study": study}, 0), [])
    found = _verdict(made)
    assert {found["Does κ mean predict Q?", place] for place in (BOTH, "function", "ode")} == {NONE}
    assert "no verdict on one domain where all together bear none" in made.text


def test_a_part_of_the_target_predicts_nothing(kept):
    _, study = kept
    rows = {
        (r["target"], r["predictor"]): r
        for r in study.tables["predictors"]
        if r["domain"] == BOTH and r["control"] and not r["given"]
    }
    assert rows["quality", PART]["whole"] and rows["quality", PART]["p_holm"] is None
    assert not rows[GIVEN_VALID, PART]["whole"] and rows[GIVEN_VALID, PART]["p_holm"] is not None
    first = study.rows[0]
    assert matrix(study.rows, GIVEN_VALID)[0, 0] == pytest.approx(first["quality"] / first["sample_validity"])
    assert "part with its whole" in " ".join(study.document["cautions"])


def test_losses_compare_among_lossless_codes(kept):
    _, study = kept
    bits = matrix([r for r in study.rows if r["domain"] == "function"], "bits")
    assert np.isnan(bits).all(axis=1).sum() == sum("bins" in spec for spec in LINE_UP) == 2


def test_a_representation_counts_once_in_both_domains(kept):
    _, study = kept
    row = next(r for r in study.tables["predictors"] if r["domain"] == BOTH and r["control"] and r["predictor"] == "tokens"
               and r["target"] == "quality" and not r["given"])  # fmt: skip
    assert (row["n"], row["n_rows"]) == (14, 27)  # one failed in one domain, and stands for itself in the other


def test_of_too_few_representations_the_page_says_so():
    given = {name: [*rows] for name, rows in tables(-0.6, n=3).items()}
    made = page("t", {name: TABLES[name].frame(rows).to_dicts() for name, rows in given.items()}, [])
    assert "too few representations for a verdict" in made.text and "(p = " in made.text
    assert made.document["verdict"] == NONE
    assert "too few representations are left" in made.text


def test_the_line_up_is_what_the_study_promises():
    assert len(LINE_UP) >= 12 and len(set(LINE_UP)) == len(LINE_UP)
    assert any("repeat" in spec for spec in LINE_UP)
    asked = STUDIES["hypothesis"]
    assert asked.seeds == 3 and set(asked.domains) == {"function", "ode"}


@pytest.mark.parametrize("domain", ["function", "ode"])
def test_every_spec_of_the_line_up_writes_the_studys_expressions(domain):
    from kappabar.evaluate.domains.domain import domain as find_domain
    from kappabar.evaluate.domains.sources import load
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
        assert p.name not in others(p)
        assert ("kappa_mean" in others(p)) == (not p.family)
        assert p is q or p.name != q.name


def test_numbers_are_written_plainly():
    assert (written(None, ".2f"), written(float("nan"), "d"), written(0.25, ".0%"), written(7, "d")) == (
        MISSING,
        MISSING,
        "25 %",
        "7",
    )


def test_the_committed_study_says_what_its_tables_hold():
    """Holm's p of the two predictors that the README names, from the rows of study.parquet."""
    root = Path(__file__).parents[3]
    folder = root / "docs" / "studies" / "hypothesis"
    if not folder.is_dir():
        pytest.skip("the committed study is not beside the tests")
    rows = pl.read_parquet(folder / "study.parquet").to_dicts()
    kept = pl.read_parquet(folder / "predictors.parquet").filter(
        (pl.col.domain == BOTH) & (pl.col.target == "quality") & pl.col.control & (pl.col.given == "")
    )
    block = [_measured(rows, p, "quality", (), 0, 400) for p in PREDICTORS]
    _adjust(block)
    found = {r["predictor"]: r for r in block}
    for row in kept.to_dicts():
        assert row["rho"] == pytest.approx(found[row["predictor"]]["rho"])
        assert row["p"] == pytest.approx(found[row["predictor"]]["p"], abs=0.04)
    length, loss = found["tokens"], found["bits"]
    assert not claims(length, True) and 0.1 < length["p_holm"] < 0.35
    assert claims(loss, True) and loss["n"] == 12
    for domain, rho in (("function", -0.909), ("ode", -0.804)):
        own = _measured([r for r in rows if r["domain"] == domain], _BITS, "quality", (), 0, 60)
        assert own["rho"] == pytest.approx(rho, abs=0.001) and own["n"] == 12
