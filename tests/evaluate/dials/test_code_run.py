"""A study that turns κ̄ alone, from the command's function to its page: with four words, and few trainings that learn little."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from kappabar import compare
from kappabar.evaluate.commands.report import report
from kappabar.evaluate.dials import parts
from kappabar.evaluate.dials.code import design, tasks
from kappabar.evaluate.dials.code.codes import Shape
from kappabar.evaluate.dials.code.judging import said, slopes
from kappabar.evaluate.dials.code.learning import ENDS, reached
from kappabar.evaluate.dials.code.plan import CodeDial, CodePlan
from kappabar.evaluate.dials.run import Dialed
from kappabar.evaluate.quality.training import train as training
from kappabar.evaluate.results.files import read_json, write_json
from kappabar.evaluate.study.plan import STUDIES
from kappabar.evaluate.tables.dials import CODE_DIAL
from kappabar.grammars.errors import OutputError, SpecError

SMALL = CodeDial(name="dial:code", title="Small", main=2, beside=0, longer=1, budget="tiny", shape=Shape(2, 2))


@pytest.fixture(scope="module")
def small() -> Any:
    """Six trainings of main levels, and one that goes on longer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(STUDIES, "dial:code", SMALL)
        patch.setattr(design, "SHARES", (0.5,))
        yield patch


@pytest.fixture(scope="module")
def done(small: Any, tmp_path_factory: pytest.TempPathFactory) -> Dialed:
    folder = tmp_path_factory.mktemp("dial") / "run"
    found = compare(study="dial:code", out=folder, seed=3)
    assert isinstance(found, Dialed)
    return found


def test_every_training_has_a_row_and_says_what_became_of_it(done: Dialed) -> None:
    assert [row["draw"] for row in done.rows] == list(range(7))
    for row in done.rows:
        assert (row["status"] == "ok") == (row["quality"] is not None), "a table that was not learned is an outcome"
        assert sum(row[f"place_{i}"] for i in (1, 2)) == pytest.approx(sum(done.rows[0][f"place_{i}"] for i in (1, 2)))
        longer = row["role"] == "longer" and row["status"] == "ok"
        assert [row[f"share_{n}"] is not None for n in ENDS] == [longer] * len(ENDS)
    assert len({row["tokens"] for row in done.rows}) == 1, "length is the same under all tables"
    assert [row["kind"] for row in done.rows].count("longer") == 1


def test_what_is_there_is_not_made_again_and_the_page_is_its_tables(done: Dialed, small: Any) -> None:
    folder = done.folder
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    part = folder / "parts" / "0004.json"
    kept = part.read_bytes()
    part.unlink()
    cut = report(folder)
    assert isinstance(cut, Dialed) and any(one.startswith("Not finished: 6 of 7") for one in cut.lines())
    begun: list[Any] = []
    train = training.train
    small.setattr(training, "train", lambda *a, **more: begun.append(more["start"]) or train(*a, **more))
    again = compare(study="dial:code", out=folder, seed=3, resume=True)
    assert len(begun) == 1 and begun[0], "it begins with what copying left"
    assert part.read_bytes() == kept
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert again.lines() == done.lines() and "## Levels" in (folder / "index.md").read_text(encoding="utf-8")
    assert json.loads(json.dumps(done.as_dict()))["rows"][0]["level"] == "redrawn"
    with pytest.raises(OutputError, match="holds another study"):
        compare(study="dial:code", out=folder, seed=4, resume=True)
    header = read_json(folder / "study.json")
    for name, other in (("values", [0.1, 10.0]), ("levels", ["redrawn"])):  # as another version may have had them
        write_json(folder / "study.json", header | {name: other})
        with pytest.raises(OutputError, match="holds another study"):
            compare(study="dial:code", out=folder, seed=3, resume=True)
    (folder / "study.json").write_bytes(before["study.json"])


def test_what_is_kept_of_a_study_is_enough_for_its_page(done: Dialed, small: Any, tmp_path: Path) -> None:
    for name in ("study.json", "protocol.toml", CODE_DIAL.name):
        (tmp_path / name).write_bytes((done.folder / name).read_bytes())
    report(tmp_path)
    for name in ("index.md", "quality.svg", "copying.svg"):
        assert (tmp_path / name).read_bytes() == (done.folder / name).read_bytes()


