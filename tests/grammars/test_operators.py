"""An alphabet of one's own: what it may hold, its infix text, and texts read by a grammar of one's own."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.draw.strategies import own_trees
from kappabar.grammars.errors import ParseError, SpecError
from kappabar.grammars.operators import BUILT_IN, Operator, Operators, operand_count, operators
from kappabar.grammars.print.infix import infix_pieces, to_infix
from kappabar.grammars.print.printers import to_latex
from kappabar.grammars.text.own import TextReader, TreeBuilder
from kappabar.grammars.tree import ARITY, CONSTANTS, Node, number, system, variable
from kappabar.tokenizers.alphabet import Scope
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.notations.derivation import Words
from kappabar.tokenizers.notations.precedence import infix_derivation

RICH = operators(
    Operator("iff", 2, "infix", 1),
    Operator("imp", 2, "infix-right", 2),
    Operator("and", 2, "infix", 4),
    Operator("not", 1, "prefix", 3),  # looser than `and`, tighter than `imp`
    Operator("'", 1, "postfix", 5),
    Operator("ite", 3),
    Operator("top", 0),
)
GRAMMAR = r"""
?start: system | iff
system: iff (";" iff)+
?iff: imp | iff "iff" imp -> iff
?imp: neg | neg "imp" imp -> imp
?neg: "not" neg -> not | all
?all: post | all "and" post -> and
?post: post "'" -> prime | one
?one: "ite" "(" iff "," iff "," iff ")" -> ite | NAME | "(" iff ")"
NAME: /[a-z]\w*/
%import common.WS
%ignore WS
"""


class Builder(TreeBuilder):
    def prime(self, children: list[Node]) -> Node:
        return Node("'", (children[0],))


READ = TextReader("logic", GRAMMAR, RICH, Builder)


def read_symbols(texts: list[str], alphabet: Operators, equations: int) -> Node | Invalid:
    """The system that words write, numbers among them; a position counts words."""
    derivation = infix_derivation(Scope(9, equations > 1, alphabet), None)
    tokens = [derivation.vocabulary.ids.get(text, derivation.first_number) for text in texts]
    values = {i: float(texts[i]) for i, token in enumerate(tokens) if token == derivation.first_number}
    return derivation.read(Words(tokens, texts, range(len(texts) + 1), values))


@given(tree=own_trees(RICH))
def test_the_fewest_parentheses_read_back_as_the_same_tree(tree: Node) -> None:
    texts = [piece.text for piece in infix_pieces(tree, alphabet=RICH)]
    assert read_symbols(texts, RICH, len(tree.children)) == tree
    for i, text in enumerate(texts):  # no pair of parentheses can go
        # But for those around a looser prefix operator that is a right operand: `p and (not q)`. There the reader takes `p and
        # not q`
        # too; the writer does not write it, since grammars by levels do not read it.
        optional = texts[i + 1 : i + 2] == ["not"] and i > 0 and texts[i - 1] in ("and", "imp", "iff")
        if text == "(" and not optional and not (i and texts[i - 1] == "ite"):
            depth, j = 1, i
            while depth:
                j += 1
                depth += (texts[j] == "(") - (texts[j] == ")")
            assert read_symbols(texts[:i] + texts[i + 1 : j] + texts[j + 1 :], RICH, len(tree.children)) != tree


@given(tree=own_trees(RICH, closed=False))
def test_the_grammar_reads_what_infix_writes(tree: Node) -> None:
    names = sorted({n.index for _, n in tree.walk() if n.is_variable})
    text = to_infix(tree, None, RICH)
    assert READ(text).tree == tree
    assert READ(text).dim == (max(names) + 1 if names else 0)


@given(texts=st.lists(st.sampled_from(["iff", "imp", "and", "not", "'", "ite", "top", "x_0", "(", ")", ",", "|"]), max_size=14))
def test_any_words_are_a_tree_or_a_fault_at_a_place(texts: list[str]) -> None:
    found = read_symbols(texts, RICH, 3)
    if isinstance(found, Node):
        assert read_symbols([p.text for p in infix_pieces(found, alphabet=RICH)], RICH, 3) == found
    else:
        assert 0 <= found.position <= len(texts)


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("p and (q", 1, 7, "never closed"),
        ("p and\n  and q", 2, 3, "unexpected"),
        ("p and #", 1, 7, "unexpected character '#'"),
        ("p and", 1, 6, "ends where more must follow"),
        ("", 1, 1, "empty"),
        ("not " * 300 + "p", 1, 1201, "nested deeper"),
    ],
)
def test_a_text_that_is_none_is_told_with_line_and_column(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(ParseError) as caught:
        READ(text)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_names_become_variables_in_the_order_of_use_or_by_their_numbers() -> None:
    assert READ("q and p").names == ("q", "p")
    assert READ("x_2 and x_0").tree == system(Node("and", (variable(2), variable(0))))
    assert len(READ("p; q; p and q").tree.children) == 3


@pytest.mark.parametrize(
    ("grammar", "said"),
    [
        ("start: nothing", "cannot be used"),
        ('start: NAME NAME\nNAME: /[a-z]/\n%ignore " "', "no symbol of the alphabet"),
        ("?start: X\nX: /[a-z]/", "a Token, not a Node"),
    ],
)
def test_a_grammar_that_is_wrong_is_the_domains_mistake(grammar: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        TextReader("broken", grammar, RICH)("a b" if "NAME" in grammar else "a")


def test_a_builder_that_raises_is_told_in_one_line() -> None:
    class Raising(TreeBuilder):
        def prime(self, children: list[Node]) -> Node:
            raise ZeroDivisionError("first\nsecond")

    with pytest.raises(ParseError, match="Raising raises ZeroDivisionError: first second"):
        TextReader("logic", GRAMMAR, RICH, Raising)("p'")


@pytest.mark.parametrize(
    "rows",
    [
        [Operator("a", 2), Operator("a", 1)],
        [Operator("|", 2)],
        [Operator("x_1", 1)],
        [Operator("number", 0)],
        [Operator("a b", 1)],
        [Operator("f(", 1)],
        [Operator("&", 3, "infix", 1)],
        [Operator("&", 2, "around", 1)],
        [Operator("&", 2, "infix", 1), Operator("~", 1, "prefix", 1)],
        [Operator("f", 17)],
        [Operator(f"o{i}", 2, "infix", i) for i in range(11)],
        [Operator("a", 2, "infix", 1000)],
        [Operator("a", 2, "infix", -(10**12))],
        [Operator("a", 2, "infix", 1.5)],  # type: ignore[arg-type]
    ],
)
def test_an_alphabet_that_cannot_be_is_refused(rows: list[Operator]) -> None:
    for make in (lambda: operators(*rows), lambda: Operators(tuple(rows))):
        with pytest.raises(SpecError) as caught:
            make()
        assert "\n" not in str(caught.value)


def test_arithmetic_is_an_alphabet_however_it_is_made() -> None:
    assert Operators(BUILT_IN.rows, numbers=True).built_in
    with pytest.raises(SpecError, match="pow"):
        Operators((*BUILT_IN.rows, Operator("mod", 2)), numbers=True)


def test_whole_powers_are_for_arithmetic() -> None:
    assert operators(Operator("^", 2, "infix", 1)).arity("^") == 2
    with pytest.raises(SpecError, match="pow"):
        operators(Operator("^", 2, "infix", 1), numbers=True)


def test_the_built_in_alphabet_is_the_trees() -> None:
    assert {row.symbol: row.arity for row in BUILT_IN.rows if row.arity} == ARITY
    assert BUILT_IN.constants == CONSTANTS


def test_a_tree_of_another_alphabet_has_a_text_all_the_same() -> None:
    tree = Node("and", (variable(0), Node("+", (variable(1),)), Node("sin", ())))
    assert to_infix(tree) == "and(x_0, +(x_1), sin)"
    assert to_latex(Node("and", (variable(0), variable(1))), None, RICH) == r"x_{0}\mathbin{\mathrm{and}}x_{1}"
    assert (
        to_latex(Node("and", (variable(0), number(3.0))), None, operators(Operator("and", 2, "infix"), numbers=True))
        == r"x_{0}\mathbin{\mathrm{and}}3"
    )


CROWDED = operators(
    Operator("-", 2, "infix", 1),
    Operator("~", 1, "prefix", 4),
    Operator("~~", 1, "prefix", 5),
    Operator("no_", 1, "prefix", 3),
    Operator("d", 1, "postfix", 6),
    Operator("!", 1, "postfix", 7),
    Operator("!!", 1, "postfix", 8),
    Operator(".", 1, "postfix", 9),
    Operator("f", 1),
    Operator("top", 0),
    Operator("~t", 0),
    numbers=True,
)
_WORDS = re.compile(r"\w+(\.\d+)?(e[+-]?\d+)?|[^\w\s(),|]+|[(),|]", re.ASCII)
"""As a grammar of one's own cuts a text: whole words and numbers, what stands together of other characters, structure."""


