"""Texts of a domain of one's own: a Lark grammar and, where needed, a small transformer to trees, read as safely as the built-in
ones.

    GRAMMAR = '''
    ?start: both
    ?both: one | both "&" one   -> and
    ?one: "~" one               -> not
        | NAME
        | "(" both ")"
    %import common.CNAME -> NAME
    %import common.WS
    %ignore WS
    '''
    parse = TextReader("boolean", GRAMMAR, OPERATORS)

Rules and aliases named like a symbol of the alphabet build its node; a rule with one child gives that child; the terminal `NAME`
is a variable and `NUMBER` a number. `system` as a rule's name makes its children the equations of a system. For what that does
not cover, subclass `TreeBuilder` and give a method per rule.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, Tree
from lark.exceptions import LarkError
from lark.utils import logger as lark_log

from ..errors import KappabarError, SpecError, did_you_mean
from ..operators import Operators, operand_count
from ..tree import SYSTEM, VARIABLE_PREFIX, Node, System
from .canonical import canonical
from .reader import Fault, FaultFound, as_node, limited, located, resolve, run_parser, span_of

MAX_VARIABLES = 1000
_log = logging.getLogger("kappabar")
_RAW = "?"


class TreeBuilder(Transformer[Token, Any]):
    """Rules to nodes. In a subclass, a method named like a rule or alias takes the list of its children, nodes already, and gives
    a `Node`; one named like a terminal takes the token. `wrong(reason, node)` refuses a text at a node's place."""

    def __init__(self, operators: Operators) -> None:
        super().__init__()
        self.operators = operators

    def NAME(self, token: Token) -> Node:
        """A variable, by the name that it has in the text; a constant where the alphabet has one of that name."""
        text = str(token)
        arity = self.operators.arity(text)
        if arity:  # Lark reads a keyword as a name where only a name can stand
            raise FaultFound(f"unexpected {text!r}", token.start_pos or 0)
        return Node(text if arity == 0 else f"{_RAW}{text}", span=span_of(token))

    def NUMBER(self, token: Token) -> Node:
        """A number: refused where the alphabet has none, or it is too large for a float."""
        if not self.operators.numbers:
            raise FaultFound("this domain's expressions hold no numbers", token.start_pos or 0)
        return as_node(token)

    def __default__(self, data: Any, children: Sequence[Any], meta: Any) -> Any:
        name = str(data)
        if name.startswith("_"):  # a repetition, or a rule of which Lark keeps the children alone
            return Tree(name, list(children))
        arity = self.operators.arity(name)
        if stray := [c for c in children if not isinstance(c, Node)]:
            raise SpecError(
                f"rule {name!r} of the grammar keeps {stray[0]!r}: call variables NAME, numbers NUMBER, or give a method for it"
            )
        if name == "system" and arity is None:
            return limited(Node(SYSTEM, tuple(children), span=_around(children)))
        if arity is None and len(children) == 1:
            only: Node = children[0]
            return only
        if arity is None:
            hint = did_you_mean(name, self.operators.by_symbol)
            raise SpecError(f"rule {name!r} of the grammar has {len(children)} children and is no symbol of the alphabet{hint}")
        if arity != len(children):
            raise FaultFound(f"{name!r} takes {operand_count(arity)}, not {len(children)}", _start(children))
        return limited(Node(name, tuple(children), span=_around(children)))

    def wrong(self, reason: str, node: Node | None = None) -> Exception:
        """What to raise for a text that the grammar takes and the domain does not."""
        return FaultFound(reason, _start([node]))


def told(error: BaseException) -> str:
    """What a part of the user's own raises, in one line: 'ZeroDivisionError: division by zero'."""
    reason = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {reason}" if reason else type(error).__name__


def _start(nodes: Sequence[Node | None]) -> int:
    spans = [n.span for n in nodes if n is not None and n.span]
    return spans[0][0] if spans else 0