def test_a_study_goes_on_from_its_table_alone(done: Dialed, small: Any, tmp_path: Path) -> None:
    """What is kept of it between two machines: the header and the table, finished or not."""
    cut, kept = Path(shutil.copytree(done.folder, tmp_path / "cut")), tmp_path / "kept"
    (cut / "parts" / "0003.json").unlink()
    tasks.SHARED.forget()
    report(cut)
    kept.mkdir()
    for name in ("study.json", CODE_DIAL.name):
        shutil.copy(cut / name, kept)
    begun: list[int] = []
    train = training.train
    small.setattr(training, "train", lambda *a, **more: begun.append(1) or train(*a, **more))
    again = compare(study="dial:code", out=kept, seed=3, resume=True)
    assert len(begun) == 1 and again.lines()[:-1] == done.lines()[:-1]
    for path in sorted((done.folder / "parts").glob("[0-9]*.json")):
        assert (kept / "parts" / path.name).read_bytes() == path.read_bytes(), path.name
    assert (kept / CODE_DIAL.name).read_bytes() == (done.folder / CODE_DIAL.name).read_bytes()
    altered = tmp_path / "altered"
    altered.mkdir()
    shutil.copy(cut / "study.json", altered)
    shutil.copy(done.folder / CODE_DIAL.name, altered)  # another study's table, or one that was altered
    with pytest.raises(OutputError, match="checksum is another"):
        compare(study="dial:code", out=altered, seed=3, resume=True)


def test_a_damaged_part_is_told(done: Dialed, small: Any, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "study.json").write_bytes((done.folder / "study.json").read_bytes())
    row = json.loads((done.folder / "parts" / "0000.json").read_text(encoding="utf-8"))["rows"][0]
    (tmp_path / "parts" / "0000.json").write_text(json.dumps({"rows": [row | {"kappa": "high"}]}), encoding="utf-8")
    with pytest.raises(OutputError, match="damaged"):
        report(tmp_path)


def test_what_was_not_trained_in_a_study_is_no_part_of_it(done: Dialed, small: Any, tmp_path: Path) -> None:
    """A flipped bit, another study's part and another training's: neither a resume nor a page takes it."""
    folder = Path(shutil.copytree(done.folder, tmp_path / "run"))
    path, moves = folder / "parts" / "0002.json", folder / "parts" / "distance.json"
    whole, document, distances = path.read_bytes(), read_json(path), read_json(moves)

    def told(words: str, *, page: bool = True) -> None:
        asked = [lambda: compare(study="dial:code", out=folder, seed=3, resume=True), *[lambda: report(folder)] * page]
        for ask in asked:
            tasks.SHARED.forget()
            with pytest.raises(OutputError, match=words) as caught:
                ask()
            assert "\n" not in str(caught.value)

    path.write_bytes(whole.replace(b'"kappa": 0.', b'"kappa": 1.'))
    told("cannot read .*0002")
    write_json(path, document | {"made": document["made"] | {"run": "0" * 16}})
    told("0002.json is of another run; delete it")
    write_json(path, read_json(folder / "parts" / "0003.json"))
    told("0002.json is damaged: it is of another training")
    path.write_bytes(whole)
    write_json(moves, distances | {"made": distances["made"] | {"run": "0" * 16}})
    told("distance.json is of another run", page=False)
    write_json(moves, distances | {"distance": distances["distance"][1:]})
    told("distance.json is damaged: it is not of 4 values", page=False)
    shutil.rmtree(folder / "parts")
    report(folder)
    data = bytearray((folder / CODE_DIAL.name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / CODE_DIAL.name).write_bytes(data)
    with pytest.raises(OutputError, match="was altered or damaged"):
        report(folder)


def test_a_study_gone_on_with_by_other_versions_has_a_page(done: Dialed, small: Any, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(done.folder, tmp_path / "run"))
    header = read_json(folder / "study.json")
    write_json(folder / "study.json", header | {"earlier_versions": [header["versions"] | {"numpy": "1"}]})
    assert report(folder).rows == done.rows


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"model": "3M"}, "leave --model out"), ({"budget": "huge"}, "unknown budget"), ({"domain": "ode"}, "leave --domain out")],
)
def test_what_the_protocol_sets_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        compare(study="dial:code", **wrong)
    with pytest.raises(SpecError, match="leave -r and --data out"):
        compare(["prefix"], study="dial:code")


