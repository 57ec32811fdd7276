from __future__ import annotations

import csv
import io
import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import KappabarError, SourceError
from kappabar.grammars.files.formats import FORMATS, MAX_LINE, one_line
from kappabar.grammars.files.readers import Reading, read
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.text.canonical import canonical
from kappabar.grammars.tree import System

tmp_ok = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
DECAY = "x' = -2*x  @ x=1; T=3"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def infix(reading: Reading) -> list[str]:
    return [to_infix(system.tree) for system in reading.systems]


# ---------------------------------------------------------------- what is read


def test_lines_that_are_comments_of_other_languages_are_passed_over(tmp_path: Path) -> None:
    text = f"% van der Pol\ndx = y  # one\n% damped\ndy = (1 - x^2)*y - x\n\n  // another\n{DECAY}\n"
    reading = read(write(tmp_path, "my.txt", text))
    assert len(reading.systems) == 2 and not reading.skipped
    assert reading.systems[0].names == ("x", "y")


def test_txt_has_one_system_per_line_and_comments(tmp_path: Path) -> None:
    path = write(tmp_path, "my.txt", f"\ufeff# two systems\n\n{DECAY}\r\nx_1 | -x_0  # an oscillator\n   \n")
    reading = read(path)
    assert infix(reading) == ["-2*x_0", "x_1 | -x_0"]
    assert [s.name for s in reading.systems] == ["my:3", "my:4"]
    assert reading.systems[0].x0 == ((1.0,),)
    assert not reading.skipped


RECORDS = [
    {"equations": DECAY, "name": "decay"},
    {"equations": ["x_1", "-x_0"], "name": "oscillator", "x0": [[1, 0], [0, 2.5]], "t_end": 7},
    {"equations": ["x' = v", "v' = -3*x"], "x0": [1, 0]},
]
EXPECTED = [
    ("decay", "-2*x_0", ((1.0,),), 3.0),
    ("oscillator", "x_1 | -x_0", ((1.0, 0.0), (0.0, 2.5)), 7.0),
    (None, "x_1 | -3*x_0", ((1.0, 0.0),), None),
]


def parquet(path: Path) -> None:
    import polars as pl

    texts = [DECAY, "x_1 | -x_0", "x' = v; v' = -3*x"]
    rows = [{"equations": text, "name": r.get("name"), "t_end": r.get("t_end")} for text, r in zip(texts, RECORDS, strict=True)]
    starts = [None, [[1.0, 0.0], [0.0, 2.5]], [[1.0, 0.0]]]
    pl.DataFrame(rows).with_columns(pl.Series("x0", starts), pl.lit(1).alias("other")).write_parquet(path)


