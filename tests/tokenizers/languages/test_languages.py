"""The language of every tokenizer of the catalog: it holds what encoding gives, and nothing that does not decode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.grammars.draw.strategies import systems as any_systems
from kappabar.grammars.errors import EncodeError, SpecError
from kappabar.grammars.operators import Operator, Operators, operators
from kappabar.grammars.tree import MAX_DEPTH, Node, System, number, system, variable
from kappabar.representations.representation import Representation, representation
from kappabar.tokenizers.base import Invalid, NumberCodec, Tokenizer
from kappabar.tokenizers.catalog import CODECS, NOTATIONS, notations
from kappabar.tokenizers.codecs.bins import Bins
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.languages.catalog import language
from kappabar.tokenizers.languages.grammar import FUEL, Grammar, Shape
from kappabar.tokenizers.languages.masked_rows import END, MaskedRows, Masks
from kappabar.tokenizers.languages.numbers import number_symbol
from kappabar.tokenizers.languages.tables import Compiled, compiled
from kappabar.tokenizers.notations.characters import InfixCharacters
from kappabar.tokenizers.notations.dag import Dag
from kappabar.tokenizers.notations.infix import Infix
from kappabar.tokenizers.notations.nary import Nary
from kappabar.tokenizers.notations.postfix import Postfix
from kappabar.tokenizers.notations.prefix import Prefix
from kappabar.tokenizers.notations.rules import Rules
from kappabar.tokenizers.notations.tree import TreeNotation

ROOMY = 400
MERGES = ("prefix | bpe:256", "prefix | unigram:256", "prefix | patches:256,2", "prefix | macros:32", "infix | chars | bpe:256",
          "dag | bpe:256", "prefix | macros:32 | bpe:300", "postfix | bins:32 | bpe:128")  # fmt: skip
CODED = tuple(f"prefix | {name}" for name in CODECS if name not in ("xval", "fone", "bittoken", "centers"))
MORE_CODES = ("prefix | e2e:4,2", "prefix | gray:64,reflected", "prefix | bins:33,quantile", "infix | digits:2",
              "tree | thermo:6", "infix | digits:7,rtl", "postfix | digits:4,ltl", "rules | bits:3,2")  # fmt: skip
SPECS = tuple(dict.fromkeys((*(n for n in notations() if n != "latex"), *CODED, *MORE_CODES, *MERGES)))


@cache
def sampled(place: str) -> list[System]:
    return sample_systems(place, 200, 5)


@cache
def fitted(spec: str, place: str) -> Representation:
    return representation(spec, place, [s.tree for s in sampled(place)])


@cache
def masks(spec: str, place: str) -> Masks:
    shapes = dict.fromkeys(Shape(len(s.equations), s.dim) for s in sampled(place))
    return Masks(compiled(language(fitted(spec, place).tokenizer, shapes)), 1)


def accepts(found: Masks, shape: Shape, ids: Sequence[int], room: int = ROOMY) -> bool:
    walk = MaskedRows(found, [shape], room)
    for i in (*ids, END):
        if not walk.allowed()[0, i + 1]:
            return False
        walk.take(np.array([i]))
    return True


def wander(found: Masks, shapes: Sequence[Shape], room: int, seed: int) -> list[list[int]]:
    """Rows of uniform choices among what is allowed, each to its end."""
    rng, walk = np.random.default_rng(seed), MaskedRows(found, shapes, room)
    ids: list[list[int]] = [[] for _ in shapes]
    running = np.ones(len(shapes), np.bool_)
    while running.any():
        allowed = walk.allowed()
        assert allowed.any(axis=1).all()
        chosen = (rng.random(allowed.shape) * allowed).argmax(axis=1) - 1
        for i in np.flatnonzero(running):
            if chosen[i] >= 0:
                ids[i].append(int(chosen[i]))
        running &= chosen >= 0
        walk.take(chosen)
    return ids


def longest(spec: str, place: str) -> int:
    return max((len(ids) for s in sampled(place) if (ids := written(spec, place, s))), default=20)


def written(spec: str, place: str, s: System) -> list[int] | None:
    try:
        return fitted(spec, place).encode(s.tree)
    except EncodeError:
        return None  # no polynomial, for the two notations of polynomials


@pytest.mark.parametrize("place", ["ode", "function"])
@pytest.mark.parametrize("spec", SPECS)
def test_every_encoding_is_in_the_language(spec: str, place: str) -> None:
    encoded = [(Shape(len(s.equations), s.dim), ids) for s in sampled(place) if (ids := written(spec, place, s))]
    assert len(encoded) == 200 or (spec in ("terms", "library") and encoded)
    walk = MaskedRows(masks(spec, place), [shape for shape, _ in encoded], ROOMY)
    for at in range(max(len(ids) for _, ids in encoded) + 1):
        following = np.array([ids[at] if at < len(ids) else END for _, ids in encoded])
        assert walk.allowed()[np.arange(len(encoded)), following + 1].all()
        walk.take(following)


def check_walks(spec: str, place: str, n: int, seed: int) -> None:
    shapes = [Shape(len(s.equations), s.dim) for s in sampled(place)]
    shapes = [shapes[i % len(shapes)] for i in range(n)]
    room, r, where = longest(spec, place) + 4, fitted(spec, place), domain(place)
    for i, ids in enumerate(wander(masks(spec, place), shapes, room, seed)):
        tree = r.decode(ids)
        assert len(ids) <= room
        assert isinstance(tree, Node), (tree, [r.vocabulary.tokens[k] for k in ids])
        assert where.comparable(tree, sampled(place)[i % len(sampled(place))]), ids


@pytest.mark.parametrize("place", ["ode", "function"])
@pytest.mark.parametrize("spec", SPECS)
def test_random_walks_end_and_decode(spec: str, place: str) -> None:
    check_walks(spec, place, 200, 0)


@pytest.mark.nightly
@pytest.mark.parametrize("place", ["ode", "map", "function"])
@pytest.mark.parametrize("spec", SPECS)
def test_ten_thousand_random_walks_end_and_decode(spec: str, place: str) -> None:
    check_walks(spec, place, 10_000, 1)


def few(notation: type[Tokenizer], n_variables: int = 1, closed: bool = True) -> Tokenizer:
    build: type[Prefix] = notation  # type: ignore[assignment]
    return build(*([] if notation is InfixCharacters else [Bins(2, "uniform")]), n_variables, closed)


def decodable(tokenizer: Tokenizer, shape: Shape, tokens: Sequence[int], length: int) -> Iterator[tuple[int, ...]]:
    """All sequences of these tokens that decode to a tree of the shape. A fault before the end is certain, so nothing goes on
    from there."""
    like = System(system(*[number(0.0)] * shape.equations), tuple(f"x_{i}" for i in range(shape.variables)), "ode")
    open_ends: list[tuple[int, ...]] = [()]
    while open_ends:
        start = open_ends.pop()
        for ids in ((*start, token) for token in tokens):
            tree = tokenizer.decode(ids)
            if not isinstance(tree, Invalid) and domain("ode").comparable(tree, like):
                yield ids
            if len(ids) < length and (not isinstance(tree, Invalid) or tree.position >= len(ids)):
                open_ends.append(ids)


@pytest.mark.parametrize(
    ("notation", "texts", "length"),
    [
        (Prefix, ["+", "neg", "^2", "x_0", "x_1", "B0", "|"], 5),
        (Postfix, ["+", "neg", "^2", "x_0", "x_1", "B0", "|"], 5),
        (Infix, ["+", "-", "^2", "sin", "(", ")", "x_0", "B1", "|"], 5),
        (TreeNotation, ["(+/2", "(neg/1", ")", "(|/1", "(|/2", "x_0", "x_1"], 6),
        (Nary, ["(+", ")", "-", "^2", "x_0", "x_1", "|"], 6),
        (Rules, ["S→E", "S→E|S", "E→T", "T→F", "F→P", "F→-F", "P→A", "A→x_0", "A→N", "B0"], 7),
        (Dag, ["+", "neg", "x_0", "x_1", "d0", "d1", "|"], 6),
        (InfixCharacters, ["1", ".", "e", "-", "*", "x", "_", "0"], 5),
        (InfixCharacters, ["p", "i", "x", "_", "0", "+", "|", "1"], 6),
        (InfixCharacters, ["s", "i", "n", "h", "(", ")", "e", "2"], 6),
    ],
)
def test_masks_are_those_of_brute_force(notation: type[Tokenizer], texts: list[str], length: int) -> None:
    """With every sequence of a small alphabet up to a length: in that room, a token is allowed exactly where some sequence goes
    on with it."""
    check_masks(few(notation, 2), texts, length)


def check_masks(tokenizer: Tokenizer, texts: list[str], length: int) -> None:
    tokens = [tokenizer.vocabulary.ids[text] for text in texts]
    for shape in (Shape(1, 1), Shape(2, 2)):
        found = Masks(compiled(language(tokenizer, [shape])), 1)
        words = set(decodable(tokenizer, shape, tokens, length))
        if not words:  # an alphabet without the bar, or too short a sequence for two equations
            continue
        beginnings = {word[:n] for word in words for n in range(len(word) + 1)}
        for start in beginnings:
            walk = MaskedRows(found, [shape], length)
            for i in start:
                walk.take(np.array([i]))
            allowed = walk.allowed()[0]
            assert allowed[0] == (start in words)
            assert [t for t in tokens if allowed[t + 1]] == [t for t in tokens if (*start, t) in beginnings], start


LOGIC = operators(
    Operator("imp", 2, "infix-right", 2), Operator("not", 1, "prefix", 3), Operator("and", 2, "infix", 4),
    Operator("'", 1, "postfix", 5), Operator("ite", 3), Operator("top", 0),
)  # fmt: skip
PAIRS = operators(
    Operator("not", 1, "prefix", 1), Operator("+", 2, "infix", 2), Operator("'", 1, "postfix", 3), Operator("of"),
    Operator("o2", 1), numbers=True,
)  # fmt: skip


def own(spec: str, alphabet: Operators, closed: bool = True) -> Tokenizer:
    room = [system(*[variable(1)] * (2 if closed else 1))]
    notation, bar, rest = spec.partition(" | ")
    numbers = " | bins:2,uniform" if alphabet.numbers and rest != "chars" else ""
    corpus = [system(*[Node("not", (Node("not", (variable(i),)),)) for i in range(2)][: len(room[0].children)])] * 3
    return representation(f"{notation}{numbers}{bar}{rest}", "own", corpus, room, closed, alphabet).tokenizer


@pytest.mark.parametrize(
    ("spec", "alphabet", "texts", "length"),
    [
        ("prefix", LOGIC, ["imp", "not", "ite", "top", "x_1", "|"], 6),
        ("postfix", PAIRS, ["+", "not", "B0", "x_1", "|"], 6),
        ("tree", LOGIC, ["(imp/2", "(not/1", ")", "(|/1", "(|/2", "x_0"], 6),
        ("rules", PAIRS, ["S→E1", "S→E1|S", "E1→E2", "E1→notE1", "E2→E3", "E3→A", "A→x_0", "A→N", "B0"], 6),
        ("infix", LOGIC, ["imp", "not", "and", "'", "(", ")", "x_0", "|"], 6),
        ("infix", PAIRS, ["of", "o2", "+", ",", "(", ")", "x_0", "B1"], 6),
        ("infix | chars", PAIRS, ["o", "f", "2", "(", ")", ",", "-", "1"], 6),
        ("infix | chars", PAIRS, ["n", "o", "t", "2", "(", ")", "'", "0"], 6),
    ],
)
def test_own_masks_are_those_of_brute_force(spec: str, alphabet: Operators, texts: list[str], length: int) -> None:
    check_masks(own(spec, alphabet), texts, length)


@pytest.mark.parametrize("alphabet", [LOGIC, PAIRS], ids=["logic", "pairs"])
@pytest.mark.parametrize("spec", ["prefix", "tree", "rules", "infix", "infix | chars", "prefix | macros:4", "rules | bpe:64"])
def test_walks_through_an_alphabet_of_ones_own_end_and_decode(spec: str, alphabet: Operators) -> None:
    for tokenizer, shape in ((own(spec, alphabet, True), Shape(2, 2)), (own(spec, alphabet, False), Shape(1, 2))):
        for ids in wander(Masks(compiled(language(tokenizer, [shape])), 1), [shape] * 100, 30, 3):
            tree = tokenizer.decode(ids)
            assert isinstance(tree, Node) and len(tree.children) == shape.equations


@pytest.mark.parametrize("notation", [Prefix, Postfix, Infix, TreeNotation, Nary, Rules, Dag, InfixCharacters])
def test_every_sequence_that_decodes_is_accepted_and_no_other(notation: type[Tokenizer]) -> None:
    """Random sequences and edits of walks, most of them invalid: the language and `decode` agree on each."""
    tokenizer, shape = few(notation, 2), Shape(2, 2)
    found = Masks(compiled(language(tokenizer, [shape])), 1)
    rng, size, agreed = np.random.default_rng(0), len(tokenizer.vocabulary), 0
    like = System(system(number(0.0), number(0.0)), ("x_0", "x_1"), "ode")
    for ids in wander(found, [shape] * 300, 24, 2):
        edited = list(ids)
        edited[rng.integers(len(ids))] = int(rng.integers(size))
        tree = tokenizer.decode(edited)
        right = not isinstance(tree, Invalid) and domain("ode").comparable(tree, like)
        assert accepts(found, shape, edited) == right, (tree, [tokenizer.vocabulary.tokens[i] for i in edited])
        agreed += right
    assert agreed > 5


@pytest.mark.parametrize("spec", [*CODED, *MORE_CODES])
def test_numbers_are_what_the_codec_reads(spec: str) -> None:
    """Random walks through a codec's rules are numbers; random codes that are none are refused."""
    tokenizer = fitted(spec, "ode").tokenizer
    codec: NumberCodec = tokenizer.codec  # type: ignore[attr-defined]
    grammar = Grammar(len(codec.tokens))
    start = number_symbol(codec, {t: i for i, t in enumerate(codec.tokens)}, grammar)
    ids_of = {t: i for i, t in enumerate(codec.tokens)}
    choices = [list(row.items()) for row in grammar.rules]
    rng = np.random.default_rng(0)
    for _ in range(200):
        symbol, texts = start, []
        while True:
            token, rule = choices[symbol][rng.integers(len(choices[symbol]))]
            texts.append(codec.tokens[token])
            if not rule.opens:
                break
            (symbol,) = rule.opens
        read = codec.read(texts, 0)
        assert not isinstance(read, Invalid) and read[1] == len(texts)
        value = codec.round(read[0])
        symbol, ids = start, [ids_of[t] for t in codec.write(value)]
        for k, token in enumerate(ids):
            opens = grammar.rules[symbol][token].opens
            assert bool(opens) == (k + 1 < len(ids))
            symbol = opens[0] if opens else -1
        edited = list(texts)
        edited[rng.integers(len(texts))] = codec.tokens[rng.integers(len(codec.tokens))]
        assert _is_number(grammar, start, [ids_of[t] for t in edited]) == (not isinstance(codec.read(edited, 0), Invalid))


