"""The example of a domain of one's own: Boolean formulas. κ by brute force, the tutorial's code, and the way through every
command's job."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kappabar.cli.terminal import show_simulation
from kappabar.evaluate.check.run import check
from kappabar.evaluate.commands.kappa import kappa
from kappabar.evaluate.domains.domain import Domain, domain
from kappabar.evaluate.domains.sources import load
from kappabar.evaluate.edits.plausible_model import _sampler
from kappabar.evaluate.expression.parse import parse, parsed_document
from kappabar.evaluate.expression.simulate import simulate
from kappabar.evaluate.expression.tokenize import tokenize
from kappabar.evaluate.kappa.edit_graph import edit_graph
from kappabar.evaluate.kappa.writing import writing
from kappabar.evaluate.quality.measures.quality import _item
from kappabar.evaluate.quality.measures.rows import measured
from kappabar.evaluate.quality.task.observe import columns_of, curves
from kappabar.evaluate.quality.task.outcomes import SampleOutcome, score
from kappabar.evaluate.quality.task.task import TaskConfig, build_task
from kappabar.evaluate.semantics.base import Status
from kappabar.evaluate.semantics.values import Values
from kappabar.grammars.errors import ParseError, SourceError, SpecError
from kappabar.grammars.operators import Operator, operators
from kappabar.grammars.print.printers import to_latex
from kappabar.grammars.text.own import TextReader
from kappabar.grammars.tree import Node, System, number, variable
from kappabar.tokenizers.base import Invalid

ROOT = Path(__file__).parents[3]
NAME = "examples.boolean:BOOLEAN"
PAGE = ROOT / "docs" / "tutorials" / "own-domain.md"


def test_a_text_of_ones_own_alphabet_is_a_source(boolean: Domain) -> None:
    loaded = load(["x_0 and (x_1 or not x_0)"], boolean)
    assert [s.tree for s in loaded.systems] == [boolean.parse("x_0 and (x_1 or not x_0)").tree]
    for wrong, said in (("bnak", "did you mean 'bank'"), ("x_0 and and", "cannot be read"), ("no/such place", "no/such place")):
        with pytest.raises(SourceError, match=said):
            load([wrong], boolean)


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
    found = curves(boolean, [system], [setting], [y], 4, 3)
    assert columns_of(system, boolean) == 3
    assert found.values[0].tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 0], [1, 1, 1]]
    assert found.measured[0].tolist() == [1, 0, 0]


def test_only_trees_of_its_variables_are_comparable(boolean: Domain) -> None:
    system = boolean.parse("a and b")
    assert boolean.comparable(Node("|", (variable(1),)), system)
    assert not boolean.comparable(Node("|", (variable(2),)), system)


def test_rows_and_graphs_are_written_in_the_domains_words(boolean: Domain) -> None:
    chosen = boolean.representation("prefix", boolean.corpus(), [boolean.parse("a and b").tree])
    system = boolean.parse("a xor (b and not a)")
    text = "x_0 xor x_1 and not x_0"
    assert measured(chosen, system.tree, system.tree, SampleOutcome("ok", 1.0), 6, 0.0)["text"] == text
    task = build_task(boolean, TaskConfig(n_train=40, n_val=4, n_test=6, points=32), 3)
    target = _item(task, boolean.representation("prefix", boolean.corpus(), [s.system.tree for s in task.items]), 0, 0, 0)[
        "target"
    ]
    assert boolean.parse(target).tree == task.items[0].system.tree
    graph = edit_graph("prefix", system, boolean, limit=20)
    assert graph.to_frame()["leader"][0] == text == graph.graph.nodes[0]["leader"]


def test_what_stands_before_an_equation_is_no_variable_where_there_are_inputs(boolean: Domain) -> None:
    for text in ("a and b", "not a"):
        system = boolean.parse(text)
        chosen = boolean.representation("prefix", boolean.corpus(), [system.tree])
        assert writing(chosen, system, boolean.closed).lhs == ("value = ",)
    assert writing(chosen, system, True).lhs == ("a: ",)
    assert writing(chosen, boolean.parse("a and b")).lhs == ("value = ",)


@pytest.mark.parametrize(("text", "name"), [("not a", NAME), ("y = sin(x)", "function"), ("x[n+1] = x/2 @ x=1; T=3", "map")])
def test_the_column_of_a_value_is_no_variable(text: str, name: str, boolean: Domain, capsys: pytest.CaptureFixture[str]) -> None:
    found = simulate(text, domain=boolean if name == NAME else name)
    label = "x" if name == "map" else "value"
    assert found.to_frame().columns == ["start", "t", label]
    show_simulation(found)
    assert re.search(rf"^1 +{label} ", capsys.readouterr().out, re.MULTILINE)


def test_a_closed_domain_says_so_to_its_reader(boolean: Domain) -> None:
    closed = replace(boolean, closed=True)
    with pytest.raises(ParseError, match="2 variables, but 1 equation"):
        closed.parse("a xor b")
    assert replace(closed, closed=False).parse("a xor b").dim == 2


@pytest.mark.parametrize("name", ["ode", "map", "function"])
def test_a_built_in_domains_name_is_taken(name: str, boolean: Domain) -> None:
    with pytest.raises(SpecError, match=f"cannot be called '{name}'"):
        replace(boolean, name=name)
    assert replace(domain(name), metric="attractor").name == name


def _lost(*_: Any) -> Any:
    raise LookupError("nothing\nhere")


@pytest.mark.parametrize(
    ("value", "inputs", "said"),
    [
        (_lost, None, "φ: value '_lost' raises LookupError: nothing here"),
        (lambda tree, table: table, None, r"gives shape \(4, 2\) for 4 inputs"),
        (lambda tree, table: np.ones(3), None, r"gives shape \(3,\)"),
        (lambda tree, table: "true", None, "raises ValueError"),
        (None, _lost, "φ: inputs '_lost' for 2 variables raises LookupError: nothing here"),
        (None, lambda n: [[0.0], [0.0, 1.0]], "raises ValueError"),
    ],
)
def test_a_mistake_in_a_meaning_is_told_in_one_line(boolean: Domain, value: Any, inputs: Any, said: str) -> None:
    phi: Any = boolean.semantics
    broken = replace(boolean, semantics=Values(value or phi.value, inputs or phi.inputs))
    with pytest.raises(SpecError, match=said) as caught:
        simulate("a and b", domain=broken)
    assert "\n" not in str(caught.value)


def test_a_constant_may_be_one_number(boolean: Domain) -> None:
    constant = replace(boolean, semantics=Values(lambda tree, table: np.float64(1.0), boolean.semantics.inputs))  # type: ignore[attr-defined]
    assert simulate("a and b", domain=constant).y.ravel().tolist() == [1.0] * 4


class _Sampler:
    def __init__(self, made: Any) -> None:
        self.made = made

    def draw(self, rng: np.random.Generator) -> Any:
        return self.made(rng)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (_lost, "sampler '_Sampler' raises LookupError: nothing here"),
        (lambda rng: variable(0), "draws a Node; it must draw a kappabar System"),
        (lambda rng: System(variable(0), ("x_0",), "boolean"), r"whose tree is a 'x_0'; make it with system\("),
    ],
)
def test_a_mistake_in_a_sampler_is_told_in_one_line(boolean: Domain, made: Any, said: str) -> None:
    broken = replace(boolean, sampler=_Sampler(made))
    for use in (lambda: load(["sample:3"], broken), lambda: check("prefix", broken, examples=1)):
        with pytest.raises(SourceError, match=said) as caught:
            use()
        assert "\n" not in str(caught.value)


def test_a_broken_grammar_is_the_domains_error_at_once(boolean: Domain, tmp_path: Path) -> None:
    file = tmp_path / "formulas.txt"
    file.write_text("a and b\n" * 3, encoding="utf-8")
    reader: Any = boolean.parse
    for grammar in (reader.grammar.replace("?either: any", "?either: many"), reader.grammar.replace("-> xor", "-> either_or")):
        broken = replace(boolean, parse=replace(reader, grammar=grammar))
        file.write_text("a xor b\n" * 3, encoding="utf-8")
        with pytest.raises(SpecError, match="the grammar") as caught:
            load([str(file)], broken)
        assert "skipped" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "lost"),
    [(("", ""), None), (("  -> not", ""), "'not'"), (("  -> and", "  -> conjunction"), "'and'")],
)
def test_operators_that_no_rule_builds_are_told_once(
    boolean: Domain, change: tuple[str, str], lost: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    reader: Any = boolean.parse
    changed = replace(reader, grammar=reader.grammar.replace(*change) if change[0] else f"{reader.grammar}\n")
    for _ in range(2):
        changed("a or b")
    assert [lost in r.getMessage() for r in caplog.records] == ([] if lost is None else [True])


def _constant(tree: Node, inputs: np.ndarray) -> np.ndarray:
    assert inputs.shape == (3, 0)
    return np.array([tree.symbol == "yes", tree.size, tree.depth], dtype=float)


def test_a_domain_needs_no_variables() -> None:
    alphabet = operators(Operator("both", 2, "infix", 1), Operator("yes", 0), Operator("no", 0))
    reader = TextReader("answers", '?start: one | start "both" one -> both\n?one: NAME\nNAME: /yes|no/\n%ignore " "', alphabet)
    place = Domain("answers", reader, Values(_constant, lambda n: np.zeros((3, n))), closed=False, operators=alphabet)
    found: Any = kappa(["prefix", "infix"], [place.parse("yes both no"), System(place.parse("no").tree, ())], domain=place)
    assert all(len(k.measured) == 2 and k.validity.value > 0 for k in found)
    assert simulate("yes", domain=place).as_dict()["inputs"] == [[], [], []]


def test_values_beyond_the_box_stay_at_its_edge_and_those_that_are_none_are_undefined() -> None:
    phi = Values(lambda tree, table: tree.value * table[:, 0], lambda n: np.array([[1.0], [-1.0]]))
    trees = [Node("|", (number(v),)) for v in (2.0, 1e9, np.inf, np.nan)]
    setting = phi.setting(System(trees[0], ("x_0",), "mine"), box=10.0)
    found = phi.simulate(trees, setting)
    assert found.y[:3, 0, :, 0].tolist() == [[2.0, -2.0], [10.0, -10.0], [10.0, -10.0]]
    assert np.isnan(found.y[3]).all()
    assert [Status(int(s)) for s in found.status.max(axis=-1)] == [Status.OK, Status.DIVERGED, Status.DIVERGED, Status.UNDEFINED]


def test_a_division_by_zero_in_a_meaning_is_undefined_and_not_unresolved() -> None:
    phi = Values(lambda tree, table: np.array([1 / float(x) for (x,) in table]), lambda n: np.array([[1.0], [0.0]]))
    trees = [Node("|", (number(2.0),))]
    assert phi.simulate(trees, phi.setting(System(trees[0], ("x_0",), "mine"))).status == Status.UNDEFINED


def test_plausible_edits_learn_from_the_domains_own_sampler(boolean: Domain) -> None:
    assert _sampler(boolean, {5: 3}) is boolean.sampler


def test_latex_of_a_constant_is_its_name() -> None:
    alphabet = operators(Operator("top", 0), Operator("and", 2, "infix"), numbers=True)
    assert to_latex(Node("and", (Node("top"), variable(0))), None, alphabet) == r"\mathrm{top}\mathbin{\mathrm{and}}x_{0}"
