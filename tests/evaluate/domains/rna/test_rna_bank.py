"""RNAs that have a name: every one folds to the structure that it says."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from kappabar.evaluate.domains.rna.folding import BASES, LONGEST, folded
from kappabar.evaluate.domains.sources import load

BANK = load(["bank"], "rna").systems
ROWS = tomllib.loads(resources.files("kappabar.evaluate.domains.rna").joinpath("bank.toml").read_text("utf-8"))["sequence"]


def test_the_bank_is_large_enough_and_says_where_it_is_from() -> None:
    assert len(BANK) == len(ROWS) >= 30 and len({s.name for s in BANK}) == len({s.tree for s in BANK}) == len(BANK)
    assert all(s.citation for s in BANK) and [s.regime for s in BANK] == [row["kind"] for row in ROWS]
    assert all(set(row["sequence"]) <= set(BASES) and len(row["sequence"]) <= LONGEST for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_every_sequence_folds_to_its_structure(row: dict[str, str]) -> None:
    pytest.importorskip("RNA", reason="the extra rna (ViennaRNA) is not installed")
    symbols, energy = folded(row["sequence"])
    assert "".join(".()"[symbol - 1] for symbol in symbols) == row["structure"] and energy < -2.0