def _is_number(grammar: Grammar, start: int, ids: Sequence[int]) -> bool:
    symbol = start
    for k, token in enumerate(ids):
        rule = grammar.rules[symbol].get(token)
        if rule is None:
            return False
        if not rule.opens:
            return k + 1 == len(ids)
        (symbol,) = rule.opens
    return False


@pytest.mark.parametrize(
    ("notation", "text"),
    [
        (Prefix, "sin"), (Postfix, "sin"), (Infix, "sin"), (Nary, "sin"), (Dag, "sin"), (TreeNotation, "(sin/1"),
        (Rules, "A→sin(E)"), (InfixCharacters, "s"),
    ],
)  # fmt: skip
def test_fuel_lasts_for_the_deepest_tree_and_no_deeper(notation: type[Tokenizer], text: str) -> None:
    tree = variable(0)
    for _ in range(FUEL):
        tree = Node("sin", (tree,))
    assert system(tree).depth == MAX_DEPTH
    tokenizer = few(notation)
    ids, token = tokenizer.encode(system(tree)), tokenizer.vocabulary.ids[text]
    last = max(i for i, t in enumerate(ids) if t == token)
    walk = MaskedRows(Masks(compiled(language(tokenizer, [Shape(1, 1)])), 1), [Shape(1, 1)], 4000)
    for i, following in enumerate((*ids, END)):
        allowed = walk.allowed()[0]
        assert allowed[following + 1]
        assert i <= last or not allowed[token + 1]
        walk.take(np.array([following]))


