"""Coefficients over a library of monomials: canonical, faithful in meaning, and valid under edits as far as promised."""

from __future__ import annotations

import math
from functools import cache, reduce

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from kappabar.grammars.constant import constant_value
from kappabar.grammars.draw.strategies import trees
from kappabar.grammars.errors import EncodeError, SpecError
from kappabar.grammars.files.bank import bank
from kappabar.grammars.print.printers import to_sympy
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import MAX_DEPTH, SYSTEM, Node, number, system, variable
from kappabar.tokenizers.base import Invalid, NumberCodec, TokenClass, Tokenizer
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.digits import Digits, Floats
from kappabar.tokenizers.notations.library import Library
from kappabar.tokenizers.notations.polynomial import monomial_text, monomials, polynomial
from kappabar.tokenizers.notations.terms import Terms

NOTATIONS = {"terms": Terms, "library": Library}
CODECS: dict[str, NumberCodec] = {"digits": Digits(3), "exact": Digits(15), "e2e": Floats(4, 2), "bins": Bins(16)}
ALL = [(n, c) for n in NOTATIONS for c in CODECS]
DIM = 3


@cache
def tokenizer(notation: str, codec: str, closed: bool = True, n_variables: int = DIM) -> Tokenizer:
    built: Tokenizer = NOTATIONS[notation](CODECS[codec], n_variables, closed)
    return built


def bare(text: str) -> Node:
    tree = read_infix(text)
    assert isinstance(tree, Node)
    return tree


