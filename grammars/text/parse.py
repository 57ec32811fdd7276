"""Text written by a person to a `System`: equations, definitions, `with` parameters, `@` conditions.

    x' = 10*(y - x); y' = x*(28 - z) - y; z' = x*y - 8/3*z  @ x=1, y=1, z=1; T=20

Names become `x_0`, `x_1`, … in the order of their equations (functions: `names.input_names`). Equations of higher order become
several, and where the time `t` stands on a right side, it becomes one more variable; a system's `notes` tell of it. Parameters
and definitions are replaced by what they are, and signs and whole exponents brought into one form (`canonical`). Every constant
part must have a finite value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from lark import Lark

from ..constant import constant_value
from ..errors import SpecError, did_you_mean
from ..tree import MAX_DEPTH, SYSTEM, VARIABLE_PREFIX, Node, System, number
from . import comments
from .applied import applied
from .arrays import with_arrays
from .bars import check_bars
from .braces import with_fractions, without_braces
from .canonical import canonical
from .cases import with_cases
from .characters import Plain, plain
from .conditions import HORIZON, read_conditions
from .elements import with_elements
from .forms import with_forms, without_header
from .functions import told
from .latex import is_latex
from .latex_text import latex_text_parser
from .macros import expanded
from .names import MAX_VARIABLES, Names, derivative, input_names, names_in
from .numerals import check_numerals, explained
from .places import check_indices, elsewhere, without_words
from .products import Products
from .rates import with_rates
from .reader import MAX_LENGTH, Fault, FaultFound, limited, located, run_parser, too_long
from .sections import Assignment, Parts, Sections
from .sides import with_sides
from .solved import with_sides_solved
from .vectors import with_vectors
from .written import WrittenTransformer, after_name, domain_parser, raw
from .xpp import is_xpp, read_xpp

DOMAINS = ("ode", "map", "function")
TIME = "t"
MOST_REASON = 220
_CARRIAGE = re.compile(r"\r(?!\n)")
_FULL_STOP = re.compile(r"(?P<before>[^\W\d]|\)|(?<!\w)[^\W\d]\w*)(?P<stop>\s*\.\s*)\Z")
"""The stop of a sentence, which ends no number."""
_PRINTED_ONE = re.compile(r"\d\.\d{3,} 1(?= \+ -?\d|$)", re.MULTILINE)
"""The constant term of a model that PySINDy printed: `-10.156 1 + 1.179 x0`."""
_HORIZONS = frozenset({"t_end", "tend", "tf", "t_f", "tmax", "t_max", "tfinal", "t_final", "tstop"})
_SIDES = {"ode": "x' or dx/dt", "map": "x[n+1]"}


class _SystemTransformer(Sections, WrittenTransformer):
    """Texts of a domain."""


@cache
def _parser(domain: str) -> Lark:
    return domain_parser(domain, _SystemTransformer())


def parse(text: str, domain: str = "ode") -> System:
    """The system that `text` describes, in the words of its domain or in LaTeX (see `latex.py`).

    Raises `ParseError` (with line and column) where the text is not a system of the domain, names something
    unknown, has two readings, or holds a constant without a finite value; `SpecError` for an unknown domain.
    """
    if domain not in DOMAINS:
        raise SpecError(f"unknown grammar {domain!r}{did_you_mean(domain, DOMAINS)}; there are {', '.join(DOMAINS)}")
    if len(text) > MAX_LENGTH:
        raise located(too_long(text), text)
    text = _CARRIAGE.sub("\n", text)
    xpp = domain != "function" and is_xpp(text)
    latex = is_latex(text) and not xpp
    given = Plain(text, range(len(text) + 1))
    try:
        given = plain(text, latex)
        given = given if xpp else replace(given, text=_bared(given.text, latex))
        if latex:
            given = with_fractions(given)
            given = with_cases(replace(given, text=without_braces(given.text)))
        if domain == "ode" and not latex and not xpp:
            given = with_vectors(replace(given, text=without_header(given.text)))
        given = given if latex or xpp else replace(given, text=_of_programs(given.text, domain))
        given = replace(given, text="".join(c.lower() if c.isascii() else c for c in given.text)) if xpp else given
        given = with_arrays(given) if xpp else with_sides(given, domain, latex)
        parser = latex_text_parser(domain) if latex else _parser(domain)
        if domain == "map" and not xpp:
            check_indices(given.text)
        if "=" in given.text and not xpp:  # in the bare form bars separate components
            check_bars(given.text)
        result = read_xpp(given.text, domain) if xpp else run_parser(parser, given.text)
        if isinstance(result, Fault):
            raise FaultFound(result.reason, result.offset)
        system = _assembled(domain, _settled(domain, result, given.text, latex))
        if domain == "function" and not system.ranges:
            _check_mixed(system.names, given, text)
        notes = system.notes + told(given.text) + (() if xpp else comments.told(text, latex))
        return _in_place(replace(system, notes=notes), given, text)
    except FaultFound as e:
        fault = explained(e.fault, given.text)
        if not xpp and (elsewhere_ := elsewhere(domain, given.text)):
            fault = Fault(elsewhere_, fault.offset)
        raise located(Fault(_one_line(fault.reason), given.origin[min(fault.offset, len(given.text))]), text) from None


def _bared(text: str, latex: bool) -> str:
    """The text without comments and the stop of a sentence, as long as before. Raises FaultFound for numbers of other places."""
    text = comments.without_comments(text, latex)
    check_numerals(text)
    return text if latex else _FULL_STOP.sub(lambda found: found["before"] + " " * len(found["stop"]), text)


def _of_programs(text: str, domain: str) -> str:
    """The text with what other programs and papers write in the forms that are read here, as long as before."""
    return with_forms(without_words(with_elements(text) if domain == "ode" else text), domain)


def _one_line(reason: str) -> str:
    """A reason may quote what stands on several lines."""
    line = " ".join("".join(c if c.isprintable() or c.isspace() else "\ufffd" for c in reason).split())
    return line if len(line) <= MOST_REASON else line[: MOST_REASON - 1] + "…"


_GREEK_FIRST = re.compile(r"[\u0370-\u03ff][^\W\d_]\w*")


def _check_mixed(names: Sequence[str], given: Plain, text: str) -> None:
    """`ωt` may be a product: inputs that nobody declared are not called so. Raises FaultFound."""
    for found in _GREEK_FIRST.finditer(text):
        whole = found.group()
        if plain(whole).text in names and whole[0] not in "Δδ":
            reason = f"two readings: an input {whole}, which then needs a range after '@', or the product {whole[0]} {whole[1:]}"
            raise FaultFound(reason, given.origin.index(found.start()))
        if whole[0] == "π" and len(rest := whole[1:]) > 1 and rest.isascii() and rest.isalpha() and rest in names:
            reason = f"two readings: an input {rest}, which then needs a range after '@', or the product {' '.join(rest)}"
            raise FaultFound(reason, given.origin.index(found.start() + 1))


def _in_place(system: System, given: Plain, text: str) -> System:
    """The system with spans in the person's own text."""

    def node(n: Node) -> Node:  # not `Node.map`, to which trees that differ in spans are equal
        return replace(n, children=tuple(map(node, n.children)), span=given.span(*n.span) if n.span else None)

    return system if given.text == text else replace(system, tree=node(system.tree))