def table(records: list[dict[str, object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["name", "Equations", "x0", "t_end", "remark"])
    for r in records:
        equations = r["equations"] if isinstance(r["equations"], str) else json.dumps(r["equations"])
        writer.writerow([r.get("name", ""), equations, json.dumps(r["x0"]) if "x0" in r else "", r.get("t_end", ""), "1,\n2"])
    return out.getvalue()


@pytest.mark.parametrize("suffix", [".json", ".jsonl", ".csv", ".parquet"])
def test_records_read_the_same_from_every_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"systems{suffix}"
    if suffix == ".parquet":
        parquet(path)
    else:
        path.write_text(
            {".json": json.dumps(RECORDS), ".jsonl": "\n".join(map(json.dumps, RECORDS)), ".csv": table(RECORDS)}[suffix]
        )
    reading = read(path)
    assert not reading.skipped
    for system, (name, text, x0, t_end) in zip(reading.systems, EXPECTED, strict=True):
        assert (to_infix(system.tree), system.x0, system.t_end) == (text, x0, t_end)
        assert system.name == name if name else system.name.startswith("systems:")


def test_a_single_record_is_a_json_source(tmp_path: Path) -> None:
    assert infix(read(write(tmp_path, "one.json", json.dumps(RECORDS[0])))) == ["-2*x_0"]


def test_odebench_reads_completely(shared: Path) -> None:
    reading = read(shared / "odebench.json")
    assert len(reading.systems) == 63
    assert not reading.skipped
    assert len({s.name for s in reading.systems}) == 63
    assert all(s.t_end == 10 and len(s.x0) == 2 and all(len(row) == s.dim for row in s.x0) for s in reading.systems)
    assert sorted({s.dim for s in reading.systems}) == [1, 2, 3, 4]
    van_der_pol = reading.systems[36]
    assert van_der_pol.name == "37 Van der Pol oscillator (standard form)"
    assert to_infix(van_der_pol.tree) == "x_1 | -x_0 - 0.43*x_1*(x_0^2 - 1)"
    assert van_der_pol.x0 == ((2.2, 0.0), (0.1, 3.2))


def test_odebench_form_is_recognised_by_its_keys(tmp_path: Path) -> None:
    record = {"id": 9, "substituted": [["-x_0"], ["-2*x_0"]], "init": [[1.0], [2.0]]}
    reading = read(write(tmp_path, "bench.json", json.dumps([record])))
    assert infix(reading) == ["-x_0", "-2*x_0"]
    assert [s.name for s in reading.systems] == ["9 #1", "9 #2"]
    assert {s.x0 for s in reading.systems} == {((1.0,), (2.0,))}


def test_functions_have_ranges(tmp_path: Path) -> None:
    records = [
        {"equations": "sin(x)*y", "ranges": [[0, 1], [2, 3]]},
        {"equations": "x", "x0": [1]},
        {"equations": "y = x @ x=0..2"},
    ]
    reading = read(write(tmp_path, "f.json", json.dumps(records)), "function")
    assert [s.ranges for s in reading.systems] == [((0, 1), (2, 3)), ((0, 2),)]
    assert [(s.where, s.reason) for s in reading.skipped] == [("record 2", "inputs have 'ranges' [[low, high], …], not 'x0'")]


@tmp_ok
@given(st.lists(trees(max_leaves=6), min_size=1, max_size=3))
def test_what_is_written_is_read(tmp_path: Path, drawn: list) -> None:
    """All text formats; trees whose constants have no value (1/0) are refused by every one of them alike."""
    drawn = [canonical(tree) for tree in drawn]
    texts = [to_infix(tree) for tree in drawn]
    forms = {
        "a.txt": "\n".join(texts),
        "a.jsonl": "\n".join(json.dumps({"equations": text}) for text in texts),
        "a.json": json.dumps([{"equations": [to_infix(c) for c in tree.children]} for tree in drawn]),
        "a.csv": table([{"equations": text} for text in texts]),
    }
    found: list[tuple[System, ...] | None] = []
    for name, content in forms.items():
        try:
            found.append(tuple(s.tree for s in read(write(tmp_path, name, content)).systems))
        except SourceError:
            found.append(None)
    assert all(f == found[0] for f in found)
    assert found[0] is None or set(found[0]) <= set(drawn)


# ---------------------------------------------------------------- what is skipped


def test_bad_lines_are_skipped_with_line_and_column(tmp_path: Path) -> None:
    path = write(tmp_path, "mixed.txt", f"{DECAY}\nx' = foo(x)\nx' = (x\n{DECAY}\nx' = x*\n".encode() + b"x' = \xff\n")
    reading = read(path)
    assert len(reading.systems) == 2
    assert [s.where for s in reading.skipped] == ["line 2, column 6", "line 3, column 6", "line 5, column 8", "line 6"]
    assert "unknown function 'foo'" in str(reading.skipped[0])
    assert {s.source for s in reading.skipped} == {str(path)}
    with pytest.raises(SourceError, match=r"mixed\.txt: line 2, column 6: unknown function 'foo'"):
        read(path, strict=True)


def test_columns_that_are_not_read_are_told_once(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", "formula,v1,v2,init\nx' = -x,a,,\nx' = -2*x,a,b,\nx' = -3*x,,,1\n")
    reading = read(path)
    assert [note.reason for note in reading.notes] == ["'formula' is read as the equations", "not read: 'v1', 'v2'"]
    assert "'init' is not read; write 'x0'" in reading.skipped[0].reason


def test_a_block_of_lines_that_is_no_system_is_told_once(tmp_path: Path) -> None:
    path = write(tmp_path, "prose.txt", f"this is\nno system at all\nbut a text\n\n{DECAY}\nx' = foo(x)\n")
    assert [s.where for s in read(path).skipped] == ["line 1, column 1", "line 6, column 6"]
    assert "with the other lines to 3" in read(path).skipped[0].reason
    broken = write(tmp_path, "align.txt", f"{DECAY}\n\n\\begin{{align}}\n\\dot x &= y \\\\\n\\dot y &= q\n\\end{{align}}\n")
    (skip,) = read(broken).skipped
    assert (skip.where, "unknown variable 'q'" in skip.reason) == ("line 5, column 11", True)


def test_an_environment_over_several_lines_is_one_system(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "\\begin{align}\n\\dot x &= y, \\\\\n\\dot y &= -x.\n\\end{align}\n\n" + DECAY)
    assert infix(read(path)) == ["x_1 | -x_0", "-2*x_0"]
    assert any("lines 1 to 4" in note.reason for note in read(path).notes)


def test_lines_may_end_with_a_carriage_return_alone(tmp_path: Path) -> None:
    path = write(tmp_path, "old.txt", f"{DECAY}  # one\rx_1 | -x_0\rx' = foo(x)\r")
    assert infix(read(path)) == ["-2*x_0", "x_1 | -x_0"]
    assert [s.where for s in read(path).skipped] == ["line 3, column 6"]
    assert len(read(write(tmp_path, "old.csv", "equations,x0\rx' = -x,[1]\rx' = -2x,[2]\r")).systems) == 2


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"equations": "x' = -x", "t_end": 1e300}, "at most 1e+100"),
        ({"equations": "x' = -x", "x0": [1, 2]}, "'x0' needs 1 value (x), not 2"),
        ({"equations": ["x_1", "-x_0"], "x0": [[1, 2], [1]]}, "'x0' needs 2 values (x_0, x_1), not 1"),
        ({"equations": "x' = -x", "x0": [float("nan")]}, "not a finite number"),
        ({"equations": "x' = -x", "x0": [float("inf")]}, "not a finite number"),
        ({"equations": "x' = -x", "x0": [10**400]}, "not a finite number"),
        ({"equations": "x' = -x", "x0": ["1"]}, "is a text, not a number"),
        ({"equations": "x' = -x", "x0": [True]}, "is true, not a number"),
        ({"equations": "x' = -x", "x0": []}, "not an empty list"),
        ({"equations": "x' = -x", "x0": {"x": 1}}, "not an object"),
        ({"equations": "x' = -x", "x0": [1, [2]]}, "mixes numbers and lists"),
        ({"equations": "x' = -x", "t_end": 0}, "must be positive"),
        ({"equations": "x' = -x", "t_end": float("nan")}, "not a finite number"),
        ({"equations": "x' = -x", "t_end": "soon"}, "not a number"),
        ({"equations": "x' = -x", "name": ["a"]}, "'name' is a text, not a list"),
        ({"equations": "x' = -x", "ranges": [[0, 1]]}, "not 'ranges'"),
        ({"equations": 3}, "a text or a list of texts, not a number"),
        ({"equations": None}, "not null"),
        ({"equations": []}, "not an empty list"),
        ({"equations": ["x_1", 2]}, "item 2 is a number, not a text"),
        ({"equations": ["x_1", "-x_0 + q"]}, "equations item 2, column 8: unknown variable 'q'"),
        ({"equations": "__import__('os').system('true')"}, "column 1"),
        ({"name": "x"}, "has no 'equations'"),
        ({"substituted": [], "init": [[1]]}, "'substituted' is a list"),
        ({"substituted": [["-x_0"]], "init": "no"}, "not a text"),
        ([1, 2], "not a list"),
        (None, "not null"),
        ("x' = -x", "not a text"),
    ],
)
def test_a_bad_record_is_skipped_and_says_why(tmp_path: Path, record: object, reason: str) -> None:
    path = write(tmp_path, "r.json", json.dumps([RECORDS[0], record, RECORDS[0]]))
    reading = read(path)
    assert len(reading.systems) == 2
    (skip,) = reading.skipped
    assert skip.where == "record 2"
    assert reason in skip.reason
    assert "\n" not in str(skip)


