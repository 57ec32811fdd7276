"""Tokenizers by name: specs parse and print back, mistakes are told in one line, users' parts stand where built-in ones do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kappabar.grammars.errors import SpecError
from kappabar.grammars.text.reader import read_infix
from kappabar.grammars.tree import Node
from kappabar.tokenizers.base import Tokenizer
from kappabar.tokenizers.catalog import CODECS, NOTATIONS, WRAPPERS, is_notation, notations, parse_spec
from kappabar.tokenizers.codecs.bins import MODES


def bare(text: str) -> Node:
    tree = read_infix(text)
    assert isinstance(tree, Node)
    return tree


TREE = bare("10*(x_1-x_0)|x_0*(28-x_2)-x_1^2|x_0*x_1-2.5*sin(x_2)")


@pytest.mark.parametrize(
    ("spec", "canonical"),
    [
        ("prefix", "prefix | digits:3"),
        ("infix", "infix | chars"),
        ("infix | bpe", "infix | chars | bpe:512"),
        ("infix|digits", "infix | digits:3"),
        ("tree | bins", "tree | bins:64,log"),
        ("rules | bins:256,quantile", "rules | bins:256,quantile"),
        ("postfix | e2e", "postfix | e2e:4,1"),
        (" prefix | bins: 8 , uniform | repeat ", "prefix | bins:8,uniform | repeat:3"),
        ("prefix | e2e:4,2 | unigram:600 | repeat:5", "prefix | e2e:4,2 | unigram:600 | repeat:5"),
    ],
)
def test_specs_print_in_full_and_parse_back(spec: str, canonical: str) -> None:
    found = parse_spec(spec.split("|"))
    assert " | ".join(found.parts) == canonical
    assert parse_spec(found.parts) == found
    tokenizer = found.build(3, True, [TREE])
    assert isinstance(tokenizer, Tokenizer)
    assert isinstance(tokenizer.decode(tokenizer.encode(TREE)), Node)


codec_texts = st.one_of(
    st.builds("digits:{}".format, st.integers(1, 15)),
    st.sampled_from(("e2e:4,1", "e2e:4,2", "e2e:6,3", "chars")),
    st.builds("bins:{},{}".format, st.integers(1, 300), st.sampled_from(MODES)),
)
wrapper_texts = st.sampled_from(("bpe:512", "unigram:900", "repeat:3", "repeat:5"))


@given(st.sampled_from(sorted(notations())), codec_texts, st.lists(wrapper_texts, max_size=2))
def test_canonical_specs_are_fixed_points(notation: str, codec: str, wrappers: list[str]) -> None:
    if notation == "latex" or codec == "chars":  # these write numbers as characters, and no other does
        notation, codec = notation if notation == "latex" else "infix", "chars"
    parts = (notation, codec, *wrappers)
    assert parse_spec(parts).parts == parts


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("prefx", "did you mean 'prefix'"),
        ("infix|dig", "did you mean 'digits'"),
        ("prefix|chars", "unknown number codec or wrapper 'chars'"),
        ("prefix|digits:99", "from 1 to 15"),
        ("prefix|digits:", "whole number"),
        ("prefix|digits:-3", "whole number"),
        ("prefix|digits:٣", "whole number"),
        ("prefix|digits:3.0", "whole number"),
        ("prefix|bins:64,logg", "did you mean 'log'"),
        ("prefix|bins:log", "K is a whole number"),
        ("prefix|bins:0", "from 1"),
        ("prefix|bins:1,log,3", "write bins:K,MODE"),
        ("prefix|digits:3|bins", "directly after the notation"),
        ("prefix|bpe|digits", "directly after the notation"),
        ("prefix|e2e:4,3", "divides"),
        ("prefix|repeat:4", "odd"),
        ("prefix|bpe:10", "no room for merges"),
        ("prefix|bpe|reapet", "did you mean 'repeat'"),
        ("tree:3", "takes no arguments"),
        ("math:pi", "no tokenizer"),
        ("prefix|math:pi", "no number codec"),
        ("prefix|digits|math:pi", "no tokenizer"),
        ("math:sqrt", "could not be made"),
        ("no_such_module:X", "no module named"),
        ("", "unknown notation"),
    ],
)
def test_mistakes_are_told_in_one_line(spec: str, message: str) -> None:
    with pytest.raises(SpecError) as error:
        parse_spec(spec.split("|")).build(3, True, [TREE])
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_no_parts_are_refused() -> None:
    with pytest.raises(SpecError, match="needs a notation"):
        parse_spec([])


def test_names_are_those_of_the_tables_and_mean_one_thing() -> None:
    for table in (NOTATIONS, CODECS, WRAPPERS):
        assert all(name == entry.name and entry.summary for name, entry in table.items())
    assert not set(NOTATIONS) & set(CODECS)
    assert not set(CODECS) & set(WRAPPERS)
    assert is_notation(" prefix ")
    assert not is_notation("sort")


def test_bins_are_fitted_to_the_corpus_and_not_to_whole_exponents() -> None:
    codec = parse_spec(["prefix", "bins:64,quantile"]).codec([TREE])
    assert codec is not None
    assert [codec.round(v) for v in (10.0, 28.0, 2.5)] == [10.0, 28.0, 2.5]
    assert len(codec.tokens) == 3  # not 4: the 2 of x_1^2 is structure
    assert parse_spec(["infix", "chars"]).codec([TREE]) is None


OWN = '''
from kappabar.tokenizers.base import Invalid, Token, TokenClass, Vocabulary
from kappabar.tokenizers.parts import Argument, Codec, Notation, Wrapper
from kappabar.tokenizers.notations.postfix import Postfix
from kappabar.tokenizers.notations.prefix import Prefix
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.wrappers.repeat import Repeat


class Whole:
    """Rounds to whole numbers from 0 to 99."""

    spec = "whole"
    tokens = tuple(f"W{i}" for i in range(100))

    def round(self, value):
        return float(min(max(round(value), 0), 99))

    def write(self, value):
        return [f"W{int(self.round(value))}"]

    def read(self, tokens, start):
        token = tokens[start] if start < len(tokens) else ""
        return (float(token[1:]), start + 1) if token in self.tokens else Invalid("no whole number", start)


def my_prefix(n_variables, closed):
    return Prefix(Digits(2), n_variables, closed)


def twice_shy(base, corpus):
    return Repeat(base, 3)


ready = Prefix(Digits(2), 3)
mirrored = Notation("mirrored", "postfix by another name", "digits:2", Postfix)
digits = Codec("digits", "another", lambda values, n: Digits(n), (Argument("N", 4, 1, 6),))
repeat = Wrapper("repeat", "another", lambda base, corpus: Repeat(base, 3))


class Greedy(Whole):
    tokens = ("+",)
'''


def test_parts_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_parts_of_a_test.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    own = "own_parts_of_a_test"
    for spec in (
        f"{own}:my_prefix",
        f"{own}:ready",
        f"{own}:my_prefix | bpe:200",
        f"prefix | {own}:Whole",
        f"{own}:mirrored | bins:8",
        f"prefix | digits:3 | {own}:twice_shy",
        f"prefix | {own}:Whole | {own}:twice_shy",
        f"prefix | {own}:digits",
        f"prefix | {own}:digits:6 | {own}:repeat",
    ):
        found = parse_spec(spec.split("|"))
        assert parse_spec(found.parts).parts == found.parts
        assert found.parts[0] == spec.split(" | ")[0]
        tokenizer = found.build(3, True, [TREE])
        assert isinstance(tokenizer.decode(tokenizer.encode(TREE)), Node)
    assert parse_spec(["prefix", f"{own}:digits", f"{own}:repeat"]).parts == ("prefix", f"{own}:digits:4", f"{own}:repeat")
    with pytest.raises(SpecError, match="from 1 to 6"):
        parse_spec(["prefix", f"{own}:digits:7"])
    with pytest.raises(SpecError, match="it takes none"):
        parse_spec(["prefix", f"{own}:repeat:7"])
    with pytest.raises(SpecError, match="writes numbers itself"):
        parse_spec([f"{own}:my_prefix", "digits:3"])
    with pytest.raises(SpecError, match="uses the token"):
        parse_spec(["prefix", f"{own}:Greedy"]).build(3, True, [])
    with pytest.raises(SpecError, match="has no 'Nothing'"):
        parse_spec([f"{own}:Nothing"])
