"""Signs and whole exponents: every way to write one thing is read as one tree, and none changes a value."""

import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kappabar.grammars.constant import constant_value
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import ParseError
from kappabar.grammars.files.readers import read as read_file
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.text.canonical import canonical
from kappabar.grammars.text.parse import parse
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node, coefficients, number, system, variable, whole_exponent
from kappabar.representations.representation import representation


def read(text: str) -> Node:
    return parse(f"x' = {text}").tree


ONE_TREE = [
    ("-k*x with k=4.2", "-4.2*x"),
    ("k*x with k=-4.2", "-4.2*x"),
    ("-(k*x) with k=4.2", "-4.2*x"),
    ("--k*x with k=4.2", "4.2*x"),
    ("1 - k*x with k=4.2", "1 - 4.2*x"),
    ("1 - k*x with k=-4.2", "1 + 4.2*x"),
    ("1 + k*x with k=-4.2", "1 - 4.2*x"),
    ("1 + -x", "1 - x"),
    ("1 - -(x + 2)", "1 + (x + 2)"),
    ("x/(-2)", "-x/2"),
    ("-(x/2)", "-x/2"),
    ("-(3*x)", "-3*x"),
    ("3*-x", "-3*x"),
    ("2*(-x)*(-sin(x))", "2*x*sin(x)"),
    ("-(x*cos(x))", "-x*cos(x)"),
    ("-(-(1 - x))*x", "(1 - x)*x"),
    ("exp(-(x/k)) with k=2", "exp(-x/2)"),
    ("x^k with k=-1", "1/x"),
    ("2*x^-k with k=2", "2/x^2"),
    ("-0.2*x^(-1)", "-0.2/x"),
    ("-0.2*x^(-(1))", "-0.2/x"),
    ("3/x^(-2)", "3*x^2"),
    ("x^k with k=1", "x"),
    ("x^12", "(x^2)^6"),
    ("x^(n - 1) with n=4", "x^3"),
    ("x/(1 + x^(2*n)) with n=3", "x/(1 + x^6)"),
    ("x^(4/2)", "x^2"),
    ("x^(1 - 2)", "1/x"),
    ("sin(x)^(-16)", "1/(sin(x)^2)^8"),
]


@pytest.mark.parametrize(("text", "other"), ONE_TREE)
def test_two_texts_one_tree(text: str, other: str) -> None:
    assert read(text) == read(other)


def test_what_is_not_one_is_kept_apart() -> None:
    """-k^2 is -(k^2); quotients of numbers and sums in brackets stay; an exponent that is no whole number is a coefficient."""
    x = variable(0)
    assert read("-k^2 with k=3") == system(Node("neg", (Node("^", (number(3), number(2))),)))
    assert read("k^2*x with k=-3") == system(Node("*", (Node("^", (number(-3), number(2))), x)))
    assert read("8/3*x") == system(Node("*", (Node("/", (number(8), number(3))), x)))
    assert read("-(1 - x)") == system(Node("neg", (Node("-", (number(1), x)),)))
    assert read("x^0") == system(Node("^", (x, number(0))))
    assert coefficients(read("x^2.5 + 2*x^(-0.5)")) == [2.5, 2, -0.5]
    assert coefficients(read("x^(1/3) + x^pi")) == [1, 3]


def test_whole_exponents_are_no_coefficients_whatever_their_sign_and_size() -> None:
    x = variable(0)
    for n in (-12, -1, 0, 1, 2, 9, 10, 11, 5000):
        power = Node("^", (x, number(n)))
        assert whole_exponent(power) == n and coefficients(system(power)) == []
    assert coefficients(read("(1 + 0.5*x)^11")) == [1, 0.5, 1, 0.5]  # the base is written twice
    assert coefficients(read("2*x^5000")) == [2]


def value(tree: Node, at: float) -> float | None:
    """Of an expression of one variable, by plain floating-point arithmetic."""
    return constant_value(tree.map(lambda n: number(at) if n.is_variable else n).children[0])


POINTS = (-1.7, -0.3, 0.2, 0.9, 2.3)


