"""Records of files: what is not read is told or refused, and ranges go by name."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from kappabar.grammars.errors import SourceError
from kappabar.grammars.files.readers import Reading, read
from kappabar.grammars.print.infix import to_infix


def records(folder: Path, *rows: object, domain: str = "function") -> Reading:
    path = folder / "own.json"
    path.write_text(rows[0] if isinstance(rows[0], str) else json.dumps(rows))
    return read(path, domain)


def reasons(reading: Reading) -> list[str]:
    return [skip.reason for skip in reading.skipped]


GOOD = {"equations": "x1 + 2*x2"}


def test_ranges_go_by_name(tmp_path: Path) -> None:
    reading = records(
        tmp_path,
        {"equations": "x2 - x1", "ranges": [[1, 2], [3, 4]]},
        {"equations": "b - a", "ranges": {"a": [1, 2], "b": [3, 4]}},
        {"equations": "x_1 + x_2", "ranges": {"x_2": [3, 4], "x_1": [1, 2]}},
        {"equations": "x_1 + x_2", "ranges": [[1, 2], [3, 4]]},
        {"equations": "a", "ranges": {"a": [1, 2]}},
    )
    by_name = [dict(zip(s.names, s.ranges, strict=True)) for s in reading.systems]
    assert by_name[0] == {"x1": (1, 2), "x2": (3, 4)}
    assert by_name[1] == {"a": (1, 2), "b": (3, 4)}
    assert by_name[2] == by_name[3] == {"x_1": (1, 2), "x_2": (3, 4)}
    assert to_infix(reading.systems[3].tree) == "x_0 + x_1"
    assert not reading.skipped


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"equations": "b - a", "ranges": [[1, 2], [3, 4]]}, '"b": [LOW, HIGH]'),
        ({"equations": "x1", "ranges": {"x1": [0, 1], "y": [0, 1]}}, "names 'y'"),
        ({"equations": "x1 + x2", "ranges": {"x1": [0, 1]}}, "nothing for 'x2'"),
        ({"equations": "x1", "t_end": 3}, "no horizon"),
        ({"equations": "x1", "range": [[0, 1]]}, "'range' is not read; write 'ranges'"),
        ({"equations": "x1", "init": [1]}, "'init' is not read; write 'x0'"),
        ({"equations": "k*x1", "params": {"k": 2}}, "after 'with'"),
        ({"equations": "x1", "t_span": [0, 1]}, "write 't_end'"),
        ({"equations": "x1", "T": 3}, "write 't_end'"),
        ({"eq": "x1", "formula": "x2"}, "no 'equations'"),
    ],
)
def test_what_would_change_a_record_is_refused(tmp_path: Path, record: object, words: str) -> None:
    reading = records(tmp_path, GOOD, record)
    assert len(reading.systems) == 1
    assert words in reasons(reading)[0]


def test_a_key_that_stands_twice_is_refused_in_its_record_alone(tmp_path: Path) -> None:
    twice = '{"equations": "x1", "equations": "x2"}, {"equations": "x1", "ranges": {"x1": [0, 1], "x1": [0, 2]}}'
    text = f'[{{"equations": "x1"}}, {twice}]'
    reading = records(tmp_path, text)
    assert len(reading.systems) == 1
    assert "'equations' stands twice" in reasons(reading)[0]
    assert "'x1' twice" in reasons(reading)[1]


def test_a_number_that_would_be_0_is_refused(tmp_path: Path) -> None:
    text = '[{"equations": "x1"}, {"equations": "x1", "ranges": [[0.0, 1e-400]]}, {"equations": "x1", "ranges": [[0e-400, 1]]}]'
    reading = records(tmp_path, text)
    assert len(reading.systems) == 2
    assert "too small for a float" in reasons(reading)[0]


def test_a_comparison_is_no_left_side(tmp_path: Path) -> None:
    (system,) = records(tmp_path, {"equations": ["if(x_0 <= 1, 1, x_1)", "-x_0"]}, domain="ode").systems
    assert system.dim == 2


def test_what_is_not_read_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("eq,support,num_points\nx_1 + x_2,\"{'x_1': 0}\",500\nsin(x_1),\"{'x_1': 0}\",500\n")
    reading = read(path, "function")
    assert len(reading.systems) == 2
    assert [(n.where, n.reason) for n in reading.notes] == [
        ("line 2", "'eq' is read as the equations"),
        ("line 2", "not read: 'support', 'num_points'"),
    ]


def test_notes_of_texts_are_told_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("x' = -x @ x=1; T=1\nx' = sin(t) - x @ x=1; T=1\nx' = sin(t) @ x=1; T=1\n")
    reading = read(path)
    assert [n.where for n in reading.notes] == ["line 2"]
    assert reading.systems[1].x0 == ((1.0, 0.0),)


def test_the_clock_needs_no_start(tmp_path: Path) -> None:
    reading = records(tmp_path, {"equations": "x' = sin(t)", "x0": [[1], [2, 0.5]], "t_end": 3}, domain="ode")
    assert reading.systems[0].x0 == ((1.0, 0.0), (2.0, 0.5))


@pytest.mark.parametrize(("name", "systems", "refused"), [("dso-benchmarks.csv", 267, 1), ("nesymres-nc.csv", 200, 0)])
def test_published_lists_are_read(corpora: Path, name: str, systems: int, refused: int) -> None:
    reading = read(corpora / name, "function")
    assert (len(reading.systems), len(reading.skipped)) == (systems, refused)


def test_feynmans_formulas_are_read_with_their_ranges(corpora: Path, tmp_path: Path) -> None:
    """Each input by its own name, whatever the order of first use."""
    with (corpora / "feynman-equations.csv").open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if row["Formula"]]
    given = [
        {row[f"v{i}_name"]: [float(row[f"v{i}_low"]), float(row[f"v{i}_high"])] for i in range(1, 11) if row.get(f"v{i}_name")}
        for row in rows
    ]
    reading = records(tmp_path, *({"equations": row["Formula"], "ranges": r} for row, r in zip(rows, given, strict=True)))
    assert len(reading.systems) >= 98
    by_name = [{n: list(r) for n, r in zip(s.names, s.ranges, strict=True)} for s in reading.systems]
    assert all(found in given for found in by_name)


def test_a_block_of_lines_is_one_system_where_it_says_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "blocks.txt"
    path.write_text(
        "x' = 10*(y - x)\ny' = x*(28 - z) - y  # two\nz' = x*y - b*z\nb = 8/3\n\n"  # one system
        "x' = -x\ny' = -2*y\n\n"  # two systems
        "x' = -x\ny' = w\n\n"  # one, and a line that is none
        "x' = y\ny' = -x @ x=1, y=0; T=3\n\n"  # one, with conditions
        "x_0 | x_1\n-x_1\n"  # no sum over lines
    )
    reading = read(path)
    assert [s.names for s in reading.systems] == [("x", "y", "z"), ("x",), ("y",), ("x",), ("x", "y"), ("x_0", "x_1")]
    assert [skip.where for skip in reading.skipped] == ["line 10, column 6", "line 16, column 2"]
    assert [n.reason for n in reading.notes] == ["lines 1 to 4 are read as one system", "lines 12 to 13 are read as one system"]
    assert reading.systems[-2].x0 == ((1.0, 0.0),)


def test_a_model_of_xppaut_is_one_system(tmp_path: Path) -> None:
    path = tmp_path / "neuron.ode"
    path.write_text("# a model\npar a=2\nX'=-a*f(x)\nf(u)=u^3\ninit x=1\n@ total=5, dt=.1\ndone\nwords that say nothing\n")
    (system,) = read(path).systems
    assert (system.name, system.names, system.x0, system.t_end) == ("neuron", ("x",), ((1.0,),), 5.0)
    assert to_infix(system.tree) == "-2*x_0^3"
    path.write_text("par a=2\nwiener w\nx'=-a*x+w\ndone\n")
    with pytest.raises(SourceError, match=r"line 2, column 1: 'wiener' is noise of XPPAUT"):
        read(path, strict=True)