@given(tree=own_trees(CROWDED, closed=False))
def test_spaces_keep_apart_what_the_symbols_would_not(tree: Node) -> None:
    tree = tree.map(lambda n: number(abs(n.value)) if n.value is not None else Node("top") if n.symbol == "~t" else n)
    texts = [m.group() for m in _WORDS.finditer(to_infix(tree, None, CROWDED))]
    assert read_symbols(texts, CROWDED, 1) == tree


@pytest.mark.parametrize(
    ("tree", "text"),
    [
        (Node("~", (Node("~", (variable(0),)),)), "~ ~x_0"),
        (Node("~", (number(-2.0),)), "~ -2"),
        (Node("~", (Node("~t"),)), "~ ~t"),
        (Node("~", (Node("f", (variable(0),)),)), "~f(x_0)"),
        (Node("no_", (variable(0),)), "no_ x_0"),
        (Node("d", (variable(0),)), "x_0 d"),
        (Node("!", (Node("!", (variable(0),)),)), "x_0! !"),
        (Node(".", (number(2.0),)), "2 ."),
        (Node("-", (variable(0), Node("~", (variable(1),)))), "x_0 - ~x_1"),
    ],
)
def test_operators_are_spaced_where_they_would_run_together(tree: Node, text: str) -> None:
    assert to_infix(tree, None, CROWDED) == text