def _settled(domain: str, parts: Parts, text: str, latex: bool) -> Parts:
    known: frozenset[str] | None = None
    if domain == "function" and not latex:
        given = (*parts.definitions, *parts.parameters, *parts.conditions)
        known = frozenset([*(str(a.name) for a in given), *(name for e in parts.equations for name in e.inputs)])
    ones = any(text[e.at] == "(" for e in parts.equations) or _PRINTED_ONE.search(text) is not None
    products = Products(text, ones=ones, latex=latex, known=known)
    declared = _declared(parts)

    def with_functions(raw_node: Node) -> Node:
        return raw_node if latex else applied(raw_node, text, declared, inputs=known is not None)

    macros = tuple(replace(m, body=limited(products.settled(with_functions(m.body)))) for m in parts.macros)

    def node(raw_node: Node) -> Node:
        return limited(expanded(limited(products.settled(with_functions(raw_node))), macros))

    def assigned(items: Sequence[Assignment]) -> tuple[Assignment, ...]:
        return tuple(replace(a, low=node(a.low), high=None if a.high is None else node(a.high)) for a in items)

    return with_sides_solved(
        replace(
            parts,
            printed=ones,
            bare=tuple(limited(expanded(limited(products.component(with_functions(n))), macros)) for n in parts.bare),
            equations=tuple(
                replace(e, right=node(e.right), left=None if e.left is None else node(e.left)) for e in parts.equations
            ),
            definitions=assigned(parts.definitions),
            parameters=assigned(parts.parameters),
            conditions=assigned(parts.conditions),
        ),
        text,
    )


def _declared(parts: Parts) -> frozenset[str]:
    """The names that a text gives a meaning."""
    given = (*parts.definitions, *parts.parameters, *parts.conditions)
    return frozenset([*(str(a.name) for a in given), *(name for e in parts.equations for name in (e.name, *e.inputs))])


