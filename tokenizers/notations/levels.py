"""The nonterminals of the notation `rules`: one per precedence of an alphabet, between the root and what needs no parentheses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from ...grammars.operators import Operator, Operators
from ...grammars.tree import NEGATE, Node, is_whole_power

Place = tuple[int, tuple[int, ...]]
"""The slot whose production writes a symbol, and the slots of its operands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Slots are numbered from the root (1) to numbers, looser ones first. `chains`: what each level may be instead; `letters`:
    its name; `positions` and `texts`: of each symbol but variables, constants and calls; `power`: where whole powers are
    written."""

    letters: Mapping[int, str]
    chains: Mapping[int, int]
    positions: Mapping[str, Place]
    texts: Mapping[str, str]
    first: int
    atom: int
    power: int = 0
    root: int = 1

    @property
    def number(self) -> int:
        return self.atom + 1

    @property
    def slots(self) -> dict[int, str]:
        """What each slot waits for."""
        return {slot: f"a production of {letter}" for slot, letter in self.letters.items()} | {self.number: "a number"}

    @property
    def last(self) -> str:
        return f"S→{self.letters[self.first]}"

    @property
    def more(self) -> str:
        return f"S→{self.letters[self.first]}|S"

    @property
    def parentheses(self) -> str:
        return f"A→({self.letters[self.first]})"

    @property
    def bracketed(self) -> bool:
        """Whether some operand may stand in parentheses only. Else a production for them would write nothing, and any number of
        them."""
        below = [slot for _, slots in self.positions.values() for slot in slots] + ([self.atom] if self.power else [])
        return any(slot > self.first for slot in below)

    @property
    def numbers(self) -> str:
        return "A→N"

    def chain(self, slot: int) -> str:
        """'E→T'."""
        return f"{self.letters[slot]}→{self.letters[self.chains[slot]]}"

    def place(self, symbol: str, whole_power: bool, arity: int) -> Place:
        """Of a symbol with so many operands."""
        if whole_power:
            return self.power, (self.atom,)
        return self.positions.get(symbol, (self.atom, (self.first,) * arity))

    def place_of(self, node: Node) -> Place:
        return self.place(node.symbol, is_whole_power(node), len(node.children))

    def text(self, head: str) -> str:
        """Text of the production that introduces a symbol: '+' -> 'E→E+T', 'sin' -> 'A→sin(E)', '^2' -> 'P→A^2'."""
        if head in self.texts:
            return self.texts[head]
        return f"{self.letters[self.power]}→A{head}" if self.power and head.startswith("^") else f"A→{head}"


def _arithmetic(alphabet: Operators) -> Levels:
    """Precedence as in the grammar: a sum E, a product T, a factor F, a power P, an atom A. Unary minus may follow `^`."""
    s, e, t, f, p, a, n = range(1, 8)
    letters = dict(zip((s, e, t, f, p, a, n), "SETFPAN", strict=True))
    positions: dict[str, Place] = {"+": (e, (e, t)), "-": (e, (e, t)), "*": (t, (t, f)), "/": (t, (t, f)), "^": (p, (a, f))}
    texts = {
        symbol: f"{letters[own]}→{letters[below[0]]}{symbol}{letters[below[1]]}" for symbol, (own, below) in positions.items()
    } | {NEGATE: "F→-F"}
    texts |= {row.symbol: f"A→{row.symbol}(E)" for row in alphabet.rows if row.fixity == "call" and row.arity}
    return Levels(
        letters=letters,
        chains={e: t, t: f, f: p, p: a},
        positions=positions | {NEGATE: (f, (f,))},
        texts=texts,
        first=e,
        atom=a,
        power=p,
    )


@lru_cache(maxsize=64)
def levels(alphabet: Operators) -> Levels:
    """Of the built-in alphabet, or E1 (loosest) … of another's precedences."""
    if alphabet.built_in:
        return _arithmetic(alphabet)
    slots = {precedence: 2 + i for i, precedence in enumerate(alphabet.levels)}
    atom = 2 + len(slots)
    letters = {1: "S"} | {slot: f"E{slot - 1}" for slot in slots.values()} | {atom: "A", atom + 1: "N"}
    positions: dict[str, Place] = {}
    texts: dict[str, str] = {}
    for row in alphabet.rows:
        if row.arity:
            own, below = _placed(row, slots, atom)
            positions[row.symbol] = own, below
            texts[row.symbol] = _written(row, own, [letters[slot] for slot in below], letters)
    return Levels(
        letters=letters, chains={slot: slot + 1 for slot in range(2, atom)}, positions=positions, texts=texts, first=2, atom=atom
    )


def _placed(row: Operator, slots: Mapping[int, int], atom: int) -> Place:
    if row.fixity == "call":
        return atom, (2,) * row.arity
    own = slots[row.precedence]
    return own, {"infix": (own, own + 1), "infix-right": (own + 1, own)}.get(row.fixity, (own,))


def _written(row: Operator, own: int, below: list[str], letters: Mapping[int, str]) -> str:
    if row.fixity == "call":
        return f"A→{row.symbol}({','.join(below)})"
    if row.fixity == "prefix":
        return f"{letters[own]}→{row.symbol}{below[0]}"
    return f"{letters[own]}→{below[0]}{row.symbol}{below[1] if row.arity == 2 else ''}"