CLOSED = TextReader("logic", GRAMMAR, RICH, Builder, closed=True)


def test_every_variable_of_a_closed_domain_has_an_equation() -> None:
    with pytest.raises(ParseError, match="2 variables, but 1 equation;") as caught:
        CLOSED("p and q")
    assert (caught.value.line, caught.value.column) == (1, 7)
    with pytest.raises(ParseError, match="6 variables, but 2 equations;"):
        CLOSED("x_0; x_5 and x_1")
    assert CLOSED("q; p and q").names == ("q", "p")
    assert CLOSED("x_1; x_0").tree == system(variable(1), variable(0))
    assert CLOSED("x_0; x_0").names == ("x_0", "x_1") and CLOSED("x_1 and a; top; a").names == ("x_1", "a", "x_2")
    assert READ("p and q").dim == 2


def test_a_text_of_many_postfixes_is_refused_before_it_is_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: Node) -> None:
        raise AssertionError("a walk over long paths")

    monkeypatch.setattr(Node, "walk", never)
    with pytest.raises(ParseError, match="nested deeper"):
        READ("p" + "'" * 1000)


def test_one_operand_is_no_operands() -> None:
    assert [operand_count(n) for n in (0, 1, 2)] == ["0 operands", "1 operand", "2 operands"]