def test_references_cost_what_they_stand_for() -> None:
    """Eight definitions, each the sum of the one before with itself: 2^8 operators, in ten tokens a piece."""
    tokenizer = Dag(Bins(2), 1)
    ids = tokenizer.vocabulary.ids
    doubling = [ids["d0"], ids["+"], ids["x_0"], ids["x_0"]]
    for k in range(1, 8):
        doubling += [ids[f"d{k}"], ids["+"], ids[f"d{k - 1}"], ids[f"d{k - 1}"]]
    walk = MaskedRows(Masks(compiled(language(tokenizer, [Shape(1, 1)])), 1), [Shape(1, 1)], ROOMY)
    for i in doubling[:-2]:
        walk.take(np.array([i]))
    allowed = walk.allowed()[0]
    assert allowed[ids["d6"] + 1]  # 127 operators, and the one above: within the fuel
    walk.take(np.array([ids["d6"]]))
    assert not walk.allowed()[0][ids["d6"] + 1]  # twice that is not
    assert walk.allowed()[0][ids["d5"] + 1]


@given(any_systems(), st.sampled_from(["prefix", "postfix", "infix", "tree", "rules", "nary", "dag", "infix | digits:3"]))
def test_any_tree_with_fuel_is_in_the_language(s: System, name: str) -> None:
    """The numbers are any floats below 1e308 here, the trees any shape."""
    closed = s.domain != "function"
    variables = max(s.dim, len(s.equations))
    built = NOTATIONS[name.split(" | ")[0]]
    tokenizer = (
        built.build(Digits(3), variables, closed)
        if built.build is not None and name != "infix"
        else built.levels["chars"](variables, closed)
    )
    try:
        ids = tokenizer.encode(s.tree)
    except EncodeError:
        return
    if any(abs(node.value or 0.0) >= 1e308 for _, node in s.tree.walk()):
        return
    shape = Shape(len(s.equations), s.dim)
    assert accepts(Masks(compiled(language(tokenizer, [shape])), 1), shape, ids, len(ids) + 100)


