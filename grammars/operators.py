"""The alphabet of a domain: its operators with their arities, and how infix writes them.

A domain carries one `Operators`; notations, readers and printers take it, and the built-in one where they are given none.
Variables are never part of it: every alphabet has `x_0`, `x_1`, …, but one of sequences, whose expressions are symbols in a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields

from .errors import SpecError
from .tree import ARITY, BINARY, CONSTANTS, FUNCTIONS, NEGATE, NUMBER, SYSTEM, VARIABLE_PREFIX, Node

FIXITIES = ("call", "infix", "infix-right", "prefix", "postfix")
MAX_LEVELS = 10
"""Different precedences in one alphabet: each is a nonterminal of the notation `rules`."""
MAX_ARITY = 16
MAX_SEQUENCE = 512
"""Symbols of an expression that is a sequence, at most."""
MAX_PRECEDENCE = 999
"""Largest absolute value: readers keep levels of their own beyond it, for what needs parentheses always and never."""
_STRUCTURE = frozenset((SYSTEM, "(", ")", ","))
_SYMBOL = re.compile(r"[^\s()\[\],|→]{1,32}")


@dataclass(frozen=True, slots=True)
class Operator:
    """One symbol of a tree and its number of operands; 0 makes it a constant.

    `fixity`: how infix writes it: "infix" (two operands, associates to the left), "infix-right" (to the right), "prefix",
    "postfix" (one operand), or "call", `symbol(a, b)`. `precedence`: larger binds tighter; not used by calls and constants. The
    texts of prefix, infix and postfix operators are the symbols themselves. `commutative`, `associative`: whether the operands of
    an operator of two may change places, and be grouped otherwise, with no change in meaning; for what writes or rewrites chains.
    `binds`: how many variables it binds in its last operand. `bound`: of a constant that is such a variable: 1, 2, … for the
    first, the second, … that is bound there, from the outside; -1, -2, … from the inside.
    """

    symbol: str
    arity: int = 2
    fixity: str = "call"
    precedence: int = 0
    commutative: bool = False
    associative: bool = False
    binds: int = 0
    bound: int = 0

    @property
    def infix(self) -> bool:
        return self.fixity in ("infix", "infix-right")

    def document(self) -> dict[str, str | int | bool]:
        """What makes it again: its fields, without what it does not claim."""
        claims = ("commutative", "associative", "binds", "bound")
        return {name: value for name, value in asdict(self).items() if value or name not in claims}


@dataclass(frozen=True, slots=True)
class Operators:
    """The operators of a domain. `numbers`: whether its trees hold numbers; without, representations have no number codec.
    `sequence`: where expressions are no trees but sequences, the most symbols that one has, up to 512; then all symbols are
    constants, there are no variables and no numbers, and a system's children are its symbols in order, one leaf each. 0: trees.
    `write`: how a person of the domain writes a tree (a string of brackets, a board, several lines), wherever one is shown; None
    for infix, or for the symbols of a sequence in a row. It is shown and never read back.

    Operators of one precedence have one fixity, so that infix text has one reading: give `~` a precedence of its own. Raises
    SpecError: a symbol twice, reserved (`|`, brackets, commas, `x_…`, `number`) or with spaces; an arity that its fixity does not
    have; a precedence that is no whole number from -999 to 999; two fixities at one precedence, or more than 10 precedences; `^`
    but for an operator of two operands where there are no numbers (`^2` is a whole power).
    """

    rows: tuple[Operator, ...]
    numbers: bool = False
    sequence: int = 0
    write: Callable[[Node], str] | None = field(default=None, compare=False, repr=False)
    by_symbol: Mapping[str, Operator] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(self.rows))
        _check_types(self.rows)
        object.__setattr__(self, "by_symbol", {row.symbol: row for row in self.rows})
        if len(self.by_symbol) != len(self.rows):
            raise SpecError("an alphabet has a symbol twice")
        if self.numbers and _plain(self.rows) == _plain(_ARITHMETIC):  # which has a `^` of its own kind
            object.__setattr__(self, "rows", _ARITHMETIC)
        else:
            _check(self)

    @property
    def built_in(self) -> bool:
        """Whether this is the arithmetic that every built-in part knows."""
        return self is BUILT_IN or self == BUILT_IN

    @property
    def chained(self) -> tuple[str, ...]:
        """The associative operators: `a + b + c` is one chain."""
        return tuple(row.symbol for row in self.rows if row.associative)

    @property
    def sorted(self) -> tuple[str, ...]:
        """The commutative operators."""
        return tuple(row.symbol for row in self.rows if row.commutative)

    @property
    def levels(self) -> tuple[int, ...]:
        """The precedences in use, loosest first."""
        return tuple(sorted({row.precedence for row in self.rows if row.fixity != "call" and row.arity}))

    @property
    def constants(self) -> tuple[str, ...]:
        return tuple(row.symbol for row in self.rows if not row.arity)

    def arity(self, symbol: str) -> int | None:
        """Operands of a symbol, None where it is none of the alphabet."""
        row = self.by_symbol.get(symbol)
        return None if row is None else row.arity


def operand_count(count: int) -> str:
    """In words: "1 operand", "2 operands"."""
    return f"{count} operand{'s' * (count != 1)}"


def _plain(rows: tuple[Operator, ...]) -> list[tuple[str, int, str, int]]:
    return [(row.symbol, row.arity, row.fixity, row.precedence) for row in rows]


def operators(*rows: Operator, numbers: bool = False, sequence: int = 0, write: Callable[[Node], str] | None = None) -> Operators:
    """`Operators`, row by row."""
    return Operators(rows, numbers, sequence, write)


def sequences(*symbols: str, longest: int = MAX_SEQUENCE, write: Callable[[Node], str] | None = None) -> Operators:
    """The alphabet of sequences of these symbols, of at most `longest` each: `sequences("A", "C", "G", "U", longest=60)`."""
    return Operators(tuple(Operator(symbol, 0) for symbol in symbols), sequence=longest, write=write)


def _check(alphabet: Operators) -> None:
    for row in alphabet.rows:
        _check_row(row, alphabet.numbers)
    fixities: dict[int, str] = {}
    for row in alphabet.rows:
        if row.arity and row.fixity != "call" and fixities.setdefault(row.precedence, row.fixity) != row.fixity:
            raise SpecError(
                f"{row.symbol!r} is {row.fixity} at precedence {row.precedence}, where others are {fixities[row.precedence]}; "
                "give it a precedence of its own"
            )
    _check_sequence(alphabet)
    if len(alphabet.levels) > MAX_LEVELS:
        raise SpecError(f"{len(alphabet.levels)} different precedences; at most {MAX_LEVELS} are supported")


def _check_sequence(alphabet: Operators) -> None:
    longest = alphabet.sequence
    if type(longest) is not int or not 0 <= longest <= MAX_SEQUENCE:
        raise SpecError(f"sequence={longest!r:.40} is no length; use whole numbers up to {MAX_SEQUENCE}, or 0 for trees")
    if not longest:
        return
    if wide := next((row for row in alphabet.rows if row.arity), None):
        raise SpecError(f"{wide.symbol!r} has {operand_count(wide.arity)}; the symbols of a sequence have none")
    if alphabet.numbers or not alphabet.rows:
        raise SpecError("a sequence has symbols and no numbers; write what is numeric as symbols, say levels or digits")


def _check_types(rows: tuple[object, ...]) -> None:
    kinds = {f.name: {"str": str, "int": int, "bool": bool}[str(f.type)] for f in fields(Operator)}
    for row in rows:
        if not isinstance(row, Operator):
            raise SpecError(f"an alphabet's rows are made by Operator(…), not {row!r:.60}")
        for name, kind in kinds.items():
            if type(value := getattr(row, name)) is not kind:
                raise SpecError(f"the {name} of operator {row.symbol!r:.40} is {value!r:.40}; it must be of type {kind.__name__}")


def _check_row(row: Operator, numbers: bool) -> None:
    symbol = row.symbol
    reserved = symbol in _STRUCTURE or symbol == NUMBER or symbol.startswith((VARIABLE_PREFIX, "?"))
    if reserved or not _SYMBOL.fullmatch(symbol):
        raise SpecError(f"{symbol!r} cannot be a symbol: no spaces, brackets, commas, bars, x_…, ?… or 'number'; rename it")
    if symbol.startswith("^") and (numbers or symbol != "^" or row.arity != 2):
        raise SpecError(
            f"{symbol!r} cannot be a symbol: ^2 is a whole power. Write it another way, say 'pow' (without numbers, ^ with two "
            "operands is free)"
        )
    if row.fixity not in FIXITIES:
        raise SpecError(f"unknown fixity {row.fixity!r} of {symbol!r}; there are {', '.join(FIXITIES)}")
    needed = {"infix": 2, "infix-right": 2, "prefix": 1, "postfix": 1}.get(row.fixity, row.arity)
    if row.arity and row.arity != needed:
        raise SpecError(f"{symbol!r} has {operand_count(row.arity)}, but {row.fixity} takes {needed}")
    if (row.commutative or row.associative) and row.arity != 2:
        raise SpecError(f"{row.symbol!r} has {operand_count(row.arity)}; only an operator of two is commutative or associative")
    if row.binds < 0 or (row.binds and not row.arity) or (row.bound and row.arity):
        raise SpecError(
            f"{symbol!r} has {operand_count(row.arity)}: what has one binds variables, a constant is one that is bound"
        )
    if not 0 <= row.arity <= MAX_ARITY:
        raise SpecError(f"{symbol!r} has {operand_count(row.arity)}; 0 to {MAX_ARITY} are supported")
    if not isinstance(row.precedence, int) or abs(row.precedence) > MAX_PRECEDENCE:
        raise SpecError(
            f"{symbol!r} has the precedence {row.precedence!r:.40}; use whole numbers from -{MAX_PRECEDENCE} to {MAX_PRECEDENCE}"
        )


def _arithmetic() -> tuple[Operator, ...]:
    level = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 4}
    chained = ("+", "*")
    rows = [Operator(s, ARITY[s], "infix-right" if s == "^" else "infix", level[s], *[s in chained] * 2) for s in BINARY]
    rows.append(Operator(NEGATE, 1, "prefix", 3))
    return (*rows, *(Operator(s, 1) for s in FUNCTIONS), *(Operator(s, 0) for s in CONSTANTS))


_ARITHMETIC = _arithmetic()
BUILT_IN = Operators(_ARITHMETIC, numbers=True)
"""Arithmetic: `+ - * / ^`, `neg`, functions, `pi` and `e`. Its infix has two rules that no alphabet of one's own has: unary minus
shares its text with subtraction, and may follow `^` without parentheses."""