def test_csv_rows_are_skipped_by_line(tmp_path: Path) -> None:
    content = "equations,x0\nx' = -x,[1]\nx' = -x,[1\nx' = -x,1,2\n\"x'\n= -x\",[2]\nx' = foo(x),\nx' = -x,3\n"
    reading = read(write(tmp_path, "t.csv", content))
    assert [s.x0 for s in reading.systems] == [((1.0,),), ((2.0,),), ((3.0,),)]
    assert [s.where for s in reading.skipped] == ["line 3", "line 4", "line 7"]


def test_jsonl_lines_say_the_column(tmp_path: Path) -> None:
    reading = read(write(tmp_path, "t.jsonl", json.dumps(RECORDS[0]) + '\n{"equations": }\n\n' + "[" * 5000 + "\n"))
    assert [s.where for s in reading.skipped] == ["line 2, column 15", "line 4, column 1"]


def test_control_characters_reach_no_message(tmp_path: Path) -> None:
    record = {"equations": "x' = \x1b[2J\n\x07x", "name": "a\x1b]0;b\nc"}
    reading = read(write(tmp_path, "t.json", json.dumps([record, {**record, "equations": DECAY}])))
    assert reading.systems[0].name.isprintable()
    assert str(reading.skipped[0]).isprintable()