@st.composite
def forms(draw: st.DrawFn, dim: int, degree: int = 3, size: int = 4) -> Node:
    """Polynomials in any form: sums, differences, products, powers, quotients by numbers, signs; whole numbers only."""
    whole = st.integers(-9, 9).map(number)
    if size == 0 or draw(st.integers(0, 5)) == 0:
        return draw(st.one_of(whole, st.integers(0, dim - 1).map(variable))) if degree else draw(whole)
    kind = draw(st.sampled_from("+-*^/n"))
    if kind in "+-":
        return Node(kind, (draw(forms(dim, degree, size - 1)), draw(forms(dim, degree, size - 1))))
    if kind == "*":
        left = draw(st.integers(0, degree))
        return Node("*", (draw(forms(dim, left, size - 1)), draw(forms(dim, degree - left, size - 1))))
    if kind == "/":
        return Node("/", (draw(forms(dim, degree, size - 1)), number(draw(st.sampled_from((2.0, 4.0, -0.5))))))
    if kind == "^":
        power = draw(st.integers(0, 3))
        return Node("^", (draw(forms(dim, degree // power if power else degree, size - 1)), number(power)))
    return Node("neg", (draw(forms(dim, degree, size - 1)),))


@st.composite
def systems(draw: st.DrawFn, max_dim: int = DIM) -> Node:
    n = draw(st.integers(1, max_dim))
    return system(*(draw(forms(n)) for _ in range(n)))


def rationals(node: Node) -> dict[tuple[int, ...], sympy.Rational]:
    """SymPy's coefficients by exponents, exact."""
    symbols = sympy.symbols([f"x_{i}" for i in range(DIM)])
    found = sympy.Poly(sympy.nsimplify(to_sympy(node), rational=True), *symbols).as_dict()
    return {m: c for m, c in found.items() if c != 0}


@given(forms(DIM))
@settings(max_examples=80)
def test_the_arithmetic_is_sympys(node: Node) -> None:
    # Whole numbers and halvings are exact in floats here, so both must agree to the last bit.
    found = {tuple(m.count(i) for i in range(DIM)): c for m, c in polynomial(node).items() if c}
    assert {m: sympy.Rational(c) for m, c in found.items()} == rationals(node)


@pytest.mark.parametrize("notation", NOTATIONS)
@given(tree=systems())
@settings(max_examples=40)
def test_meaning_survives_and_the_form_is_canonical(notation: str, tree: Node) -> None:
    tok = tokenizer(notation, "exact")
    found = tok.decode(tok.encode(tree))
    assert isinstance(found, Node)
    assert len(found.children) == len(tree.children)
    for ours, theirs in zip(found.children, tree.children, strict=True):
        a, b = rationals(ours), rationals(theirs)
        assert a.keys() == b.keys()
        assert all(abs(a[m] - b[m]) <= abs(b[m]) * 1e-14 for m in a)


@pytest.mark.parametrize(("notation", "codec"), ALL)
@given(tree=systems())
@settings(max_examples=25)
def test_reading_and_writing_again_changes_nothing(notation: str, codec: str, tree: Node) -> None:
    tok = tokenizer(notation, codec)
    ids = tok.encode(tree)
    found = tok.decode(ids)
    assert isinstance(found, Node)
    assert tok.encode(found) == ids
    assert tok.decode(tok.encode(found)) == found
    tokens = tok.tokenize(tree)
    assert [tok.vocabulary.ids[t.text] for t in tokens] == ids
    assert all(t.kind == tok.vocabulary.classes[tok.vocabulary.ids[t.text]] for t in tokens)
    assert all(t.path == (i,) for i, part in _by_equation(tokens) for t in part)


def _by_equation(tokens):  # type: ignore[no-untyped-def]
    found: dict[int, list[object]] = {}
    for t in tokens:
        found.setdefault(t.path[0], []).append(t)
    return found.items()


@pytest.mark.parametrize("notation", NOTATIONS)
@given(tree=systems(), shuffled=st.randoms(use_true_random=False))
@settings(max_examples=20)
def test_equal_polynomials_have_equal_tokens(notation: str, tree: Node, shuffled) -> None:  # type: ignore[no-untyped-def]
    tok = tokenizer(notation, "exact")
    canonical = tok.decode(tok.encode(tree))
    assert isinstance(canonical, Node)

    def mixed(node: Node) -> Node:
        terms: list[Node] = []
        while node.symbol == "+":
            terms.append(node.children[1])
            node = node.children[0]
        terms.append(node)
        shuffled.shuffle(terms)
        return reduce(lambda a, b: Node("+", (b, a)), terms)

    assert tok.encode(system(*map(mixed, canonical.children))) == tok.encode(canonical)


def test_worked_by_hand() -> None:
    lorenz = bare("10*(x_1-x_0)|x_0*(28-x_2)-x_1|x_0*x_1-2.5*x_2")

    def texts(tok: Tokenizer, tree: Node) -> str:
        return " ".join(t.text for t in tok.tokenize(tree))

    class Plain:
        """One token per number, its own text."""

        spec = "plain"
        tokens = ("10", "-10", "28", "-2.5", "2")

        def write(self, value: float) -> list[str]:
            return [f"{value:g}"]

        def read(self, tokens: list[str], start: int) -> tuple[float, int] | Invalid:
            return float(tokens[start]), start + 1

        def round(self, value: float) -> float:
            return value

    plain = Plain()
    tok = Terms(plain, 3)
    assert texts(tok, lorenz) == "=0 x_0 -10 x_1 10 =1 x_0 28 x_1 minus x_0*x_2 minus =2 x_2 -2.5 x_0*x_1"
    assert texts(Library(plain, 1), bare("2*x_0-x_0^3")) == "zero 2 zero minus"
    assert texts(Terms(plain, 2), bare("0|1")) == "=0 =1 const"
    assert texts(Library(plain, 1), bare("x_0-x_0")) == "zero zero zero zero"
    found = tok.decode(tok.encode(lorenz))
    assert found == bare("-10*x_0+10*x_1|28*x_0+-1*x_1+-1*x_0*x_2|-2.5*x_2+x_0*x_1")

    def read(text: str) -> Node | Invalid:
        return tok.decode([tok.vocabulary.ids[t] for t in text.split()])

    assert read("10") == bare("10")
    assert read("minus =1 x_0 minus minus") == bare("-1|-1+-1*x_0")
    assert read("x_0 x_0") == bare("2*x_0")
    assert read("=0 x_0 10 =0 x_0 -10") == bare("0")
    assert read("28 =1 x_1 x_0 2 2 10 =0 x_0^2*x_1") == bare("28+x_0^2*x_1|12+2*x_0+x_1")
    assert read("=2") == bare("0|0|0")
    assert read("x_1 =0 const") == bare("1+x_1|0")


@pytest.mark.parametrize(("notation", "codec"), ALL)
@given(numbers=st.lists(st.integers(0, 10_000), max_size=70), closed=st.booleans())
@settings(max_examples=40)
def test_decoding_is_total_and_can_be_written_again(notation: str, codec: str, numbers: list[int], closed: bool) -> None:
    tok = tokenizer(notation, codec, closed)
    ids = [n % len(tok.vocabulary) for n in numbers]
    found = tok.decode(ids)
    assert found == tok.decode(ids)
    if isinstance(found, Invalid):
        assert found.reason
        assert "\n" not in found.reason
        assert 0 <= found.position <= len(ids)
        if found.position < len(ids):
            again = tok.decode([*ids[: found.position + 1], 0, 1])
            assert isinstance(again, Invalid)
            assert again.position == found.position
    else:
        assert found.symbol == SYSTEM
        assert found.depth <= MAX_DEPTH
        assert tok.decode(tok.encode(found)) == found


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60), st.booleans())
@settings(max_examples=200)
def test_with_one_token_numbers_every_sequence_of_terms_is_a_system(numbers: list[int], closed: bool) -> None:
    tok = tokenizer("terms", "bins", closed)
    assert isinstance(tok.decode([n % len(tok.vocabulary) for n in numbers]), Node)


def coefficients(tree: Node | Invalid) -> dict[tuple[int, tuple[int, ...]], float]:
    assert isinstance(tree, Node)
    return {(i, m): c for i, e in enumerate(tree.children) for m, c in polynomial(e).items() if c}


def changed(a: Node | Invalid, b: Node | Invalid) -> set[tuple[int, tuple[int, ...]]]:
    x, y = coefficients(a), coefficients(b)
    return {key for key in x.keys() | y.keys() if x.get(key) != y.get(key)}


def test_all_single_edits_of_terms_touch_what_the_docstring_says() -> None:
    tok = Terms(Bins(4), 3)
    size, first_number = len(tok.vocabulary), 3 + len(monomials(3))
    ids = tok.encode(bare("10*(x_1-x_0)|x_0*(28-x_2)-x_1+1|x_0*x_1-2.5*x_2+x_2^2"))
    start = tok.decode(ids)

    def sort(token: int) -> str:
        return "=" if token < 3 else "m" if token < first_number else "n"

    for at in range(len(ids) + 1):
        for token in range(size):
            inserted = tok.decode([*ids[:at], token, *ids[at:]])
            if sort(token) != "=":
                found = changed(start, inserted)
                assert len(found) <= 3
                assert len({equation for equation, _ in found}) <= 1
            if at < len(ids) and "=" not in (sort(token), sort(ids[at])):
                found = changed(start, tok.decode([*ids[:at], token, *ids[at + 1 :]]))
                assert len({equation for equation, _ in found}) <= 1
                assert len(found) <= (3 if sort(token) != sort(ids[at]) else 2 if sort(token) == "m" else 1)
        if at < len(ids):
            found = changed(start, tok.decode(ids[:at] + ids[at + 1 :]))
            assert sort(ids[at]) == "=" or len(found) <= 3


def test_substitutions_in_the_library_touch_one_coefficient_and_other_edits_are_invalid() -> None:
    tok = Library(Bins(4), 2)
    ids = tok.encode(bare("x_1|(1-x_0^2)*x_1-x_0"))
    start = tok.decode(ids)
    assert len(ids) == 20
    for at in range(len(ids)):
        for token in range(len(tok.vocabulary)):
            assert len(changed(start, tok.decode([*ids[:at], token, *ids[at + 1 :]]))) <= 1
            assert isinstance(tok.decode([*ids[:at], token, *ids[at:]]), Invalid)
        assert isinstance(tok.decode(ids[:at] + ids[at + 1 :]), Invalid)
    assert tok.decode(ids[:4]) != tok.decode(ids)  # four coefficients are a system of one equation
    assert tok.decode([*ids, 0]) == Invalid("more than 20 coefficients", 20)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x_0|sin(x_0)|0", "equation 2: 'sin' of a variable"),
        ("1/x_0", "equation 1: division by a variable"),
        ("1/(x_0-x_0)", "division by zero"),
        ("x_0^2*x_0^2", "degree 4"),
        ("x_0^4", "the power 4 of a variable"),
        ("x_0^-1", "the power -1"),
        ("x_0^0.5", r"the power 0\.5"),
        ("2^x_0", "a variable in an exponent"),
        ("abs(x_0)", "'abs' of a variable"),
        ("log(-1)*x_0", "'log' of a variable, or without a finite value"),
        ("1e300*x_0*1e300", "not finite"),
    ],
)
@pytest.mark.parametrize("notation", NOTATIONS)
def test_what_is_no_polynomial_is_refused_with_the_reason(notation: str, text: str, message: str) -> None:
    with pytest.raises(EncodeError, match=message) as error:
        tokenizer(notation, "exact").encode(bare(text))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("(x_0+1)^3", "1+3*x_0+3*x_0^2+x_0^3"),
        ("x_0^1+x_0^0", "1+x_0"),
        ("sin(pi/2)*x_0/4", "0.25*x_0"),
        ("2^3^2-sqrt(4)*x_0", "512+-2*x_0"),
        ("0*sqrt(3)*(x_0+x_0^3)*x_0^0", "0"),
        ("(x_0-x_0)*x_0^3*x_0", None),
    ],
)
def test_constants_are_folded(text: str, expanded: str | None) -> None:
    tok = tokenizer("terms", "exact")
    if expanded is None:  # a subtree of a higher degree is refused even where it cancels
        with pytest.raises(EncodeError):
            tok.encode(system(Node("*", (Node("-", (variable(0), variable(0))), bare("x_0^3*x_0").children[0]))))
    else:
        assert tok.decode(tok.encode(bare(text))) == bare(expanded)


