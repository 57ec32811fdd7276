"""Parts of installed packages work by name, and one that is broken stops no other."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kappabar.cli.listing import listing
from kappabar.evaluate.domains.domain import ALL, domain
from kappabar.evaluate.domains.metrics import METRICS, distances, metric
from kappabar.evaluate.edits.catalog import EDITS, edit_operator
from kappabar.grammars.errors import SpecError
from kappabar.grammars.parts.registry import GROUPS, Registry
from kappabar.representations.representation import canonical, representation
from kappabar.representations.rewrites.catalog import REWRITES
from kappabar.tokenizers.catalog import CODECS, NOTATIONS

TABLES: tuple[Registry[object], ...] = (ALL, NOTATIONS, CODECS, REWRITES, METRICS, EDITS)  # type: ignore[assignment]

MODULE = '''
"""Parts of a lab."""
from dataclasses import replace
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.edits.token import TokenEdits
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.notations.prefix import Prefix

lab = replace(domain("ode"), name="lab")

class Codec(Digits):
    """Two digits."""
    def __init__(self):
        super().__init__(2)

def tokenizer(n_variables, closed):
    """Prefix, with two digits."""
    return Prefix(Digits(2), n_variables, closed)

class Same:
    """Leaves a tree as it is."""
    spec = "labsame"
    def apply(self, tree):
        return tree

class Furthest:
    """The largest difference."""
    d_max = 7.0
    def __call__(self, reference, other):
        return min(7.0, float(abs(reference - other).max()))

furthest = Furthest()
edits = replace(TokenEdits(), name="labedits")
nothing = 5
'''
ENTRIES = """
[kappabar.domains]
lab = labparts:lab
[kappabar.tokenizers]
labprefix = labparts:tokenizer
prefix = labparts:tokenizer
[kappabar.codecs]
labdigits = labparts:Codec
labmissing = labparts:Absent
labnothing = labparts:nothing
bpe = labparts:Codec
lableaves = leaves:Codec
bad name = labparts:Codec
[kappabar.rewrites]
labsame = labparts:Same
[kappabar.metrics]
furthest = labparts:furthest
needy = surely_not_installed_anywhere:metric
[kappabar.edits]
labedits = labparts:edits
"""


def _forget() -> None:
    for table in TABLES:
        table.forget()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "labparts.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "leaves.py").write_text("import sys\nsys.exit(3)\n", encoding="utf-8")
    info = tmp_path / "labparts-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: labparts\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(ENTRIES, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    _forget()
    yield tmp_path
    sys.modules.pop("labparts", None)
    monkeypatch.undo()
    _forget()


def test_every_group_has_a_table() -> None:
    assert {table.group for table in TABLES} == set(GROUPS)


@pytest.mark.usefixtures("installed")
def test_parts_work_by_name_in_specs() -> None:
    assert canonical("prefix | labdigits") == "prefix | labdigits"
    assert "E0" in representation("prefix | labdigits").vocabulary.tokens
    assert canonical("labsame | labprefix") == "labsame | labprefix"
    assert len(representation("labsame | labprefix").vocabulary) == len(representation("prefix | digits:2").vocabulary)
    assert domain("lab").name == "lab"
    assert edit_operator("labedits").name == "labedits"
    found = metric("furthest")
    y = np.arange(6.0).reshape(1, 3, 2)
    assert found.d_max == 7.0 and distances(found, y, (y + 2)[None]).tolist() == [2.0]


@pytest.mark.usefixtures("installed")
def test_they_are_listed_beside_the_built_in_ones() -> None:
    names = {
        what: [row["name"] for row in listing(what)]
        for what in ("domains", "representations", "codecs", "rewrites", "metrics", "edits")
    }
    assert "lab" in names["domains"] and "ode" in names["domains"]
    assert "labprefix" in names["representations"] and names["representations"].count("prefix") == 1
    assert "labdigits" in names["codecs"] and "labmissing" not in names["codecs"]
    assert "labsame" in names["rewrites"] and "furthest" in names["metrics"] and "labedits" in names["edits"]


@pytest.mark.usefixtures("installed")
def test_a_broken_one_is_told_once_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="kappabar"):
        for _ in range(2):
            list(CODECS.values())
            list(METRICS.values())
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == len(set(lines)) == 6
    assert all("labparts" in line and "\n" not in line for line in lines)
    told = " ".join(lines)
    assert all(
        word in told
        for word in ("labmissing", "labnothing", "bad name", "needy", "surely_not_installed_anywhere", "bpe", "lableaves")
    )
    with pytest.raises(SpecError, match="labmissing"):
        canonical("prefix | labmissing")


@pytest.mark.usefixtures("installed")
def test_no_plugin_takes_a_built_in_name() -> None:
    assert NOTATIONS["prefix"].summary == "operators before operands (Polish)"
    assert canonical("prefix | bpe:64") == "prefix | digits:3 | bpe:64", "nor one of another kind"


def test_without_packages_there_are_the_built_in_ones_alone() -> None:
    assert all(table.is_built_in(name) for table in TABLES for name in table)
    with pytest.raises(SpecError, match="unknown domain 'odd'; did you mean 'ode'"):
        domain("odd")
