"""The notations as grammars: what each may write for a number of equations over a number of variables."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammars.errors import SpecError
from ...grammars.tree import SYSTEM
from ..alphabet import Scope
from ..base import NumberCodec, Vocabulary
from ..notations.dag import MAX_DEFINITIONS, MAX_NODES, Dag
from ..notations.infix import Infix
from ..notations.library import Library
from ..notations.nary import CHAINED, Nary, opening
from ..notations.polynomial import monomials
from ..notations.postfix import Postfix
from ..notations.prefix import Prefix
from ..notations.rules import Rules
from ..notations.tree import TreeNotation
from ..notations.tree import opening as bracket
from ..wrappers.macro_mining import HOLE
from ..wrappers.macros import Macros
from .grammar import FRESH, STORE, Grammar, Shape
from .numbers import number_symbol


def fitting(n_variables: int, closed: bool, shape: Shape) -> tuple[Scope, int]:
    """The scope of a tokenizer, and how many variables trees of the shape can have in it. Raises SpecError where it holds
    none."""
    scope = Scope(n_variables, closed)
    if not 1 <= shape.equations <= scope.max_equations:
        raise SpecError(f"this representation writes 1 to {scope.max_equations} equations, not {shape.equations}")
    if shape.variables < 0:
        raise SpecError(f"a tree cannot have {shape.variables} variables")
    return scope, min(shape.variables, shape.equations if closed else n_variables)


def write_prefix(t: Prefix, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel."""
    return joined(grammar, t.vocabulary, shape, _prefix_operand(t, grammar, shape))


def _prefix_operand(t: Prefix, grammar: Grammar, shape: Shape) -> int:
    scope, variables = fitting(t.n_variables, t.closed, shape)
    operand = grammar.symbol("operand")
    _leaves(grammar, operand, t.vocabulary, scope=scope, variables=variables)
    grammar.copy(number_of(grammar, t.vocabulary, t.codec), operand)
    for head in scope.heads:
        if head.arity:
            grammar.add(operand, t.vocabulary.ids[head.text], (operand,) * head.arity, 1)
    return operand