def planted(slope: float, spread: float = 0.0) -> list[dict[str, Any]]:
    """Rows of a study without noise but for what keeps an error from being none."""
    rows: list[dict[str, Any]] = []
    for i in range(24):
        kappa, early = 0.2 + 0.3 * (i % 8) / 7, (i % 3) / 2
        noise = spread * (-1) ** i
        rows.append(
            {
                "role": "main", "kappa": kappa, "early": early, "status": "ok", "copied": 1.0,
                "quality_share": 0.7 + slope * kappa + noise, "copy_examples": 2.0 ** (10 + 4 * kappa),
            }
        )  # fmt: skip
    return rows


def test_sentences_say_the_verdict_and_no_more() -> None:
    for slope, words in ((-0.5, "supported"), (0.5, "contradicted"), (0.01, "equivalent to nothing")):
        told = said(planted(slope, 0.01), 24)
        assert f"at this budget: {words}." in told[0] and "nothing of a ceiling" in told[1]
    assert "+0.40" in said(planted(0.0, 0.01), 24)[2], "doublings for 0.1 of κ̄"
    poor = [row | {"quality_share": row["quality_share"] - 0.8} for row in planted(0.0, 0.01)]
    assert said(poor, 24) == said(poor, 24)[:1] and said(poor, 24)[0].startswith("No verdict: what has not learned")
    assert said(planted(0.0)[:3], 24)[0].startswith("Not finished: 3 of 24")
    failed = [row | {"status": "stopped", "quality_share": None} for row in planted(0.0)]
    assert said(failed, 24)[0].startswith("Undecided") and slopes(failed)["quality_share"] is None


def test_what_more_training_does_and_what_correction_does_are_told_beside_it() -> None:
    ends = {"low": (0.2, {1: 0.4, 4: 0.6, 16: 0.7}, 2000.0), "high": (0.5, {1: 0.2, 4: 0.5, 16: 0.65}, 8000.0)}
    longer = [
        {"role": "longer", "level": name, "kappa": kappa + 0.001 * i, "early": 0.5, "status": "ok", "copied": 1.0,
         "copy_examples": 900, "examples_to": examples * 2**i, "quality_share": shares[16],
         **{f"share_{n}": q for n, q in shares.items()}}
        for name, (kappa, shares, examples) in ends.items()
        for i in (-1, 1)
    ]  # fmt: skip
    corrected = [row | {"role": "corrected", "quality_share": 0.9 - 0.3 * row["kappa"]} for row in planted(0.0, 0.01)[:9]]
    told = said([*planted(-0.5, 0.01), *longer, *corrected], 37)
    assert "0.400 and 0.200 at 1, 0.600 and 0.500 at 4, 0.700 and 0.650 at 16 times the budget" in told[-1]
    assert "until it is 0.5: 2,000 and 8,000." in told[-1]
    assert "the slope on the table's own level is -0.030 (-0.030 to -0.030)" in told[-2]
    assert "less the tested one +0.022 (" in told[-2]
    soon = [row | {"share_1": 0.55, "examples_to": 900.0} if row["level"] == "low" else row for row in longer]
    assert "until it is 0.5: at most 900 and 8,000." in said([*planted(-0.5, 0.01), *soon], 28)[-1]
    none = [row | {"share_4": None} for row in longer]
    assert not any("longer training" in one for one in said([*planted(-0.5, 0.01), *none], 28))
    never = [row | {"examples_to": None} if row["level"] == "high" else row for row in longer]
    assert "2,000 and not reached by all" in said([*planted(-0.5, 0.01), *never], 28)[-1]


def test_examples_until_a_quality_are_read_off_the_curve() -> None:
    curve = {100: 0.1, 200: 0.3, 400: 0.7, 800: 0.6}
    assert reached(curve, 0.5) == pytest.approx(200 * 2**0.5) and reached(curve, 0.3) == 200.0
    assert reached(curve, 0.1) == 100.0 and reached(curve, 0.05) == 100.0
    assert reached(curve, 0.8) is None and reached({}, 0.5) is None


def test_a_plan_comes_back_from_its_document() -> None:
    plan = CodePlan(main=2, beside=1, corrected=1, longer=1, budget="tiny", base=2, places=2, seed=5)
    assert CodePlan.from_dict(plan.as_dict()) == plan and plan.design.shape == Shape(2, 2)
    assert parts.HEADER == "study.json"
