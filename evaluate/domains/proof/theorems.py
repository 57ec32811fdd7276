"""φ of proofs: the most general theorem, as symbols. Formulas in Polish notation, Łukasiewicz' axioms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ....grammars.errors import SpecError
from ....grammars.tree import Node, System
from ....tokenizers.machines.forest import SYMBOL_ITEM, Forest
from ...semantics.alone import Alone, Found, rows
from ...semantics.base import Behaviors, Setting, Status, all_fit
from .detachment import (
    APPLY,
    IMPLIES,
    LONGEST,
    MOST_LEAVES,
    NOT,
    NOTHING,
    PROVED,
    SYMBOLS,
    TOO_LARGE,
    VARIABLE,
    Codes,
    theorems,
)

AXIOMS = ("CpCqp", "CCpCqrCCpqCpr", "CCNpNqCqp")
"""Of implication C and negation N: J. Łukasiewicz' simplification of Frege's (Łukasiewicz & Tarski 1930), as in the collection of
proofs by condensed detachment at Metamath (pmproofs). Axiom k is written k in a proof."""
RULE = "D"
_MOST = 127
"""What an item may say, and no axiom is."""
_LETTERS = "pqrstuvwxyzabcdefghijklmno"
_STATUS = {PROVED: Status.OK, NOTHING: Status.UNDEFINED, TOO_LARGE: Status.UNRESOLVED}


def codes(text: str) -> list[int]:
    """A formula in Polish notation, C and N before what they connect, small letters for variables: variables are numbered in the
    order of their first use. Raises SpecError where it is none."""
    names: dict[str, int] = {}
    found, wanted = [], 1
    for letter in text:
        if not wanted or not (letter in "CN" or letter in _LETTERS):
            raise SpecError(f"{text!r} is no formula in Polish notation: C and N stand before what they connect, p is a variable")
        wanted += {"C": 1, "N": 0}.get(letter, -1)
        found.append({"C": IMPLIES, "N": NOT}.get(letter) or VARIABLE + names.setdefault(letter, len(names)))
    if wanted:
        raise SpecError(f"the formula {text!r} ends too early: {wanted} part{'s are' if wanted > 1 else ' is'} missing")
    return found


def polish(formula: Iterable[float]) -> str:
    """The text of a formula's codes, up to the first 0."""
    text = ""
    for code in map(int, formula):
        if not code:
            break
        name = code - VARIABLE
        text += {IMPLIES: "C", NOT: "N"}.get(code) or (_LETTERS[name] if name < len(_LETTERS) else f"x{name}")
    return text


def said(behavior: NDArray[np.float64]) -> str:
    """The text of a theorem as behaviors have it, (T, 1)."""
    return polish(behavior[:, 0])


def postfix(tree: Node, found: list[int]) -> None:
    """Append a proof's items: its parts, then the rule. Raises ValueError for what is no part of one."""
    if tree.symbol == RULE and len(tree.children) == 2:
        postfix(tree.children[0], found)
        postfix(tree.children[1], found)
        found.append(APPLY)
    elif tree.symbol.isdecimal() and tree.symbol != "0" and not tree.children:
        found.append(min(int(tree.symbol), _MOST))
    else:
        raise ValueError(f"{tree.symbol!r} is no part of a proof")


@dataclass(frozen=True, slots=True)
class Detachment(Alone):
    """A `Semantics`: a behavior is (1, T, 1), the codes of the theorem, T = `longest`, 0 behind its end; NaN throughout, and
    UNDEFINED, where a part of the proof proves nothing; UNRESOLVED where a theorem is longer, or has more variables than there
    are codes, or the way to it is beyond bounds."""

    noun: ClassVar[str] = "a proof"
    axioms: tuple[str, ...] = AXIOMS
    longest: int = LONGEST

    @property
    def place(self) -> Setting:
        return rows(self.longest, box=SYMBOLS)

    def refusal(self, system: System) -> str:
        """Of a proof of too many axioms."""
        uses = sum(not node.children for _, node in system.tree.walk())
        return f"{system.name or 'the proof'} uses axioms more than {MOST_LEAVES} times" if uses > MOST_LEAVES else ""

    def behaviors(self, trees: Sequence[Node]) -> Found:
        all_fit(trees, 1)
        found, status = self.proved([tree.children[0] for tree in trees])
        return _behaviors(found, status), status

    def simulate_forest(self, trees: Forest, setting: Setting) -> Behaviors:
        """See `OfForests`: a forest of proofs has them in postfix."""
        all_fit(trees, 1)
        said = [APPLY if symbol == RULE else int(symbol) for symbol, _ in trees.symbols]
        if len(trees.items) and not (trees.items >= SYMBOL_ITEM).all():
            raise ValueError("a proof is made of D and axioms alone")
        items = np.array(said, np.int8)[trees.items - SYMBOL_ITEM] if len(trees.items) else np.zeros(0, np.int8)
        found, status = self.run(items, trees.starts.astype(np.int64))
        return Behaviors(setting.t, _behaviors(found, status), status)

    def proved(self, proofs: Sequence[Node]) -> tuple[Codes, NDArray[np.int8]]:
        """Theorems (n, T) and their status (n, 1) of proofs without a system around them."""
        items: list[int] = []
        starts = [0]
        for proof in proofs:
            postfix(proof, items)
            starts.append(len(items))
        return self.run(np.array(items, np.int8), np.array(starts, np.int64))

    def run(self, items: Codes, starts: NDArray[np.int64]) -> tuple[Codes, NDArray[np.int8]]:
        """`proved`, of proofs in postfix, one behind the other: proof i is items[starts[i]:starts[i + 1]]. Raises ValueError for
        an axiom that there is not."""
        if len(items) and not 0 <= items.min() <= items.max() <= len(self.axioms):
            raise ValueError(f"a proof uses axiom {items.max()}; there are {len(self.axioms)}")
        formulas, ends = _axioms(self.axioms)
        found = np.zeros((len(starts) - 1, self.longest), np.int8)
        status = np.zeros(len(found), np.int8)
        theorems()(items, starts, formulas, ends, found, status)
        return found, _ENDED[status][:, None]


def _behaviors(theorems: Codes, status: NDArray[np.int8]) -> NDArray[np.float64]:
    """(n, T) -> (n, 1, T, 1), NaN where nothing is proved."""
    y = theorems.astype(np.float64)[:, None, :, None]
    y[status[:, 0] == Status.UNDEFINED] = np.nan
    return y


_ENDED = np.array([_STATUS[end] for end in sorted(_STATUS)], np.int8)


@lru_cache
def _axioms(axioms: tuple[str, ...]) -> tuple[Codes, NDArray[np.int64]]:
    """Their codes, one behind the other, and where each begins."""
    each = [codes(axiom) for axiom in axioms]
    return np.array([code for one in each for code in one], np.int8), np.cumsum([0, *map(len, each)])
