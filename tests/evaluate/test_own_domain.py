"""The example of a domain of one's own: Boolean formulas. κ by brute force, the tutorial's code, and the way through every command's job."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kappabar.evaluate.check.run import check
from kappabar.evaluate.domains import Domain, domain
from kappabar.evaluate.jobs import kappa, parse, parsed_document, tokenize
from kappabar.evaluate.ntp.observe import columns_of, curves
from kappabar.evaluate.ntp.score import score
from kappabar.evaluate.ntp.task import TaskConfig, build_task
from kappabar.evaluate.sources import load
from kappabar.grammars.errors import ParseError, SpecError
from kappabar.grammars.tree import Node, variable
from kappabar.tokenizers.base import Invalid

ROOT = Path(__file__).parents[2]
NAME = "examples.boolean:BOOLEAN"
PAGE = ROOT / "docs" / "tutorials" / "own-domain.md"


@pytest.fixture(scope="module")
def boolean() -> Domain:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return domain(NAME)


@pytest.mark.skipif(not PAGE.is_file(), reason="the tutorials are not beside this suite")
def test_the_example_is_short_and_is_the_tutorials_code() -> None:
    code = (ROOT / "examples" / "boolean.py").read_text("utf-8")
    assert len([line for line in code.splitlines() if line.strip()]) < 100
    (block,) = re.findall(r"<!-- file: boolean.py -->\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert block == code


# An evaluator of its own: Python's operators on the prefix tokens, one row of the truth table at a time.
def _value(tokens: list[str], row: tuple[bool, ...]) -> bool | None:
    """The value of a prefix sequence, or None where it is none."""
    stack: list[bool] = []
    for token in reversed(tokens):
        if token.startswith("x_"):
            stack.append(row[int(token[2:])])
        elif token == "not" and stack:
            stack.append(not stack.pop())
        elif token != "not" and len(stack) > 1:
            a, b = stack.pop(), stack.pop()
            stack.append({"and": a and b, "or": a or b, "xor": a != b}[token])
        else:
            return None
    return stack[0] if len(stack) == 1 else None


@pytest.mark.parametrize("text", ["p and q", "p or not q", "(p xor q) and not r"])
def test_kappa_is_the_brute_force_over_truth_tables(boolean: Domain, text: str) -> None:
    system = boolean.parse(text)
    measured: Any = kappa("prefix", [system], domain=boolean, edits_per_expression=None)
    n = system.dim
    words = ["xor", "or", "and", "not", *(f"x_{i}" for i in range(n))]
    original = tokenize(system, "prefix", boolean)
    tokens = [t.text for t in original.tokens]
    substituted = {(*tokens[:i], w, *tokens[i + 1 :]) for i in range(len(tokens)) for w in words}
    inserted = {(*tokens[:i], w, *tokens[i:]) for i in range(len(tokens) + 1) for w in words}
    deleted = {(*tokens[:i], *tokens[i + 1 :]) for i in range(len(tokens))}
    neighbors = (substituted | inserted | deleted) - {tuple(tokens)}
    rows = list(product([False, True], repeat=n))
    truth = [_value(tokens, row) for row in rows]
    distances = []
    for other in neighbors:
        values = [_value(list(other), row) for row in rows]
        if None not in values:
            distances.append(sum(a != b for a, b in zip(truth, values, strict=True)) / len(rows))
    assert measured.measured[0].size == len(neighbors) and measured.exact
    assert measured.measured[0].n_valid == len(distances)
    assert measured.mean.value == pytest.approx(np.mean(distances), abs=1e-12)
    assert measured.sup.value == max(distances)
    assert measured.fidelity_error.value == 0.0 and measured.metric == "disagreement"


def test_texts_are_read_and_written_in_the_domains_own_words(boolean: Domain) -> None:
    document = parsed_document(parse("a and (b or ~c) ^ d", boolean), boolean)
    assert document["equations"] == ["x_0 and (x_1 or not x_2) xor x_3"]
    assert document["variables"] == ["a", "b", "c", "d"]
    with pytest.raises(ParseError, match="line 2, column 5"):
        parse("a and\n  b c", boolean)


def test_files_and_samples_are_sources(boolean: Domain, tmp_path: Path) -> None:
    file = tmp_path / "formulas.txt"
    file.write_text("a and b\na and\n# a remark\nnot (a | b)\n", encoding="utf-8")
    loaded = load([str(file), "sample:5"], boolean)
    assert len(loaded.systems) == 7 and len(loaded.skipped) == 1
    assert loaded.systems[2:] == load(["sample:5"], boolean).systems  # the same seed, the same formulas
    assert boolean.sources == ("sample:64",)


def test_the_domains_metric_goes_by_its_name(boolean: Domain) -> None:
    assert boolean.distance().name == boolean.distance("disagreement").name == "disagreement"
    assert boolean.distance("bounded-l2").d_max == 1.0
    with pytest.raises(SpecError, match="boolean has disagreement"):
        boolean.distance("disagree")


@pytest.mark.parametrize("spec", ["prefix", "tree", "infix"])
def test_representations_keep_their_promises_under_it(boolean: Domain, spec: str) -> None:
    result = check(f"representation={spec}", boolean, examples=15)
    assert result.ok, "\n".join(result.lines())
    assert not [o.name for o in result.outcomes if o.untried], "each is tried on formulas of its own sampler"


def test_what_is_learned_and_how_it_is_scored(boolean: Domain) -> None:
    task = build_task(boolean, TaskConfig(n_train=40, n_val=4, n_test=6, points=32), 3)
    assert task.columns == 1 + 5  # the value and five inputs
    assert task.train.curves.values.shape == (len(task.train), 32, 6)
    item = task.items[0]
    assert np.array_equal(task.test.curves.values[0, :, 0], item.truth[0, :, 0])  # 32 rows, 32 points
    assert np.array_equal(task.test.curves.values[0, :, 1:], item.setting.x0)
    truth, opposite = item.system.tree, Node("|", (Node("not", (item.system.tree.children[0],)),))
    outcomes = score(boolean, [item] * 3, [truth, opposite, Invalid("none", 0)])
    assert [o.q for o in outcomes] == [1.0, 0.0, 0.0]


def test_inputs_are_observed_where_a_domain_is_not_closed(boolean: Domain) -> None:
    system = boolean.parse("a and b")
    setting = boolean.semantics.setting(system)
    y = boolean.semantics.simulate([system.tree], setting).y[0]
    found = curves([system], [setting], [y], 4, 3, closed=False)
    assert columns_of(system, closed=False) == 3
    assert found.values[0].tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 1, 1]]
    assert found.measured[0].tolist() == [1, 0, 0]


def test_only_trees_of_its_variables_are_comparable(boolean: Domain) -> None:
    system = boolean.parse("a and b")
    assert boolean.comparable(Node("|", (variable(1),)), system)
    assert not boolean.comparable(Node("|", (variable(2),)), system)