def write_macros(t: Macros, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel: a macro is an operator with its pattern's operators, and an operand per
    hole."""
    operand = _prefix_operand(t.base, grammar, shape)
    scope, variables = fitting(t.base.n_variables, t.base.closed, shape)
    ids = t.base.vocabulary.ids
    operators = {ids[h.text] for h in scope.heads if h.arity}
    hidden = {ids[h.text] for h in scope.heads if h.node is not None and h.node.is_variable and h.node.index >= variables}
    for token, template in enumerate(t.templates, len(ids)):
        if hidden.isdisjoint(template):
            grammar.add(operand, token, (operand,) * template.count(HOLE), sum(part in operators for part in template))
    return joined(grammar, t.base.vocabulary, shape, operand)


def write_postfix(t: Postfix, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel. A second operand is a promise of the binary operator that will take it."""
    scope, variables = fitting(t.n_variables, t.closed, shape)
    operand, more, binary = grammar.symbol("operand"), grammar.symbol("more", optional=True), grammar.symbol("binary")
    number = number_of(grammar, t.vocabulary, t.codec)
    for symbol, then, cost in ((operand, (more,), 0), (more, (more, binary), 1)):
        _leaves(grammar, symbol, t.vocabulary, scope=scope, variables=variables, then=then, cost=cost)
        grammar.copy(number, symbol, then, cost)
    for head in scope.heads:
        if head.arity == 1:
            grammar.add(more, t.vocabulary.ids[head.text], (more,), 1)
        elif head.arity == 2:
            grammar.add(binary, t.vocabulary.ids[head.text], (more,))
    return joined(grammar, t.vocabulary, shape, operand)


def write_tree(t: TreeNotation, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel."""
    scope, variables = fitting(t.n_variables, t.closed, shape)
    ids = t.vocabulary.ids
    root, equation, operand, close = map(grammar.symbol, ("root", "equation", "operand", "close"))
    grammar.add(close, ids[")"])
    grammar.add(root, ids[bracket(SYSTEM, shape.equations)], (*[equation] * shape.equations, close))
    _leaves(grammar, operand, t.vocabulary, scope=scope, variables=variables)
    grammar.copy(number_of(grammar, t.vocabulary, t.codec), operand)
    for head in scope.heads:
        if head.arity:
            grammar.add(operand, ids[bracket(head.text, head.arity)], (*[operand] * head.arity, close), 1)
    grammar.copy(operand, equation, act=FRESH)
    return (root,)


def write_rules(t: Rules, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel."""
    _, variables = fitting(t.n_variables, t.closed, shape)
    machine = t._machine  # the productions are the grammar already; only equations are not counted there
    first = machine.start[0]
    slots = {slot: grammar.symbol(name) for slot, name in machine.slots.items() if slot not in (first, machine.number)}
    slots[machine.number] = number_of(grammar, t.vocabulary, t.codec)
    systems = [grammar.symbol(f"{n} equations") for n in range(1, shape.equations + 1)]
    for token, p in enumerate(machine.productions):
        if p.slot == first:
            for n, symbol in enumerate(systems):
                if p.equations == (n > 0):
                    opens = [systems[n - 1] if s == first else slots[s] for s in p.opens]
                    grammar.add(symbol, token, opens, act=FRESH)
        elif p.head is None or p.head.node is None:
            grammar.add(slots[p.slot], token, [slots[s] for s in p.opens], int(p.head is not None))
        elif not p.head.node.is_variable or p.head.node.index < variables:
            grammar.add(slots[p.slot], token)
    return (systems[-1],)


def write_nary(t: Nary, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel; each operand of a bracket after the first is an operator."""
    scope, variables = fitting(t.n_variables, t.closed, shape)
    ids = t.vocabulary.ids
    operand, chain = grammar.symbol("operand"), grammar.symbol("chain")
    _leaves(grammar, operand, t.vocabulary, scope=scope, variables=variables)
    grammar.copy(number_of(grammar, t.vocabulary, t.codec), operand)
    for head in scope.heads:
        if head.symbol in CHAINED:
            grammar.add(operand, ids[opening(head.text)], (operand, chain))
        elif head.arity:
            grammar.add(operand, ids[head.text], (operand,) * head.arity, 1)
    grammar.copy(operand, chain, (chain,), 1)
    grammar.add(chain, ids[")"])
    return joined(grammar, t.vocabulary, shape, operand)


def write_dag(t: Dag, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel, in which a reference counts with all operators that it stands for. From 26
    equations on there is less of it, so that no system is larger than `MAX_NODES` (an operator stands for two nodes at most)."""
    scope, variables = fitting(t.n_variables, t.closed, shape)
    ids = t.vocabulary.ids
    grammar.fuel = min(grammar.fuel, ((MAX_NODES - 1) // shape.equations - 1) // 2)
    number = number_of(grammar, t.vocabulary, t.codec)
    counts = range(MAX_DEFINITIONS + 1)
    operands = [grammar.symbol(f"operand with {k} definitions") for k in counts]
    starts = [grammar.symbol(f"start with {k} definitions") for k in counts]
    for k, (operand, start) in enumerate(zip(operands, starts, strict=True)):
        _leaves(grammar, operand, t.vocabulary, scope=scope, variables=variables)
        grammar.copy(number, operand)
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


def write_infix(t: Infix, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """All sequences that decode, within the fuel."""
    scope, variables = fitting(t.n_variables, t.closed, shape)
    ids = t.vocabulary.ids
    operand, more = grammar.symbol("operand"), grammar.symbol("more", optional=True)
    call, close = grammar.symbol("call"), grammar.symbol("close")
    grammar.add(call, ids["("])
    grammar.add(close, ids[")"])
    grammar.add(operand, ids["("], (operand, close, more))
    grammar.add(operand, ids["-"], (operand,), 1)
    _leaves(grammar, operand, t.vocabulary, scope=scope, variables=variables, then=(more,))
    grammar.copy(number_of(grammar, t.vocabulary, t.codec), operand, (more,))
    for head in scope.heads:
        if head.exponent is not None:
            grammar.add(more, ids[head.text], (more,), 1)
        elif head.arity == 2:
            grammar.add(more, ids[head.text], (operand,), 1)
        elif head.arity and head.text in ids:  # not the unary minus, which is written as the binary one
            grammar.add(operand, ids[head.text], (call, operand, close, more), 1)
    return joined(grammar, t.vocabulary, shape, operand)


def write_library(t: Library, grammar: Grammar, shape: Shape) -> tuple[int, ...]:
    """Exactly as many coefficients as the system has. Smaller than what decodes: where a monomial has a variable too many, only
    `zero` may stand, not a code of the number 0 or of one that rounds to it."""
    _, variables = fitting(t.n_variables, t.closed, shape)
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
