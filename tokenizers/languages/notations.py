"""The notations as grammars: what each may write for a number of equations over a number of variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...grammars.errors import SpecError
from ...grammars.tree import SYSTEM
from ..alphabet import Head, Part, Scope
from ..base import NumberCodec, Vocabulary
from ..notations.dag import MAX_DEFINITIONS, MAX_NODES, Dag
from ..notations.derivation import Derivation
from ..notations.derived import Derived
from ..notations.library import Library
from ..notations.polynomial import monomials
from ..wrappers.macro_mining import HOLE
from ..wrappers.macros import Macros
from .grammar import FRESH, FUEL, STORE, Grammar, Shape
from .numbers import number_symbol


def fitting(scope: Scope, shape: Shape) -> int:
    """How many variables trees of the shape can have in a tokenizer of this scope. Raises SpecError where it holds none."""
    if not 1 <= shape.equations <= scope.max_equations:
        raise SpecError(f"this representation writes 1 to {scope.max_equations} equations, not {shape.equations}")
    if shape.variables < 0:
        raise SpecError(f"a tree cannot have {shape.variables} variables")
    return min(shape.variables, shape.equations if scope.closed else scope.n_variables)


def write_derived(t: Derived, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel. Raises SpecError where an operator takes several places, as one of three
    operands does in postfix: how many tokens complete them does not add up."""
    derivation = t.derivation
    if any(p.takes for p in derivation.productions):
        raise SpecError("constrained decoding of postfix knows operators of one and two operands; use prefix")
    symbols = expressions(derivation, grammar, shape)
    if len(derivation.start) > 1:
        return joined(grammar, derivation.vocabulary, shape, symbols[derivation.start[-1]])
    (root,), ids = derivation.start, derivation.vocabulary.ids
    systems = [grammar.symbol(f"{n} equations") for n in range(1, shape.equations + 1)]
    equation: dict[int, int] = {}
    for p in derivation.productions:
        for n, system in enumerate(systems):
            recursive = root in p.then
            if p.slot != root or (p.equations != n if not recursive else not n):
                continue
            several = sum(part in symbols and part in derivation.numbers for part in p.then) > 1
            if several and not equation:
                equation = {slot: grammar.symbol("equation") for slot in derivation.numbers}
                for slot, symbol in equation.items():
                    grammar.copy(symbols[slot], symbol, act=FRESH)
            own = symbols | {root: systems[n - 1]} | (equation if several else {})
            grammar.add(system, ids[p.text], [own[part] for part in p.then if isinstance(part, int)], act=0 if several else FRESH)
    return (systems[-1],)


def expressions(derivation: Derivation, grammar: Grammar, shape: Shape) -> dict[int, int]:
    """Symbols with rules for the slots of one equation. A token costs the operators that cannot be avoided after it any more: as
    many as it builds, and as what it opens must build, less what had to be built before it."""
    variables = fitting(derivation.scope, shape)
    alike = {slot: derivation.alike.get(slot, slot) for slot in derivation.reachable if slot != derivation.start[0]}
    kept = [slot for slot, other in alike.items() if slot == other]
    symbols = {slot: grammar.symbol(derivation.slots[slot], slot in derivation.optional) for slot in kept}
    symbols |= {slot: symbols[other] for slot, other in alike.items()}
    tokens = [(p.slot, derivation.vocabulary.ids[p.text], p.then) for p in derivation.productions if _has(p.then, variables)]
    numbers = derivation.scope.operators.numbers
    rules = [
        (slot, token, _opened(derivation, alike, then), sum(isinstance(part, Head) and part.arity > 0 for part in then))
        for slot, token, then in (*tokens, *((slot, -1, then) for slot, then in derivation.numbers.items()))
        if slot in kept and (token >= 0 or numbers)
    ]
    least = _least_cost(kept, [(slot, opens, cost) for slot, _, opens, cost in rules], derivation.optional)
    for slot, token, opens, cost in rules:
        following, paid = [symbols[s] for s in opens], cost + sum(least[s] for s in opens) - least[slot]
        if token >= 0:
            grammar.add(symbols[slot], token, following, paid)
        elif derivation.codec is not None:
            grammar.copy(number_of(grammar, derivation.vocabulary, derivation.codec), symbols[slot], following, paid)
    return symbols


def _has(then: Sequence[Part], variables: int) -> bool:
    return all(isinstance(part, int) or part.variable < variables for part in then)


def _opened(derivation: Derivation, alike: Mapping[int, int], then: Sequence[Part]) -> list[int]:
    """The slots of a production, without places that may stay open behind what ends in one anyway."""
    slots = [alike[part] for part in then if isinstance(part, int)]
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


def write_macros(t: Macros, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel: a macro is an operator with its pattern's operators, and an operand per
    hole."""
    derivation = t.base.derivation
    scope, ids = derivation.scope, derivation.vocabulary.ids
    operand = expressions(derivation, grammar, shape)[derivation.start[-1]]
    variables = fitting(scope, shape)
    operators = {ids[h.text] for h in scope.heads if h.arity}
    hidden = {ids[h.text] for h in scope.heads if h.variable >= variables}
    for token, template in enumerate(t.templates, len(ids)):
        if hidden.isdisjoint(template):
            grammar.add(operand, token, (operand,) * template.count(HOLE), sum(part in operators for part in template))
    return joined(grammar, t.base.vocabulary, shape, operand)


def write_dag(t: Dag, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel, in which a reference counts with all operators that it stands for. From 26
    equations on there is less of it, so that no system is larger than `MAX_NODES` (an operator stands for two nodes at most)."""
    scope, variables = t.scope, fitting(t.scope, shape)
    ids = t.vocabulary.ids
    grammar.fuel = min(grammar.fuel, ((MAX_NODES - 1) // shape.equations - 1) // 2)
    counts = range(MAX_DEFINITIONS + 1)
    operands = [grammar.symbol(f"operand with {k} definitions") for k in counts]
    starts = [grammar.symbol(f"start with {k} definitions") for k in counts]
    for k, (operand, start) in enumerate(zip(operands, starts, strict=True)):
        _leaves(grammar, operand, t.vocabulary, scope=scope, variables=variables)
        if scope.operators.numbers:
            grammar.copy(number_of(grammar, t.vocabulary, t.codec), operand)
        for head in scope.heads:
            if head.arity:
                grammar.add(operand, ids[head.text], (operand,) * head.arity, 1)
        for j in range(k):
            grammar.add(operand, ids[f"d{j}"], cost=-1 - j)
        act = STORE + k - 1 if k else FRESH
        (system,) = joined(grammar, t.vocabulary, shape, operand)
        grammar.copy(system, start, act=act)
        if k < MAX_DEFINITIONS:
            grammar.add(start, ids[f"d{k}"], (operands[k], starts[k + 1]), act=act)
    return (starts[0],)


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


def _leaves(
    grammar: Grammar,
    symbol: int,
    vocabulary: Vocabulary,
    *,
    scope: Scope,
    variables: int,
    then: Sequence[int] = (),
    cost: int = 0,
) -> None:
    """Rules for constants and variables."""
    for head in scope.heads:
        if head.node is not None and (not head.node.is_variable or head.node.index < variables):
            grammar.add(symbol, vocabulary.ids[head.text], then, cost)


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