def _around(nodes: Sequence[Node]) -> tuple[int, int] | None:
    spans = [n.span for n in nodes if n.span]
    return (spans[0][0], spans[-1][1]) if spans else None


@dataclass(frozen=True, slots=True)
class TextReader:
    """The `parse` of a domain: text to `System`.

    `domain`: its name. `grammar`: a Lark grammar, LALR(1), compiled on first use. `operators`: the alphabet; every symbol is
    checked against it. Variables become `x_0`, `x_1`, … in the order of their first use, or by their own numbers where all are
    written `x_N`. `closed`: as the domain says, which sets it. Equations of a closed domain's texts go by `x_0`, `x_1`, … in
    order: equation i drives `x_i`, whatever a text writes before it; a text with more variables than equations is refused.
    Calling it raises ParseError, with line and column, for a text that is none of the domain, and SpecError for a grammar that is
    none.
    """

    domain: str
    grammar: str
    operators: Operators
    builder: type[TreeBuilder] = TreeBuilder
    start: str = "start"
    closed: bool = False

    def __call__(self, text: str) -> System:
        try:
            parsed = run_parser(parser_of(self), text, own=True)
            if not isinstance(parsed, Fault):
                return self._system(parsed)
            fault = parsed
        except FaultFound as e:
            fault = e.fault
        except KappabarError:
            raise
        except Exception as e:  # a user's builder may fail in any way; told in one line
            fault = Fault(f"{self.builder.__name__} raises {told(e)}", 0)
        raise located(fault, text)

    @property
    def without_variables(self) -> bool:
        """Whether no text can hold a variable: the grammar has no terminal `NAME`. Unknown, and so false, of a builder with
        methods of its own. Raises SpecError for a grammar that is none."""
        return self.builder is TreeBuilder and all(t.name != "NAME" for t in parser_of(self).terminals)

    def _system(self, parsed: object) -> System:
        if not isinstance(parsed, Node):
            raise SpecError(f"{self.builder.__name__} gives a {type(parsed).__name__}, not a Node")
        # Before any walk: its paths grow with the depth.
        tree = limited(parsed if parsed.symbol == SYSTEM else Node(SYSTEM, (parsed,), span=parsed.span))
        for path, node in tree.walk():
            leaf_of_text = node.symbol.startswith(_RAW) or node.is_number or node.is_variable
            if path and not leaf_of_text and len(node.children) != self.operators.arity(node.symbol):
                hint = did_you_mean(node.symbol, self.operators.by_symbol)
                reason = f"{node.symbol!r} with {operand_count(len(node.children))} is not in the alphabet{hint}"
                raise FaultFound(reason, _start([node]))
        names = _names([n.symbol[1:] for _, n in tree.walk() if n.symbol.startswith(_RAW)])
        if len(names) > MAX_VARIABLES:
            raise FaultFound(f"{len(names)} variables; at most {MAX_VARIABLES} are supported", 0)
        index = {name: i for i, name in enumerate(names)}

        def leaf(raw: Node) -> Node:
            return Node(f"{VARIABLE_PREFIX}{index[raw.symbol[1:]]}") if raw.symbol.startswith(_RAW) else raw

        read = resolve(tree, leaf)
        if self.closed:
            _all_driven(read, len(names))
            names = _for_each(names, len(read.children))
        return System(canonical(read) if self.operators.built_in else read, names, self.domain)


def _all_driven(tree: Node, variables: int) -> None:
    """Raises FaultFound where a variable has no equation of its own."""
    equations = len(tree.children)
    if variables > equations:
        surplus = [node for _, node in tree.walk() if node.is_variable and node.index >= equations]
        counts = f"{variables} variables, but {equations} equation{'s' if equations > 1 else ''}"
        raise FaultFound(f"{counts}; every variable of this domain has one, that of x_i is equation i, from 0", _start(surplus))


