"""The user's own parts by name: found in the current directory, and every way to miss is one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kappabar.grammars.errors import SpecError
from kappabar.grammars.parts.plugins import load_object, names_object


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my_own_parts.py").write_text("class Part:\n    inner = 7\n")
    (tmp_path / "my_broken_parts.py").write_text("raise RuntimeError('first\\nsecond')\n")
    (tmp_path / "my_needy_parts.py").write_text("import surely_not_installed_anywhere\n")
    monkeypatch.chdir(tmp_path)
    for name in ("my_own_parts", "my_broken_parts", "my_needy_parts"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_a_file_in_the_current_directory_is_found_and_the_path_left_as_it_was() -> None:
    before = list(sys.path)
    assert load_object("my_own_parts:Part.inner") == 7
    assert sys.path == before


def test_an_installed_object_is_found() -> None:
    assert load_object(" pathlib:Path ") is Path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("my_own_parts", "module:Object"),
        ("my_own_parts:", "module:Object"),
        (":Part", "module:Object"),
        ("../evil:Part", "module:Object"),
        ("my_own_parts:Prat", "did you mean 'Part'?"),
        ("my_own_parts:Part.outer", "has no 'outer'"),
        ("not_there_at_all:Part", "no module named 'not_there_at_all'"),
        ("pathlib.nothing:Part", "pathlib"),
        ("my_broken_parts:Part", "RuntimeError: first second"),
        ("my_needy_parts:Part", "needs 'surely_not_installed_anywhere'"),
    ],
)
def test_what_is_missing_is_said_in_one_line(text: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_object(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["json", "hypothesis", "hypothesis.lab"])
def test_a_file_named_as_an_installed_module_is_to_be_renamed(name: str, folder: Path) -> None:
    file = folder.joinpath(*name.split(".")).with_suffix(".py")
    file.parent.mkdir(exist_ok=True)
    file.write_text("LABORATORY = 7\n")
    with pytest.raises(SpecError, match=rf"was read, not {file.name} of this folder: rename your file") as caught:
        load_object(f"{name}:LABORATORY")
    assert "__init__.py" in str(caught.value) and "\n" not in str(caught.value)


def test_only_the_form_decides_what_names_an_object() -> None:
    assert names_object("a.b:C.d")
    assert not any(names_object(text) for text in ("", ":", "a", "a:", "a:b:c", "a b:c", "1a:b", "bounded-l2", "sort | prefix"))