# ---------------------------------------------------------------- what is an error


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", b"", "is empty"),
        ("a.json", b"", "is empty"),
        ("a.txt", b"\x7fELF\0\0\1", "is binary"),
        ("a.json", b"[\0]", "is binary"),
        ("a.csv", "x' = -x".encode("utf-16"), "is binary"),
        ("a.json", b"[\xff]", "is no UTF-8 text"),
        ("a.txt", b"\xff\xfe\xfd", "nothing readable; 1 skipped, the first: line 1: is no UTF-8 text"),
        ("a.txt", b"# only this\n\n", "holds no system"),
        ("a.txt", b"x' = foo(x)\n", "nothing readable; 1 skipped, the first: line 1, column 6: unknown function 'foo'"),
        ("a.json", b"[]", "holds no system"),
        ("a.json", b"[\n {,}]", "line 2, column 3: malformed JSON"),
        ("a.json", b"[" * 100_000, "nested too deep"),
        ("a.json", b"[" + b"1" * 5000 + b"]", "too many digits"),
        ("a.json", b"3", "a JSON source is a list of records"),
        ("a.csv", b"name,x0\na,1\n", "no column 'equations' (columns: name, x0"),
        ("a.csv", b"equations,x0,x0\nx,1,2\n", "two columns 'x0'"),
        ("a.parquet", b"PAR1 not really PAR1", "is no readable parquet file"),
        ("a.py", b"print()", "unknown kind of file '.py'; known are .txt, .json, .jsonl, .csv, .parquet"),
        ("a", b"x", "unknown kind of file '(no suffix)'"),
    ],
)
def test_errors_of_the_whole_file(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(SourceError) as found:
        read(path)
    assert message in str(found.value)
    assert str(found.value).startswith(str(path)[:50])
    assert "\n" not in str(found.value)


def test_errors_of_the_path(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    os.mkfifo(tmp_path / "pipe.txt")
    cases = {
        "missing.txt": "no such file",
        "folder.txt": "is a folder",
        "pipe.txt": "not a regular file",
        "a\0b.txt": "no such file|cannot be read",
    }
    for name, message in {**cases, "x" * 5000 + ".txt": "cannot be read"}.items():
        with pytest.raises(SourceError, match=message):
            read(str(tmp_path) + "/" + name)


def test_a_line_of_ten_megabytes_is_skipped_fast(tmp_path: Path) -> None:
    path = write(tmp_path, "long.txt", f"{DECAY}\n{'x+' * 5_000_000}\n{DECAY}\n" + "y" * 200_000)
    start = time.perf_counter()
    reading = read(path)
    assert time.perf_counter() - start < 20
    assert len(reading.systems) == 2
    assert [s.where for s in reading.skipped] == ["line 2, column 100001", "line 4, column 100001"]
    assert "longer than 100,000 bytes (10,000,001)" in reading.skipped[0].reason


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_the_line_limit_is_exact(tmp_path: Path, end: bytes) -> None:
    def line(length: int) -> bytes:
        return b"x' = -x" + b" " * (length - 7) + end

    assert len(read(write(tmp_path, "a.txt", line(MAX_LINE))).systems) == 1
    with pytest.raises(SourceError, match="longer than"):
        read(write(tmp_path, "b.txt", line(MAX_LINE + 1)))


text_like = st.text("x_01'=+-*/^()|@#,;\"[]{}: \n\r\tnT.eqautions", max_size=200).map(str.encode)
KEYS = st.sampled_from(["equations", "x0", "t_end", "name", "substituted", "init", "id", "ranges"])
json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["-x_0", DECAY]),
    lambda v: st.lists(v, max_size=4) | st.dictionaries(KEYS, v, max_size=5),
    max_leaves=15,
).map(lambda v: json.dumps(v).encode())
contents = st.one_of(st.binary(max_size=300), text_like, json_like)


def messages(path: Path, domain: str = "ode") -> list[str]:
    """What reading the file says; anything but a KappabarError fails the test."""
    try:
        reading = read(path, domain)
    except KappabarError as e:
        return [str(e)]
    assert reading.systems
    return [str(skip) for skip in reading.skipped]


@tmp_ok
@given(st.sampled_from(sorted(FORMATS)), contents, st.sampled_from(["ode", "function"]))
def test_no_bytes_raise_anything_but_our_errors(tmp_path: Path, suffix: str, content: bytes, domain: str) -> None:
    path = write(tmp_path, f"fuzz{suffix}", content)
    assert all("\n" not in message for message in messages(path, domain))


@tmp_ok
@given(st.binary(max_size=40), st.integers(0, 2000))
def test_damaged_parquet_raises_nothing_else(tmp_path: Path, damage: bytes, at: int) -> None:
    path = tmp_path / "d.parquet"
    parquet(path)
    raw = bytearray(path.read_bytes())
    at %= len(raw)
    raw[at : at + len(damage)] = damage
    path.write_bytes(raw)
    assert all("\n" not in message for message in messages(path))


@given(st.text())
def test_one_line_is_one_printable_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    assert len(line) <= 300