def _names(used: Sequence[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(used))
    numbers = [n[len(VARIABLE_PREFIX) :] for n in names if n.startswith(VARIABLE_PREFIX)]
    if names and len(numbers) == len(names) and all(n.isdecimal() and str(int(n)) == n for n in numbers):
        return tuple(f"{VARIABLE_PREFIX}{i}" for i in range(min(max(map(int, numbers)), MAX_VARIABLES) + 1))
    return names


def _for_each(names: tuple[str, ...], equations: int) -> tuple[str, ...]:
    """The names, and others for the variables whose equations nothing reads."""
    for i in range(len(names), equations):
        name = f"{VARIABLE_PREFIX}{i}"
        while name in names:
            name += "_"
        names = (*names, name)
    return names


def parser_of(reader: TextReader) -> Lark:
    """The compiled grammar. What is doubtful of it is told as a warning, once. Raises SpecError for a grammar that is none."""
    return _compiled(replace(reader, closed=False))  # which the domain says, and no grammar


@cache
def _compiled(reader: TextReader) -> Lark:
    try:
        with _conflicts() as conflicts:
            parser = Lark(reader.grammar, parser="lalr", start=reader.start, transformer=reader.builder(reader.operators))
    except LarkError as e:
        reason = " ".join(str(e).split())
        raise SpecError(f"the grammar of {reader.domain!r} cannot be used: {reason[:300]}") from None
    if conflicts:
        _log.warning(
            "kappabar: warning: the grammar of %r has two readings of a text, and goes on reading where it could end a rule: %s; "
            "give each precedence a rule of its own",
            reader.domain,
            _in_short(conflicts)[:300],
        )
    if unbuilt := _unbuilt(reader, parser):
        _log.warning(
            "kappabar: warning: no rule or alias of the grammar of %r builds %s: a text that holds it loses it, or is refused",
            reader.domain,
            ", ".join(map(repr, unbuilt)),
        )
    return parser


def _in_short(conflicts: Sequence[tuple[str, str]]) -> str:
    """Each rule once, with the terminals before which it could end, in an order of their own: Lark's differs from run to run."""
    before: dict[str, set[str]] = {}
    for terminal, rules in conflicts:
        before.setdefault(rules, set()).add(terminal)
    return "; ".join(sorted(f"before {' and '.join(sorted(terminals))}{rules}" for rules, terminals in before.items()))


@contextmanager
def _conflicts() -> Iterator[list[tuple[str, str]]]:
    """What Lark tells of conflicts, of which it says nothing unless it is asked: ("AND", ", <one : TILDE either>")."""
    told_so: list[tuple[str, str]] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.msg.startswith("Shift/Reduce"):
                told_so.append((str(record.args[0] if isinstance(record.args, tuple) else "?"), ""))
            elif record.msg.startswith(" * ") and told_so:
                terminal, rules = told_so[-1]
                told_so[-1] = terminal, f"{rules}, {record.args[0] if isinstance(record.args, tuple) else '?'}"

    keeping, level, passing = Keeping(logging.DEBUG), lark_log.level, lark_log.propagate
    before = list(lark_log.handlers)
    lark_log.handlers, lark_log.propagate = [keeping], False
    lark_log.setLevel(logging.DEBUG)
    try:
        yield told_so
    finally:
        lark_log.handlers, lark_log.propagate = before, passing
        lark_log.setLevel(level)


def _unbuilt(reader: TextReader, parser: Lark) -> list[str]:
    """Operators that no text can hold. Unknown of a builder with methods of its own."""
    if reader.builder is not TreeBuilder:
        return []
    named = {rule.alias for rule in parser.rules if rule.alias}
    plain = {rule.origin.name: rule.options.expand1 for rule in parser.rules if not rule.alias}
    # Of a rule that begins with a question mark and has one child, Lark keeps the child alone.
    named |= {name for name, inlined in plain.items() if not inlined}
    named |= {row.symbol for row in reader.operators.rows if row.arity > 1 and row.symbol in plain}
    return [row.symbol for row in reader.operators.rows if row.arity and row.symbol not in named]
