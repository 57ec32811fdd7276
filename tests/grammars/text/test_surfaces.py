"""Grammars of one's own against their alphabets: what is written is read as it was, and what is doubtful is told."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from kappabar.grammars.operators import Operator, operators
from kappabar.grammars.text.own import TextReader, parser_of
from kappabar.grammars.text.surfaces import reread, surfaces, to_text
from kappabar.grammars.tree import Node, system, variable

LOGIC = operators(Operator("and", 2, "infix", 1), Operator("not", 1, "prefix", 2))
ENDING = '| NAME\n | "(" start ")"\nNAME: /[a-z]\\w*/\n%import common.WS\n%ignore WS\n'
AMBIGUOUS = TextReader("ambiguous", f'?start: "~" start -> not\n | start "&" start -> and\n {ENDING}', LOGIC)
LEVELS = TextReader("levels", f'?start: one | start ("&" | "and") one -> and\n?one: "~" one -> not\n {ENDING}', LOGIC)
X, Y = variable(0), variable(1)
NOT_FIRST = system(Node("and", (Node("not", (X,)), Y)))


def test_symbols_are_written_as_the_grammar_has_them() -> None:
    assert surfaces(LEVELS) == {"and": "and", "not": "~"}
    assert surfaces(AMBIGUOUS) == {"and": "&", "not": "~"}
    assert to_text(LOGIC, NOT_FIRST, surfaces(AMBIGUOUS)) == "~ x_0 & x_1"


def test_what_is_written_is_read_as_it_was_or_the_grammar_differs() -> None:
    text = to_text(LOGIC, NOT_FIRST, surfaces(AMBIGUOUS))
    assert reread(LEVELS, text) == NOT_FIRST
    assert reread(AMBIGUOUS, text) == system(Node("not", (Node("and", (X, Y)),)))
    assert reread(LEVELS, "& x_0") is None


@pytest.mark.parametrize(("rest", "told"), [(AMBIGUOUS, True), (LEVELS, False)])
def test_conflicts_are_told_once(rest: TextReader, told: bool, caplog: pytest.LogCaptureFixture) -> None:
    name = f"{rest.domain}-anew"
    reader = TextReader(name, rest.grammar, LOGIC)
    with caplog.at_level(logging.WARNING, "kappabar"):
        reader("~a & b")
        reader("a & b")
        parser_of(replace(reader, closed=True))  # as a domain has it
    words = [r.getMessage() for r in caplog.records if name in r.getMessage()]
    assert len(words) == told
    assert not told or ("has two readings of a text" in words[0] and "before AMPERSAND, <start : TILDE start>" in words[0])


def test_a_rule_of_several_conflicts_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    alphabet = operators(Operator("and", 2, "infix", 2), Operator("or", 2, "infix", 1), Operator("not", 1, "prefix", 3))
    grammar = f'?start: "~" start -> not\n | start "&" start -> and\n | start "|" start -> or\n {ENDING}'
    with caplog.at_level(logging.WARNING, "kappabar"):
        parser_of(TextReader("often-ambiguous", grammar, alphabet))
    (words,) = (r.getMessage() for r in caplog.records)
    rules = ("start AMPERSAND start", "start VBAR start", "TILDE start")
    assert words.count("before AMPERSAND and VBAR, <") == len(rules)
    assert [words.count(rule) for rule in rules] == [1, 1, 1]
    assert words.index("<start : TILDE start>") < words.index("<start : start AMPERSAND start>") < words.index("start VBAR start")


def test_a_grammar_without_names_has_no_variables() -> None:
    letters = operators(Operator("a", 0), Operator("star", 1, "postfix", 1))
    assert TextReader("words", '?start: star\n?star: atom | star "*" -> star\n?atom: "a" -> a\n', letters).without_variables
    assert not LEVELS.without_variables
