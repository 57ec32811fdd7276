"""Which parts of a spec would have to be imported to be read: told without an import."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kappabar.grammars.errors import KappabarError
from kappabar.representations.own_parts import own_parts
from kappabar.representations.representation import read
from kappabar.tokenizers.catalog import CODECS, WRAPPERS, notations

LEVELS = (
    "infix | chars | bpe:200",
    "latex",
    "sort | nondim:max,speed | prefix | digits:3 | bpe:200 | repeat:3",
    "infix | hf:a.b",
)


@pytest.mark.parametrize(
    "spec", [*LEVELS, *notations(), *(f"prefix | {c}" for c in CODECS), *(f"infix | {w}" for w in WRAPPERS), "", "|", "sort"]
)
def test_parts_of_the_catalog_are_none(spec: str) -> None:
    assert own_parts(spec) == [] or spec in ("", "|")


@pytest.mark.parametrize(
    "spec",
    [
        "lab:Thing", "lab:Thing | digits:3", "prefix | lab:Thing", "prefix | lab:Thing:3", "prefix | digits:3 | lab:Thing",
        "lab:Thing | prefix", "sort | lab:Thing", "bins:Thing", "bins:Thing | prefix", "prefix:Thing", "prefix | sort:Thing",
        "infix | chars:Thing", "mine", "prefix | mine",
    ],
)  # fmt: skip
def test_whatever_is_read_as_a_module_is_one(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of that name lies here, so that reading the spec imports it; telling does not."""
    modules = ("lab", "bins", "prefix", "sort", "chars")
    for name in modules:
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('imported')")
    monkeypatch.chdir(tmp_path)
    assert own_parts(spec)
    assert not set(modules) & set(sys.modules)
    with pytest.raises(KappabarError):
        read(spec)