def test_short_rooms_are_used_up_exactly() -> None:
    """In a room of the least length nothing but that can be written, and a shorter room is refused."""
    tokenizer, shape = Prefix(Digits(3), 2), Shape(2, 2)
    found = Masks(compiled(language(tokenizer, [shape])), 1)
    assert {len(ids) for ids in wander(found, [shape] * 50, 3, 0)} == {3}
    with pytest.raises(ValueError, match="the shortest has 3"):
        MaskedRows(found, [shape], 2)


def test_selected_rows_go_on_as_they_would_have() -> None:
    found = masks("prefix | bpe:256", "ode")
    shapes = list(found.compiled.starts)
    walk = MaskedRows(found, [shapes[i % len(shapes)] for i in range(40)], 60)
    rng = np.random.default_rng(0)
    for _ in range(3):
        walk.take((rng.random(walk.allowed().shape) * walk.allowed()).argmax(axis=1) - 1)
    rows = np.array([3, 3, 17, 0, 39])
    expected = walk.allowed()[rows]
    walk.select(rows)
    assert (walk.allowed() == expected).all()


def test_what_has_no_grammar_is_refused() -> None:
    for codec in ("xval", "fone", "bittoken"):
        with pytest.raises(SpecError, match=codec):
            language(representation(f"prefix | {codec}", "ode").tokenizer, [Shape(1, 1)])
    with pytest.raises(SpecError, match="no grammar of 'LatexCharacters'"):
        language(representation("latex", "ode").tokenizer, [Shape(1, 1)])
    with pytest.raises(SpecError, match="1 to 1 equations"):
        language(Prefix(Digits(3), 2, closed=False), [Shape(2, 2)])
    with pytest.raises(SpecError, match="control"):
        language(representation("prefix | checksum | bpe:400", "ode").tokenizer, [Shape(1, 1)])
    with pytest.raises(SpecError, match="prefix has it"):
        language(own("postfix", LOGIC), [Shape(1, 1)])
    with pytest.raises(SpecError, match="after a number 'eq' begins as an exponent does"):
        language(own("infix | chars", operators(Operator("eq", 2, "infix", 1), numbers=True)), [Shape(1, 1)])


def test_tables_are_small_where_tokens_are_many() -> None:
    found: Compiled = masks("prefix | fp", "ode").compiled
    assert len(found.words) > 27_000 and found.n_words < 10
