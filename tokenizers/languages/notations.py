"""The notations as grammars: what each may write for a number of equations over a number of variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...grammars.errors import SpecError
from ...grammars.tree import SYSTEM
from ..alphabet import Head, Production, Scope
from ..base import NumberCodec, TokenClass, Vocabulary
from ..notations.derivation import MORE, Derivation
from ..notations.derived import Derived
from ..notations.library import Library
from ..notations.polynomial import monomials
from ..wrappers.macros import Macros
from .grammar import FRESH, FUEL, STORE, Grammar, Rule, Shape
from .numbers import number_symbol


def fitting(scope: Scope, shape: Shape) -> int:
    """How many variables trees of the shape can have in a tokenizer of this scope. Raises SpecError where it holds none."""
    if not 1 <= shape.equations <= scope.max_equations:
        raise SpecError(f"this representation writes 1 to {scope.max_equations} equations, not {shape.equations}")
    if shape.variables < 0:
        raise SpecError(f"a tree cannot have {shape.variables} variables")
    return min(shape.variables, shape.equations if scope.closed else scope.n_variables)


def write_derived(t: Derived | Macros, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel; a reference counts with all operators that it stands for. Where nodes are
    counted, there is less fuel if so many equations could have too many. Raises SpecError where an operator takes several places,
    as one of three operands does in postfix: how many tokens complete these does not add up."""
    derivation = t.derivation
    if derivation.scope.operators.sequence:
        return _row(derivation, grammar)
    if (several := next((p for p in derivation.productions if p.takes), None)) is not None:
        raise SpecError(
            f"there is no constrained decoding where a token fills several places at once, as {several.text!r} does "
            "(in postfix, an operator of three operands or more); prefix has it"
        )
    if derivation.most_nodes:
        each = max(1, *(head.arity + (head.exponent is not None) for head in derivation.heads))
        grammar.fuel = min(grammar.fuel, ((derivation.most_nodes - 1) // shape.equations - 1) // each)
    symbols = expressions(derivation, grammar, shape)
    if len(derivation.start) > 1:
        return joined(grammar, derivation.vocabulary, shape, symbols[derivation.start[-1]])
    outer, steps = derivation.outer, _steps(derivation, shape)
    made: dict[tuple[int, int], int] = {}
    fresh: dict[int, int] = {}

    def equation(slot: int) -> int:
        """An expression that begins with all the fuel."""
        if slot not in fresh:
            fresh[slot] = grammar.symbol("equation")
            grammar.copy(symbols[slot], fresh[slot], act=FRESH)
        return fresh[slot]

    def equations(slot: int, more: int) -> int:
        """A slot outside of expressions, where `more` equations are still to be announced."""
        if (slot, more) in made:
            return made[slot, more]
        made[slot, more] = symbol = grammar.symbol(f"{more + 1} equations")
        begins = STORE + derivation.keeps.index(slot) if slot in derivation.keeps else FRESH
        for step in steps[slot]:
            rest, last = more - step.equations, outer.isdisjoint(step.opens)
            if rest < 0 or (last and rest):
                continue
            several = last and step.equations  # of which each begins by itself
            opens = [
                equations(s, rest) if s in outer else equation(s) if several and s in derivation.numbers else symbols[s]
                for s in step.opens
                if rest or s not in derivation.optional
            ]
            _add(grammar, derivation, symbol, step.token, Rule(tuple(opens), step.cost, 0 if several else begins))
        return symbol

    for more in range(shape.equations - 1):  # from the last one on, so that no recursion is deep
        for slot in sorted({p.slot for p in derivation.productions if p.equations}):
            equations(slot, more)
    return (equations(derivation.start[0], shape.equations - 1),)


def _row(derivation: Derivation, grammar: Grammar) -> tuple[int, ...]:
    """All sequences of symbols, from one to as many as the alphabet has: each after the first costs one."""
    grammar.fuel = derivation.scope.max_equations - 1
    more = grammar.symbol(derivation.slots[MORE], optional=True)
    first = grammar.symbol("the first symbol")
    for p in derivation.productions:
        later = p.slot == MORE
        grammar.add(more if later else first, derivation.vocabulary.ids[p.text], (more,), int(later))
    return (first,)


def expressions(derivation: Derivation, grammar: Grammar, shape: Shape) -> dict[int, int]:
    """Symbols with rules for the slots of one equation. A token costs the operators that cannot be avoided after it any more: as
    many as it builds, and as what it opens must build, less what had to be built before it."""
    outer = derivation.outer
    alike = {slot: derivation.alike.get(slot, slot) for slot in derivation.reachable if slot not in outer}
    kept = [slot for slot, other in alike.items() if slot == other]
    symbols = {slot: grammar.symbol(derivation.slots[slot], slot in derivation.optional) for slot in kept}
    symbols |= {slot: symbols[other] for slot, other in alike.items()}
    every = _steps(derivation, shape)
    steps = [(step, _opened(derivation, alike, step.opens)) for slot in kept for step in every[slot]]
    least = _least_cost(kept, [(step.slot, opens, step.cost) for step, opens in steps if step.cost >= 0], derivation.optional)
    for step, opens in steps:
        paid = step.cost + sum(least[s] for s in opens) - least[step.slot] if step.cost >= 0 else step.cost
        _add(grammar, derivation, symbols[step.slot], step.token, Rule(tuple(symbols[s] for s in opens), paid))
    return symbols


class _Step(NamedTuple):
    """A production without what it builds: `cost` is the operators of that, or -1 - the definition that it refers to. `token`: -1
    for any number."""

    slot: int
    token: int
    opens: list[int]
    cost: int
    equations: int


def _steps(derivation: Derivation, shape: Shape) -> dict[int, list[_Step]]:
    """By slot."""
    variables = fitting(derivation.scope, shape)
    steps: dict[int, list[_Step]] = {slot: [] for slot in derivation.slots}
    numbers = derivation.numbers if derivation.scope.operators.numbers else {}
    placed = [(derivation.vocabulary.ids[p.text], p) for p in derivation.productions]
    placed += [(-1, Production("", TokenClass.NUMBER, slot, then)) for slot, then in numbers.items()]
    for token, p in placed:
        heads = [part for part in p.then if isinstance(part, Head)]
        cost = sum(head.arity > 0 for head in heads) if p.refers < 0 else -1 - p.refers
        if all(head.variable < variables for head in heads):
            steps[p.slot].append(_Step(p.slot, token, [part for part in p.then if isinstance(part, int)], cost, p.equations))
    return steps


def _add(grammar: Grammar, derivation: Derivation, symbol: int, token: int, rule: Rule) -> None:
    """The rule of a step."""
    if token >= 0:
        grammar.add(symbol, token, *rule)
    elif derivation.codec is not None:
        grammar.copy(number_of(grammar, derivation.vocabulary, derivation.codec), symbol, *rule)


def _opened(derivation: Derivation, alike: Mapping[int, int], opens: Sequence[int]) -> list[int]:
    """The slots of a production, without places that may stay open behind what ends in one anyway."""
    slots = [alike[slot] for slot in opens]
    last = {alike[s]: behind[-1] for s, behind in derivation.numbers.items() if s in alike and behind}
    ends = {s: alike[part] for s, part in last.items() if isinstance(part, int)}
    pairs = zip((0, *slots), slots, strict=False)
    return [s for before, s in pairs if s not in derivation.optional or ends.get(before) != s]


def _least_cost(slots: Sequence[int], rules: Sequence[tuple[int, list[int], int]], optional: frozenset[int]) -> dict[int, int]:
    """The fewest operators that complete each slot."""
    least = {slot: 0 if slot in optional else FUEL for slot in slots}
    while True:
        found = dict(least)
        for slot, opens, cost in rules:
            found[slot] = min(found[slot], cost + sum(least[s] for s in opens))
        if found == least:
            return least
        least = found


def write_library(t: Library, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """Exactly as many coefficients as the system has. Smaller than what decodes: where a monomial has a variable too many, only
    `zero` may stand, not a code of the number 0 or of one that rounds to it."""
    variables = fitting(Scope(t.n_variables, t.closed), shape)
    ids = t.vocabulary.ids
    if "coefficient" not in grammar.known:
        coefficient, nothing = grammar.symbol("coefficient"), grammar.symbol("zero")
        grammar.add(nothing, ids["zero"])
        grammar.add(coefficient, [ids[text] for text in ("minus", "zero", "one")])
        grammar.copy(number_of(grammar, t.vocabulary, t.codec), coefficient)
        grammar.known |= {"coefficient": coefficient, "zero": nothing}
    coefficient, nothing = grammar.known["coefficient"], grammar.known["zero"]
    following: tuple[int, ...] = ()
    for m in reversed(monomials(_dim(t, shape)) * shape.equations):
        rest = grammar.symbol(f"coefficient of {m} and on")
        grammar.copy(coefficient if max(m, default=-1) < variables else nothing, rest, following)
        following = (rest,)
    return following


def _dim(t: Library, shape: Shape) -> int:
    return shape.equations if t.closed else t.n_variables


def number_of(grammar: Grammar, vocabulary: Vocabulary, codec: NumberCodec) -> int:
    """The symbol of one number, the same for all shapes."""
    if "number" not in grammar.known:
        grammar.known["number"] = number_symbol(codec, vocabulary.ids, grammar)
    return grammar.known["number"]


def joined(grammar: Grammar, vocabulary: Vocabulary, shape: Shape, equation: int) -> tuple[int, ...]:
    """Equations with bars between them. One symbol, so that merges over several equations count in its least length."""
    if shape.equations == 1:
        return (equation,)
    bar, system = grammar.symbol("bar"), equation
    grammar.add(bar, vocabulary.ids[SYSTEM], act=FRESH)
    for n in range(2, shape.equations + 1):
        below, system = system, grammar.symbol(f"{n} equations")
        grammar.copy(equation, system, (bar, below))
    return (system,)