def _assembled(domain: str, parts: Parts) -> System:
    parts = with_rates(parts) if domain == "ode" else parts
    if domain == "function":
        names, raws = _function(parts)
        parts = replace(parts, definitions=parts.definitions[: len(parts.definitions) - (not (parts.bare or parts.equations))])
        notes: tuple[str, ...] = ()
    else:
        names, raws, notes = _driven(domain, parts)
    if len(names) > MAX_VARIABLES:
        raise FaultFound(f"{len(names)} variables; at most {MAX_VARIABLES} are supported", 0)
    parts, started = _with_starts(parts, names) if domain != "function" and parts.equations and not parts.at_rest else (parts, ())
    given = _given(parts.definitions) | ({after_name(e.name): e.right for e in parts.equations} if domain == "map" else {})
    known = Names(domain, names, {e.name: e.order for e in parts.equations}, given, _given(parts.parameters))
    known.joined = parts.printed
    _check_given(names, parts)
    tree = Node(SYSTEM, tuple(known.resolved(node) for node in raws))
    if tree.depth > MAX_DEPTH + 1:
        raise FaultFound(f"nested deeper than {MAX_DEPTH} levels with its definitions in their places", 0)
    _check_constants(tree)
    added = {TIME: 0.0} if domain == "ode" and TIME in names and TIME not in known.orders and not parts.bare else {}
    added |= dict.fromkeys(names, 0.0) if parts.at_rest else {}
    horizon = [d for d in parts.definitions if str(d.name) == HORIZON and domain != "function" and HORIZON not in known.used]
    conditions = (*parts.conditions, *horizon)  # `x(0) = 1; T = 10` among the equations
    x0, t_end, ranges = read_conditions(known, conditions, added, at_rest=parts.at_rest)
    notes += parts.notes + started + _told(parts, known, {*known.used, *(str(h.name) for h in horizon)})
    return System(canonical(tree), names, domain, x0, t_end, ranges, notes=notes)


def _with_starts(parts: Parts, names: Sequence[str]) -> tuple[Parts, tuple[str, ...]]:
    """`x_0 = 0.5` or `x0 = 0.5` beside the equation of x, where nothing else has that name or uses it, is where x starts."""
    nodes = [*(e.right for e in parts.equations), *(a.low for a in (*parts.definitions, *parts.parameters, *parts.conditions))]
    used = {name for name, _ in names_in(nodes)} | set(names) | {m.name for m in parts.macros}
    starts = {f"{name}{mark}0": name for name in names for mark in ("_", *([] if name[-1].isdigit() else [""]))}
    found = [a for a in (*parts.definitions, *parts.parameters) if str(a.name) in starts and str(a.name) not in used]
    if not found:
        return parts, ()
    as_starts = tuple(Assignment(a.name.update(value=starts[str(a.name)]), a.low, initial=True) for a in found)
    notes = tuple(f"{a.name!s} = … is read as the start of {starts[str(a.name)]}" for a in found)
    rest = [tuple(a for a in given if a not in found) for given in (parts.definitions, parts.parameters)]
    return replace(parts, definitions=rest[0], parameters=rest[1], conditions=(*parts.conditions, *as_starts)), notes


def _told(parts: Parts, known: Names, taken: set[str]) -> tuple[str, ...]:
    """What is told of definitions that may lack a prime, and of names that nothing needs."""
    notes: list[str] = []
    if not parts.at_rest and known.domain != "function":
        after = {after_name(n) for n in known.variables}
        notes += [f"{n} on a right side is what its equation gives" for n in known.definitions if n in known.used and n in after]
        put_in = [n for n in known.definitions if n in known.used and n not in after and not known.value(n).is_number]
        notes += [f"{n} = … has no derivative on its left: it is put in wherever {n} stands" for n in put_in]
    if known.products:
        notes.append(
            "read as products: " + ", ".join(f"{name} is {product}" for name, product in list(known.products.items())[:8])
        )
    unused = [n for n in (*known.parameters, *known.definitions) if n not in taken and not n.endswith("]")]
    if unused:
        lasting = "; how long a system runs is written T = 10" if not _HORIZONS.isdisjoint(unused) else ""
        notes.append(f"{', '.join(map(repr, unused[:20]))} {'is' if len(unused) == 1 else 'are'} used nowhere{lasting}")
    return tuple(notes)


def _function(parts: Parts) -> tuple[tuple[str, ...], list[Node]]:
    """The inputs, and the one expression: the equation, or the last of the definitions."""
    if len(parts.bare) > 1:
        reason = "a function is one expression; '|' separates the components of systems"
        raise FaultFound(reason, _start(parts.bare[1]))
    if len(parts.equations) > 1:
        raise FaultFound("a function is one expression, and this is a second", parts.equations[1].at)
    definitions, own = parts.definitions, ""
    listed: tuple[str, ...] = ()
    if parts.bare:
        right = parts.bare[0]
    elif parts.equations:
        right, own, listed = parts.equations[0].right, parts.equations[0].name, parts.equations[0].inputs
    elif not definitions:
        raise FaultFound("no expression: a function is written y = … or f(x) = …", parts.conditions[0].name.start_pos or 0)
    else:
        right, own, definitions = definitions[-1].low, str(definitions[-1].name), definitions[:-1]
    ranges = [str(c.name) for c in parts.conditions if c.high is not None]
    return input_names([right], (*definitions, *parts.parameters), ranges, listed, own), [right]


