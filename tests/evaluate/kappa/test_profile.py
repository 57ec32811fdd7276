"""Profiles and heat maps against loops over the edits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.metrics import metric
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.evaluate.kappa.intrinsic import intrinsic
from kappabar.evaluate.kappa.kappa import measure_all
from kappabar.evaluate.kappa.profile import profile
from kappabar.evaluate.kappa.tables import edit_frame, load_kappa, save_kappa, token_frame
from kappabar.evaluate.kappa.writing import writing
from kappabar.evaluate.report.heat_map import STEPS, choose, heat_map
from kappabar.evaluate.report.style import as_svg
from kappabar.grammars.errors import SpecError
from kappabar.grammars.text.parse import parse
from kappabar.representations.representation import representation

ODE = domain("ode")
DECAY = replace(parse("x' = 1 - 0.5*x @ x=2; T=4"), name="decay")
OSCILLATOR = replace(parse("x' = y; y' = -2*x - x^2 @ x=0.3, y=0; T=6"), name="oscillator")
SYSTEMS = [DECAY, OSCILLATOR]


def measured(spec, invalid="exclude", limit=200, systems=SYSTEMS):
    chosen = representation(spec, corpus=systems)
    result = measure_all(
        chosen, systems, ODE, metric("bounded-l2"), TokenEdits(), invalid=invalid, edits_per_expression=limit, seed=3
    )
    return chosen, replace(result, intrinsic=intrinsic(chosen, systems))


def edits_at(m, position):
    """Indices of the edits at a token, one by one."""
    return [k for k, p in enumerate(m.positions.tolist()) if p == position or (p > position and position == m.n_tokens - 1)]


@pytest.mark.parametrize("spec", ["prefix | digits:2", "infix | chars", "infix | chars | bpe:60"])
@pytest.mark.parametrize("invalid", ["exclude", "worst", "zero"])
def test_each_token_has_the_mean_of_its_edits(spec, invalid):
    chosen, result = measured(spec, invalid)
    for item, (m, system) in enumerate(zip(result.measured, SYSTEMS, strict=True)):
        found = profile(result, item)
        assert len(found) == m.n_tokens
        assert list(found.tokens) == [t.text for t in chosen.tokenize(system)]
        for i in range(len(found)):
            own = edits_at(m, i)
            d = {k: float(m.distance[k]) for k in own if m.outcomes[k] in ("ok", "diverged", "undefined")}
            counted = dict(d)
            if invalid != "exclude":
                counted |= {k: float(invalid == "worst") for k in own if m.outcomes[k] == "invalid"}
            assert found.n[i] == len(own)
            assert found.n_counted[i] == len(counted)
            assert found.n_valid[i] == sum(m.outcomes[k] != "invalid" for k in own)
            assert found.mean[i] == pytest.approx(np.mean(list(counted.values())) if counted else np.nan, nan_ok=True)
            worst = found.worst[i]
            assert (worst.distance if worst else None) == (max(d.values()) if d else None)


def test_the_tokens_together_make_kappa():
    _, result = measured("prefix | digits:2")
    for item, mean in enumerate(result.means):
        p = profile(result, item)
        assert p.n.sum() == result.measured[item].n_edits
        assert np.nansum(p.mean * p.n_counted) / p.n_counted.sum() == pytest.approx(mean)


def test_tables_and_figures(tmp_path):
    _, result = measured("prefix | digits:2")
    p = profile(result, "oscillator")
    assert p.to_frame().height == len(p)
    assert p.to_frame()["mean"].fill_null(np.nan).to_list() == pytest.approx(p.mean.tolist(), nan_ok=True)
    assert as_svg(p.plot()).startswith("<svg")
    save_kappa(tmp_path, result)
    again = profile(load_kappa(tmp_path, result.representation), "oscillator")
    assert again.rows() == p.rows()


def test_the_folder_holds_what_a_profile_needs():
    _, result = measured("infix | chars")
    edits, tokens = edit_frame(result), token_frame(result)
    own = edits.with_columns(pl.min_horizontal("position", pl.col("position").max().over("item") - 1))
    joined = own.join(tokens, on=["representation", "item", "position"], how="left", suffix="_there")
    means = joined.group_by("item", "position", "token_text_there").agg(pl.col("distance").mean())
    p = profile(result, 1)
    for row in means.filter(pl.col("item") == 1).iter_rows(named=True):
        assert row["token_text_there"] == p.tokens[row["position"]]
        assert p.mean[row["position"]] == pytest.approx(row["distance"] if row["distance"] is not None else np.nan, nan_ok=True)
    assert edits.filter(pl.col("kind") == "deletion")["token_text"].null_count() == (edits["kind"] == "deletion").sum()
    assert edits.filter(pl.col("kind") != "deletion")["token_text"].null_count() == 0


def test_without_intrinsic_measures_texts_are_empty():
    result = replace(measured("prefix")[1], intrinsic=None)
    assert set(profile(result, 0).tokens) == {""}
    assert edit_frame(result)["token_text"].null_count() == edit_frame(result).height
    assert token_frame(result).height == 0


def test_mistakes():
    _, result = measured("prefix", limit=20)
    with pytest.raises(SpecError, match="did you mean 'decay'"):
        profile(result, "decya")
    with pytest.raises(SpecError, match="expression 2 of 2"):
        profile(result, 2)
    condensed = replace(result, measured=tuple(m.condensed() for m in result.measured))
    with pytest.raises(SpecError, match="condensed"):
        profile(condensed, 0)


def maps(specs, systems=SYSTEMS, **options):
    found = [measured(spec, systems=systems, **options) for spec in specs]
    return heat_map([k for _, k in found], [[writing(r, s) for s in systems] for r, _ in found]), [k for _, k in found]


def test_the_heat_map_shows_each_token_and_each_symbol():
    heat, kappas = maps(["prefix | digits:2", "infix | chars", "infix | chars | bpe:60"])
    assert {p.expression for p in heat.panels} == {"decay", "oscillator"}
    for panel in heat.panels:
        item = [s.name for s in SYSTEMS].index(panel.expression)
        for strip, kappa in zip(panel.strips, kappas, strict=True):
            p = profile(kappa, item)
            assert [t.text for t in strip.tokens] == list(p.tokens)
            for tile, mean in zip(strip.tokens, p.mean, strict=True):
                assert tile.step == (None if np.isnan(mean) else min(STEPS - 1, int(STEPS * mean)))
            text = " | ".join("".join(t.text for t in pieces) for _, pieces in strip.equations)
            assert text == {"decay": "1 - 0.5*x", "oscillator": "y | -2*x - x^2"}[panel.expression]
            assert [side for side, _ in strip.equations] == [f"{n}′ = " for n in SYSTEMS[item].names]


def test_a_symbol_has_the_edits_of_all_tokens_that_write_its_node():
    heat, (kappa,) = maps(["prefix | digits:2"], [DECAY])
    (m,) = kappa.measured
    at = np.minimum(m.positions, m.n_tokens - 1)
    number = [i for i, t in enumerate(representation("prefix | digits:2", corpus=[DECAY]).tokenize(DECAY)) if t.path == (0, 1, 0)]
    assert len(number) > 2
    d = m.distance[np.isin(at, number)]
    expected = np.nanmean(d)
    ((_, pieces),) = heat.panels[0].strips[0].equations
    (tile,) = [t for t in pieces if t.text == "0.5"]
    assert f"mean distance {expected:.3f} over {np.isfinite(d).sum()} edits" in tile.note


def test_the_choice_is_the_ends_the_middle_and_lorenz():
    names = ["Lorenz system", "a", "b", "c"]
    systems = [replace(parse(f"x' = 1 - {c}*x @ x=2; T=4"), name=n) for n, c in zip(names, (0.5, 0.1, 3, 1), strict=True)]
    kappa = measured("prefix", systems=systems, limit=80)[1]
    chosen = choose([kappa])
    order = [n for _, n in sorted(zip(kappa.means, names, strict=True), reverse=True)]
    assert chosen[order[0]] == "moves most"
    assert chosen[order[-1]] == "moves least"
    assert order[2] in chosen and "Lorenz system" in chosen
    assert choose([]) == {}


def test_nothing_kept_nothing_shown():
    _, result = measured("prefix", limit=20)
    assert heat_map([result], [[]]) is None
    assert heat_map([], []) is None