@given(trees(dim=1, max_leaves=10))
def test_signs_move_without_changing_a_bit(tree: Node) -> None:
    assume(not any(n.symbol == "^" and (constant_value(n.children[1]) or 2) not in range(2, 10) for _, n in tree.walk()))
    assume(not any(n.is_number and n.value == 0 for _, n in tree.walk()))  # a zero's sign is lost, and 1/0 and 1/-0 with it
    found = canonical(tree)
    for at in POINTS:
        assert value(found, at) == value(tree, at)


@given(trees(dim=2, max_leaves=12))
def test_it_is_idempotent_and_read_back(tree: Node) -> None:
    found = canonical(tree)
    assert canonical(found) == found
    assert canonical(read_infix(to_infix(found))) == found == read_infix(to_infix(found))


@pytest.mark.parametrize("n", [*range(-40, 0), *range(1, 60), 97, 128, 256])
def test_whole_exponents_keep_their_value(n: int) -> None:
    found = read(f"x^({n})")
    exponents = [whole_exponent(node) for _, node in found.walk() if node.symbol == "^"]
    assert all(e in range(2, 10) for e in exponents)
    for at in POINTS:
        assert value(found, at) == pytest.approx(math.pow(at, n), rel=1e-13)


@pytest.mark.parametrize("n", [-997, -11, 11, 13, 26, 97, 143, 997])
def test_no_codec_rounds_a_whole_exponent_over_a_base_with_coefficients(n: int) -> None:
    """bins:8 over nothing but 1 and 0.5 has no number near 11: it made (1 + 0.5*x)^7.2, or so, of it."""
    tree = read(f"(1 + 0.5*x)^({n})")
    assert all(e in range(2, 10) for _, node in tree.walk() if (e := whole_exponent(node)) is not None)
    assert value(tree, 0.02) == pytest.approx(1.01**n, rel=1e-12)
    read_back = representation("prefix | bins:8", corpus=[tree]).round_trip(tree)
    assert isinstance(read_back, Node)
    assert [e for _, n in read_back.walk() if (e := whole_exponent(n))] == [e for _, n in tree.walk() if (e := whole_exponent(n))]


@given(trees(dim=1, max_leaves=8), st.data())
def test_a_parameter_is_its_value_in_parentheses(tree: Node, data: st.DataObject) -> None:
    values: list[float] = []

    def named(node: Node) -> Node:
        if not node.is_number or not data.draw(st.booleans()):
            return node
        values.append(node.value or 0.0)
        return Node(f"p{len(values) - 1}")

    text = to_infix(tree.map(named).children[0])
    assume(values)
    parameters = ", ".join(f"p{i}={v!r}" for i, v in enumerate(values))
    pasted = re.sub(r"p(\d+)", lambda m: f"({values[int(m.group(1))]!r})", text)
    try:
        expected = parse(pasted)
    except ParseError:
        assume(False)
    assert parse(f"{text} with {parameters}").tree == expected.tree


def test_published_flows_read_alike_with_parameters_and_with_their_values(shared: Path) -> None:
    """7 of 63 did not: those whose constants are negative."""
    records = json.loads((shared / "odebench.json").read_text("utf-8"))
    for record in records:
        for constants in record["consts"]:
            named = " with " * bool(constants) + ", ".join(f"c_{i}={value!r}" for i, value in enumerate(constants))
            for form in ("{!r}", "({!r})"):
                pasted = re.sub(r"c_(\d+)", lambda m, form=form, c=constants: form.format(c[int(m[1])]), record["eq"])
                assert parse(record["eq"] + named).tree == parse(pasted).tree


def test_every_format_is_read_so(tmp_path: Path) -> None:
    text, expected = "x' = -k*x^(-1) - (-2)*x with k=4.2 @ x=1; T=1", read("-4.2/x + 2*x")
    files = {"a.txt": text, "a.json": json.dumps([{"equations": text}]), "a.jsonl": json.dumps({"equations": text}),
             "a.csv": f'equations\n"{text}"', "b.json": json.dumps([{"substituted": [["-(4.2)*x_0^(-1) - (-2)*x_0"]],
                                                                     "init": [[1.0]]}])}  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_text(content, "utf-8")
        (system,) = read_file(tmp_path / name).systems
        assert system.tree == expected, name
    assert parse("x[n+1] = -(-2*x)", "map").tree == parse("x[n+1] = 2*x", "map").tree
    assert parse("y = -(-(sin(x))) @ x=0..1", "function").tree == parse("y = sin(x) @ x=0..1", "function").tree