def _driven(domain: str, parts: Parts) -> tuple[tuple[str, ...], list[Node], tuple[str, ...]]:
    """The variables that have equations, their right sides, and what is told of those that the text does not have."""
    if parts.bare:
        return tuple(f"{VARIABLE_PREFIX}{i}" for i in range(len(parts.bare))), list(parts.bare), ()
    if not parts.equations:
        places = [item.name.end_pos or 0 for item in (*parts.definitions, *parts.conditions)] + [m.at for m in parts.macros]
        raise FaultFound(f"no equation: a left side is {_SIDES[domain]}", places[0] + 1 if parts.definitions else min(places))
    names: list[str] = []
    rights: list[Node] = []
    notes: list[str] = []
    for equation in parts.equations:
        chain = [derivative(equation.name, k) for k in range(max(1, equation.order))]
        if repeated := next((name for name in chain if name in names), None):
            raise FaultFound(f"a second equation for {repeated!r}", equation.at)
        names += chain
        rights += [*(raw(name, (equation.at, equation.at)) for name in chain[1:]), equation.right]
        if len(chain) > 1:
            first_order = "; ".join(f"{a}' = {b}" for a, b in zip(chain, [*chain[1:], "…"], strict=True))
            notes.append(f"{equation.name}{chr(39) * equation.order} = … is read as {first_order}")
    if domain == "ode" and _has_time(parts, names):
        names.append(TIME)
        rights.append(number(1.0))
        notes.append("the time t is read as one more variable: t' = 1, from t = 0 unless the conditions say otherwise")
    return tuple(names), rights, tuple(notes)


def _has_time(parts: Parts, names: Sequence[str]) -> bool:
    if TIME in (*names, *(str(a.name) for a in (*parts.definitions, *parts.parameters))):
        return False
    nodes = [*(e.right for e in parts.equations), *(d.low for d in parts.definitions)]
    return any(name == TIME and leaf.symbol.endswith(TIME) for name, leaf in names_in(nodes))


def _given(items: Sequence[Assignment]) -> dict[str, Node]:
    values: dict[str, Node] = {}
    for item in items:
        if str(item.name) in values:
            raise FaultFound(f"parameter {str(item.name)!r} is given twice", item.name.start_pos or 0)
        values[str(item.name)] = item.low
    return values


def _check_given(names: Sequence[str], parts: Parts) -> None:
    """One name is one thing."""
    defined = {str(d.name) for d in parts.definitions}
    for macro in parts.macros:
        if macro.name in (*names, *defined, *(str(p.name) for p in parts.parameters)):
            raise FaultFound(f"{macro.name!r} is a function, and something else too; give one of them another name", macro.at)
    if repeated := _repeated([m.name for m in parts.macros]):
        raise FaultFound(f"a second function {repeated!r}", [m.at for m in parts.macros if m.name == repeated][1])
    for item in (*parts.definitions, *parts.parameters):
        name = str(item.name)
        if name in names:
            raise FaultFound(
                f"{name!r} is a variable, and is given a value; a condition stands after '@'", item.name.start_pos or 0
            )
        if item in parts.parameters and name in defined:
            raise FaultFound(f"parameter {name!r} is given twice", item.name.start_pos or 0)


def _repeated(names: Sequence[str]) -> str | None:
    return next((name for i, name in enumerate(names) if name in names[:i]), None)


def _start(node: Node) -> int:
    return node.span[0] if node.span else 0


def _check_constants(tree: Node) -> None:
    """Raises FaultFound for the first constant part of the tree, as large as it is, that has no finite value."""
    varies, constants = _constants(tree)
    for part in constants if varies else tree.children:
        if constant_value(part) is None:
            raise FaultFound("this constant has no finite value; is an exponent or a divisor wrong?", _start(part))


def _constants(node: Node) -> tuple[bool, list[Node]]:
    """Whether a node varies, and then its largest parts that do not, in their order: each node is looked at once."""
    if not node.children:
        return node.is_variable, []
    below = [(child, *_constants(child)) for child in node.children]
    if not any(varies for _, varies, _ in below):
        return False, []
    return True, [part for child, varies, parts in below for part in (parts if varies else [child])]
