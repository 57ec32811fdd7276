"""How a representation writes an expression: its tokens, and for each the nodes of the tree that it writes (part of)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...grammars.operators import Operators
from ...grammars.print.infix import Piece, infix_texts
from ...grammars.tree import Node, Path, System, is_whole_power
from ...representations.representation import Representation
from ...tokenizers.base import Pieced, Token, Tokenizer
from ...tokenizers.wrappers.checksum import Checksum
from ...tokenizers.wrappers.macros import Macros
from ...tokenizers.wrappers.repeat import Repeat
from ...tokenizers.wrappers.runs import Runs


@dataclass(frozen=True, slots=True)
class WrittenToken:
    """One token: its text, its class, and the nodes that it writes part of, in writing order without repeats."""

    text: str
    kind: str
    nodes: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Writing:
    """One expression under one representation. `equation` is readable infix, with the variables' own names, in pieces that
    know their node; `lhs`: what stands before each equation. A whole exponent (`^2`) is part of its power's node."""

    name: str
    tokens: tuple[WrittenToken, ...]
    equation: tuple[Piece, ...]
    lhs: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "lhs": list(self.lhs),
            "tokens": [[t.text, t.kind, " ".join(map(_spell, t.nodes))] for t in self.tokens],
            "equation": [[p.text, p.kind, _spell(p.path)] for p in self.equation],
        }

    @staticmethod
    def from_dict(document: dict[str, Any]) -> Writing:
        tokens = tuple(WrittenToken(text, kind, tuple(map(_path, nodes.split()))) for text, kind, nodes in document["tokens"])
        pieces = tuple(Piece(text, kind, _path(word)) for text, kind, word in document["equation"])
        return Writing(document["name"], tokens, pieces, tuple(document["lhs"]))


def _spell(path: Path) -> str:
    """(0, 1) -> 'r.0.1', () -> 'r'."""
    return ".".join(["r", *map(str, path)])


def _path(word: str) -> Path:
    return tuple(map(int, word.split(".")[1:]))


def writing(representation: Representation, system: System, closed: bool | None = None) -> Writing:
    """What the representation, bound where it must be, writes for a system of a domain that is `closed` or not (None: see
    `left_sides`). Raises `EncodeError`."""
    tree = representation.rewrite(system)
    inside = exponents(tree)
    ids, parts = representation.tokenizer.encode(tree), base_tokens(representation.tokenizer, tree)
    texts = representation.vocabulary.tokens
    tokens = tuple(WrittenToken(texts[i], _kind(p), nodes_of(p, inside)) for i, p in zip(ids, parts, strict=True))
    equation = tuple(equation_pieces(tree, system.names, inside, representation.operators))
    return Writing(system.name or "unnamed", tokens, equation, left_sides(system, closed))


def base_tokens(tokenizer: Tokenizer, tree: Node) -> list[tuple[Token, ...]]:
    """Of each token the notation's tokens that it stands for: several where it is merged. Raises `EncodeError`."""
    if isinstance(tokenizer, Repeat):
        return [repeated for repeated in base_tokens(tokenizer.base, tree) for _ in range(tokenizer.times)]
    if isinstance(tokenizer, Checksum):
        return [*base_tokens(tokenizer.base, tree), (tokenizer.tokenize(tree)[-1],)]
    if isinstance(tokenizer, Macros):
        pieces = tokenizer.base.tokenize(tree)
        return [tuple(pieces[p] for p in positions) for _, positions in tokenizer.rewritten(pieces)]
    if isinstance(tokenizer, Pieced):
        return tokenizer.pieces(tree)
    if not isinstance(tokenizer, Runs):  # a notation, or a user's own tokenizer, which merges as it says itself
        return [(token,) for token in tokenizer.tokenize(tree)]
    below = base_tokens(tokenizer.base, tree)
    out, at = [], 0
    for i in tokenizer.encode(tree):
        end = at + len(tokenizer.parts[i])
        out.append(tuple(t for parts in below[at:end] for t in parts))
        at = end
    return out


def nodes_of(parts: Sequence[Token], inside: Mapping[Path, Path]) -> tuple[Path, ...]:
    """The distinct nodes that base tokens write, in their order. `inside`: see `exponents`."""
    return tuple(dict.fromkeys([inside.get(t.path, t.path) for t in parts]))


def exponents(tree: Node) -> dict[Path, Path]:
    """Of each whole exponent, which is part of its power and no node to speak of (`is_whole_power`), the power's path."""
    return {(*path, 1): path for path, node in tree.walk() if is_whole_power(node)}


def _kind(parts: Sequence[Token]) -> str:
    kinds = {str(t.kind) for t in parts}
    return kinds.pop() if len(kinds) == 1 else "mixed"


def equation_pieces(tree: Node, names: Sequence[str], inside: Mapping[Path, Path], alphabet: Operators) -> list[Piece]:
    return [Piece(text, p.kind, inside.get(p.path, p.path)) for p, text in infix_texts(tree, names, alphabet)]


def left_sides(system: System, closed: bool | None = None) -> tuple[str, ...]:
    """What stands before each equation. `closed`: whether the domain's equations are those of its variables, else each gives a
    value; None: as the system looks, which takes one equation of one variable for that variable's own."""
    if closed is None:
        closed = system.domain != "function" and len(system.equations) >= system.dim
    if not closed:  # what reads no inputs, as a proof, says what it is and has no value to speak of
        side = "value = " if system.dim or system.domain == "function" else ""
        return tuple(side for _ in system.equations)
    form = {"ode": "{}′ = ", "map": "{}[n+1] = "}.get(system.domain, "{}: ")
    return tuple(form.format(name) for name in system.names[: len(system.equations)])