@pytest.mark.parametrize(("notation", "codec"), ALL)
@given(tree=trees(max_dim=DIM))
@settings(max_examples=15)
def test_any_tree_is_written_or_refused(notation: str, codec: str, tree: Node) -> None:
    tok = tokenizer(notation, codec)
    try:
        ids = tok.encode(tree)
    except EncodeError:
        return
    found = tok.decode(ids)
    assert isinstance(found, Node)
    assert len(found.children) == len(tree.children)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_functions_of_several_inputs(notation: str) -> None:
    tok = tokenizer(notation, "exact", closed=False)
    tree = bare("(x_0-x_2)*(x_1+0.5)")
    assert tok.decode(tok.encode(tree)) == bare("0.5*x_0+-0.5*x_2+x_0*x_1+-1*x_1*x_2")
    assert tok.decode(tok.encode(bare("0"))) == bare("0")


@pytest.mark.parametrize("notation", NOTATIONS)
def test_ids_outside_the_vocabulary_and_trees_outside_the_scope(notation: str) -> None:
    tok = tokenizer(notation, "bins")
    assert tok.decode([]) == Invalid("the sequence is empty", 0)
    good = tok.encode(bare("x_0"))
    for wrong in (-1, len(tok.vocabulary), 10**9):
        found = tok.decode([*good, wrong])
        assert isinstance(found, Invalid)
        assert found.position == len(good)
    for tree in (variable(0), system(), system(*[variable(0)] * (DIM + 1)), bare("x_1"), system(number(math.inf))):
        with pytest.raises(EncodeError):
            tok.encode(tree)


