"""Hypothesis strategies for texts that a Lark grammar derives: those of the built-in domains, and a user's. Needs the extra
`test`.

Like `strategies.py`, from bytes: each byte chooses one expansion, and where the bytes end, the shortest derivation follows. (The
strategy of `hypothesis.extra.lark` gives every expansion the same chance; a grammar of sums of products then hardly ever ends,
and most draws are thrown away: one text per second here, against thousands.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st
from lark import Lark
from lark.grammar import Rule, Symbol
from lark.lexer import PatternStr

from ..errors import SourceError, did_you_mean
from ..text.parse import DOMAINS
from ..text.written import plain_grammar

_WORDS: Mapping[str, Sequence[str]] = {
    "NAME": ("x", "y", "x_0", "x_1", "T"),
    "NUMBER": ("1", "2", "0", "0.5", ".25", "1e-3", "12.34"),
    "PRIME": ("x'", "y'", "z '"),
    "LEIBNIZ": ("dx/dt", "dy/dt", "dz / dt"),
    "OPERATOR": ("D(x)", "d/dt y"),
    "NEXT": ("x[n+1]", "y[n+1]", "z[ n + 1 ]", "x_{n+1}", "x(n+1)"),
    "NOW": ("x[n]", "x(n)", "y_{n}"),
    "BEFORE": ("x[n-1]",),
    "SIDE": ("f(x)", "f(x, y)"),
    "DEFINED": ("k", "y", "T"),
    "INITIAL": ("x(0)", "x'(0)"),
    "CALLED": ("x", "foo"),
    "TIMED": ("x(t)",),
    "DELAYED": ("x(t - 1)",),
    "PRIMED": ("x'", "y'"),
    "RATE": ("dx/dt",),
    "SYMBOL": ("Symbol('x')",),
    "FLOAT": ("Float('1.5', precision=53)",),
    "FUNCTION": ("sin", "exp", "max", "log10"),
    "IF": ("if",),
    "_THEN": ("then",),
    "_ELSE": ("else",),
    "PIECEWISE": ("Piecewise",),
    "CONSTANT": ("np.pi",),
    "INDEXED": ("x[0]", "x[1]"),
    "ELEMENT": ("du[1]",),
    "FIRST": ("x[0]",),
    "EQUALITY": ("Eq(Derivative(x(t), t),",),
    "DIFFERENTIAL": ("Derivative(x(t), t)",),
    "ODE_DEF": ("@ode_def begin", "f = @ode_def F begin"),
    # With parentheses, because what a bar is depends on what stands before it.
    "OPEN_BAR": ("(|",),
    "CLOSE_BAR": ("|)",),
    "SEPARATOR_BAR": ("|",),
}
_FAR = 1_000_000


def texts(domain: str = "ode", max_size: int = 40) -> st.SearchStrategy[str]:
    """Texts that the domain's Lark grammar derives: people's form and bare form, with and without parameters and conditions.

    Grammatical, not always meaningful: a name may be unknown, a condition missing. Shrinks to the shortest derivation.
    Raises SourceError for a domain that is not built in: give its grammar to `lark_texts`.
    """
    if domain not in DOMAINS:
        raise SourceError(
            f"no grammar for domain {domain!r}{did_you_mean(domain, DOMAINS)}; there is one for {', '.join(DOMAINS)}"
        )
    return lark_texts(plain_grammar(domain), _WORDS, max_size)


def lark_texts(grammar: Lark, words: Mapping[str, Sequence[str]] | None = None, max_size: int = 40) -> st.SearchStrategy[str]:
    """Texts that any Lark grammar derives from its first start symbol.

    `words`: what may stand for a terminal, by its name (a terminal imported from another grammar is known by its own name, too);
    a terminal left out is drawn from its regular expression. `max_size`: bytes, about as many as choices are free.
    Tokens are joined by blanks where the grammar ignores any, so that two never merge into a third. Lexers of the user's own and
    terminals without a pattern (`%declare`) need an entry in `words`. Shrinks to the shortest derivation.
    """
    rules = _Rules(grammar, dict(words or {}))
    return _texts(rules, max_size)


@st.composite
def _texts(draw: st.DrawFn, rules: _Rules, max_size: int) -> str:
    data = draw(st.binary(max_size=max_size)) + draw(st.binary(max_size=max_size))
    joint, pieces = rules.derive(data)
    return joint.join(word if isinstance(word, str) else draw(word) for word in pieces)


@dataclass(slots=True)
class _Rules:
    """A grammar's expansions by what they expand, the one with the shortest derivation first."""

    grammar: Lark
    words: dict[str, Sequence[str]]
    expansions: dict[str, list[list[Symbol]]] = field(init=False)
    terminals: dict[str, Sequence[str] | st.SearchStrategy[str]] = field(init=False)
    joints: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.terminals = {t.name: self._terminal(t.name, t.pattern) for t in self.grammar.terminals}
        self.terminals |= {name: words for name, words in self.words.items() if name not in self.terminals}
        costs = _costs(self.grammar.rules)
        self.expansions = {}
        for rule in self.grammar.rules:
            self.expansions.setdefault(rule.origin.name, []).append(list(rule.expansion))
        for options in self.expansions.values():
            options.sort(key=lambda symbols: sum(costs.get(s.name, 1) for s in symbols))
        self.joints = (" ", "  ", "\n", " \t") if self.grammar.ignore_tokens else ("",)

    def _terminal(self, name: str, pattern: object) -> Sequence[str] | st.SearchStrategy[str]:
        short = name.rsplit("__", 1)[-1]
        if name in self.words or short in self.words:
            return self.words.get(name, self.words.get(short, ()))
        if isinstance(pattern, PatternStr):
            return (pattern.value,)
        return st.from_regex(self.grammar.get_terminal(name).pattern.to_regexp(), fullmatch=True)

    def derive(self, data: bytes) -> tuple[str, list[str | st.SearchStrategy[str]]]:
        """What joins them, and the words (or what to draw them from) of the text that the bytes stand for."""
        source = iter(data)
        joint = self.joints[next(source, 0) % len(self.joints)]
        pieces: list[str | st.SearchStrategy[str]] = []
        stack = [self.grammar.options.start[0]]
        while stack:
            name = stack.pop()
            if name in self.expansions:
                options = self.expansions[name]
                choice = next(source, 0) % len(options) if len(options) > 1 else 0
                stack.extend(symbol.name for symbol in reversed(options[choice]))
                continue
            words = self.terminals[name]
            if isinstance(words, st.SearchStrategy):
                pieces.append(words)
            else:
                pieces.append(words[next(source, 0) % len(words) if len(words) > 1 else 0])
        return joint, pieces


def _costs(rules: Sequence[Rule]) -> dict[str, int]:
    """Tokens of the shortest text of each symbol that is no terminal."""
    costs = {rule.origin.name: _FAR for rule in rules}
    changed = True
    while changed:
        changed = False
        for rule in rules:
            cost = sum(costs.get(symbol.name, 1) for symbol in rule.expansion)
            if cost < costs[rule.origin.name]:
                costs[rule.origin.name] = cost
                changed = True
    return costs