def test_the_library_is_as_large_as_the_binomial_says_and_not_larger_than_allowed() -> None:
    for n, count in ((1, 4), (2, 10), (3, 20), (4, 35)):
        assert len(monomials(n)) == math.comb(n + 3, 3) == count
        assert len({monomial_text(m) for m in monomials(n)}) == count
        assert len(Terms(Bins(8), n).vocabulary) == n + count + 1 + 8
        assert len(Library(Bins(8), n).vocabulary) == 11
    assert [monomial_text(m) for m in monomials(2)[:7]] == ["const", "x_0", "x_1", "x_0^2", "x_0*x_1", "x_1^2", "x_0^3"]
    with pytest.raises(SpecError, match="monomials"):
        Terms(Bins(8), 100)


@pytest.mark.parametrize("notation", NOTATIONS)
def test_what_expansion_makes_of_signs_no_codec_rounds(notation: str) -> None:
    tok: Tokenizer = NOTATIONS[notation](Bins(1), 2, True)
    tree = bare("x_1-x_0|-1+x_0*(1-x_1)")
    assert tok.decode(tok.encode(tree)) == bare("-1*x_0+x_1|-1+x_0+-1*x_0*x_1")


def test_long_sums_stay_within_the_depth() -> None:
    tok = Terms(Bins(8), 10)
    names = [monomial_text(m) for m in monomials(10)]
    tree = tok.decode([tok.vocabulary.ids[t] for t in ["=9", *names]])
    assert isinstance(tree, Node)
    assert tree.depth <= MAX_DEPTH
    assert len(polynomial(tree.children[9])) == len(names) == 286
    assert tok.decode(tok.encode(tree)) == tree


def test_repeated_terms_are_rounded_like_every_coefficient_and_never_overflow() -> None:
    tok = Terms(Digits(3), 1)
    large, small = ["N+", "9", "9", "9", "E12"], ["N+", "4", "0", "0", "E-3"]
    ids = tok.vocabulary.ids
    found = tok.decode([ids[t] for t in ["x_0", *large, "x_0", *large, *large, *small]])
    assert found == bare("9.99e12+9.99e12*x_0")


def test_the_bank_keeps_its_meaning() -> None:
    point = (0.7, -1.3, 0.4, 1.1)
    count = 0
    for item in bank("ode"):
        tok = tokenizer("terms", "exact", n_variables=4)
        try:
            found = tok.decode(tok.encode(item.tree))
        except EncodeError:
            continue
        assert isinstance(found, Node)
        count += 1
        for ours, theirs in zip(found.children, item.equations, strict=True):
            values = [constant_value(e.map(lambda n: number(point[n.index]) if n.is_variable else n)) for e in (ours, theirs)]
            assert values[0] == pytest.approx(values[1], rel=1e-12, abs=1e-12)
    assert count >= 15


def test_the_classes_say_what_the_tokens_are() -> None:
    kinds = {t.text: t.kind for t in Terms(Bins(8), 2).tokenize(bare("3-x_1*x_0|x_0"))}
    assert kinds["=0"] is TokenClass.STRUCTURE
    assert kinds["x_0*x_1"] is TokenClass.VARIABLE
    assert set(Library(Bins(8), 2).vocabulary.classes) == {TokenClass.NUMBER}
