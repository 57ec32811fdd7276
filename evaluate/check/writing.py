"""Properties of representations and tokenizers: what is written reads back, and its tokens are what they say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ...grammars.errors import EncodeError
from ...grammars.operators import BUILT_IN, Operators
from ...grammars.tree import (
    MAX_DEPTH,
    SYSTEM,
    Node,
    Path,
    is_whole_power,
    number,
    number_paths,
    system,
    with_value,
)
from ...representations.representation import Representation
from ...tokenizers.base import Coding, Invalid, Lossy, Token, TokenClass, Tokenizer, Wrapping
from .base import Canonical, Fault, Subject, encoded

PROBES = (1 / 3, -2.5, 1.0000001e-7, -123456.789)


def written_tree(tokenizer: Tokenizer, tree: Node) -> Node:
    """The tree that is written: a representation rewrites it first."""
    return tokenizer.rewrite(tree) if isinstance(tokenizer, Representation) else tree


def declared_rounding(tokenizer: Tokenizer) -> Callable[[float], float] | None:
    """What a tokenizer says becomes of its coefficients: its codec's `round`, that of its base, or None where it says nothing."""
    if isinstance(tokenizer, Representation):
        return declared_rounding(tokenizer.tokenizer)
    if isinstance(tokenizer, Coding):
        return tokenizer.codec.round
    return declared_rounding(tokenizer.base) if isinstance(tokenizer, Wrapping) else None


def is_canonical(tokenizer: Tokenizer) -> bool:
    """Whether a tokenizer, or the one that it is made of, gives trees a form of their own."""
    if isinstance(tokenizer, Representation):
        return is_canonical(tokenizer.tokenizer)
    if isinstance(tokenizer, Canonical):
        return tokenizer.canonical
    return isinstance(tokenizer, Wrapping) and is_canonical(tokenizer.base)


def lossy(tokenizer: Tokenizer) -> Lossy | None:
    """The code that writes what is near a tree, a tokenizer or the one that it is made of; None where trees come back."""
    if isinstance(tokenizer, Representation):
        return lossy(tokenizer.tokenizer)
    if isinstance(tokenizer, Lossy):
        return tokenizer
    return lossy(tokenizer.base) if isinstance(tokenizer, Wrapping) else None


def rounded(tree: Node, rounding: Callable[[float], float]) -> Node:
    """The tree with its coefficients, and nothing else, rounded."""
    for path in number_paths(tree):
        tree = with_value(tree, path, rounding(tree.at(path).value or 0.0))
    return tree


def round_trip(subject: Subject, tree: Node) -> Fault | None:
    """decode(encode(tree)) is the tree that is written, up to the declared rounding."""
    tokenizer: Tokenizer = subject.item
    expected = written_tree(tokenizer, tree)
    ids = encoded(tokenizer, tree)
    # A representation gives values that are beside the tokens back to its codec.
    decoded = tokenizer.round_trip(tree) if isinstance(tokenizer, Representation) else tokenizer.decode(ids)
    if isinstance(decoded, Invalid):
        return Fault("unreadable", f"cannot read its own writing: {decoded.reason}", decoded.position)
    if is_canonical(tokenizer):
        return (
            None if encoded(tokenizer, decoded) == ids else Fault("form", f"{subject.written(decoded)} is written in another way")
        )
    if (code := lossy(tokenizer)) is not None:
        expected = code.rounded(expected)
        return None if decoded == expected else _difference(subject, tree, expected, decoded)
    rounding = declared_rounding(tokenizer)
    if rounding is not None:
        expected = rounded(expected, rounding)
        return None if decoded == expected else _difference(subject, tree, expected, decoded)
    return _undeclared(subject, tree, expected, decoded)


def _undeclared(subject: Subject, tree: Node, expected: Node, decoded: Node) -> Fault | None:
    """Without a declaration: exact if the probes come back exact; else the same but for numbers, without sign flips, and
    stable."""
    tokenizer: Tokenizer = subject.item
    if _is_exact(tokenizer):
        return None if decoded == expected else _difference(subject, tree, expected, decoded)
    if _masked(decoded) != _masked(expected):
        return _difference(subject, tree, expected, decoded)
    for path, node in expected.walk():
        before, after = node.value or 0.0, decoded.at(path).value or 0.0
        if before * after < 0:
            return Fault("sign", f"{before!r} comes back as {after!r}")
    again = tokenizer.decode(encoded(tokenizer, decoded))
    if again == decoded:
        return None
    return Fault("unstable rounding", f"a second round trip gives {subject.written(again)}, not {subject.written(decoded)}")


def _is_exact(tokenizer: Tokenizer) -> bool:
    for value in PROBES:
        tree = system(Node("+", (Node("e"), number(value))))
        try:
            if tokenizer.decode(tokenizer.encode(tree)) != tree:
                return False
        except EncodeError:
            return False
    return True


def _masked(tree: Node) -> Node:
    for path in number_paths(tree):
        tree = with_value(tree, path, 0.5)
    return tree


def _difference(subject: Subject, tree: Node, expected: Node, decoded: Node) -> Fault:
    """What came back of a tree, beside what should have: where that is not the tree itself, why."""
    reason = "numbers" if _masked(expected) == _masked(decoded) else "structure"
    rewritten = written_tree(subject.item, tree) != tree
    why = " (as it is rewritten)" if rewritten else " (as it is rounded)" if expected != tree else ""
    return Fault(reason, f"comes back as {subject.written(decoded)}, not {subject.written(expected)}{why}")


def ids(subject: Subject, tree: Node) -> Fault | None:
    """`encode` gives ids of the vocabulary, those of `tokenize`'s texts, and the same a second time and from a copy."""
    tokenizer: Tokenizer = subject.item
    written = encoded(tokenizer, tree)
    vocabulary = tokenizer.vocabulary
    for i, token in enumerate(written):
        if type(token) is not int or not 0 <= token < len(vocabulary):
            return Fault("outside", f"id {token!r} is outside the vocabulary of {len(vocabulary)}", i)
    for other in (tokenizer, subject.copy):
        if list(other.encode(tree)) != written:
            return Fault("not deterministic", "the same tree is written in two ways")
    texts = [token.text for token in tokenizer.tokenize(tree)]
    for i, (text, token) in enumerate(zip(texts, written, strict=False)):
        if text != vocabulary.tokens[token]:
            return Fault("tokenize and encode", f"tokenize says {text!r}, encode {vocabulary.tokens[token]!r}", i, text)
    if len(texts) != len(written):
        return Fault("tokenize and encode", f"tokenize gives {len(texts)} tokens, encode {len(written)}")
    return None


def classes(subject: Subject, tree: Node) -> Fault | None:
    """Every token's path leads to a node of its class, numbers to the number they write, and every node is written."""
    tokenizer: Tokenizer = subject.item
    encoded(tokenizer, tree)
    root = written_tree(tokenizer, tree)
    fault = _misplaced(subject, root, list(tokenizer.tokenize(tree)))
    return None if fault is None else replace(fault, tree=root)


def _misplaced(subject: Subject, root: Node, tokens: list[Token]) -> Fault | None:
    tokenizer: Tokenizer = subject.item
    nodes = dict(root.walk())
    merged, canonical = isinstance(_inner(tokenizer), Wrapping), is_canonical(tokenizer)
    for i, token in enumerate(tokens):
        if token.path not in nodes:
            return Fault("path", f"token {token.text!r} has the path {token.path}, where the tree has no node", i, token.text)
        node, alphabet = nodes[token.path], subject.domain.operators
        if not (canonical or _fits(token, node, alphabet) or (merged and _holds(token, node, alphabet))):
            return Fault("class", f"token {token.text!r} is a {token.kind}, its node {node.symbol!r} is not", i, token.text)
    if canonical:
        return None
    named = {t.path for t in tokens if t.kind is not TokenClass.STRUCTURE}
    return _codes(subject, nodes, tokens, merged) or _unwritten(root, named, merged, subject.domain.operators)


def _inner(tokenizer: Tokenizer) -> Tokenizer:
    return tokenizer.tokenizer if isinstance(tokenizer, Representation) else tokenizer


def _codes(subject: Subject, nodes: dict[Path, Node], tokens: list[Token], merged: bool) -> Fault | None:
    """The tokens of a coefficient are its code, in one piece."""
    inner = _inner(subject.item)
    if merged or not isinstance(inner, Coding):
        return None
    own = set(inner.codec.tokens)
    runs: list[tuple[int, Path, list[str]]] = []
    for i, token in enumerate(tokens):
        if token.text in own:
            if runs and runs[-1][1] == token.path and runs[-1][0] + len(runs[-1][2]) == i:
                runs[-1][2].append(token.text)
            else:
                runs.append((i, token.path, [token.text]))
    for i, path, texts in runs:
        node = nodes[path]
        if node.value is None or texts != inner.codec.write(node.value):
            wrong = f"tokens {' '.join(texts)!r} are not the code of their node {subject.written(node)}"
            return Fault("number", wrong, i, texts[0])
    return None


def _unwritten(root: Node, paths: set[Path], merged: bool, alphabet: Operators) -> Fault | None:
    """A node that no token names. Not named need be: whole exponents, which are part of their power; what is equal to a node that
    is; a chain of one associative operator, which n-ary notations write as one; and what is below a merged token's node.
    """
    named = {root.at(path) for path in paths}
    for path, node in root.walk():
        parent = root.at(path[:-1])
        chained = parent.symbol == node.symbol and node.symbol in alphabet.chained
        hidden = not path or (path[-1] == 1 and is_whole_power(parent)) or chained
        if not (hidden or node in named or (merged and any(path[:n] in paths for n in range(len(path))))):
            return Fault("node not written", f"no token names the node {node.symbol!r} at {path}")
    return None


def class_of(node: Node, alphabet: Operators = BUILT_IN) -> TokenClass:
    """The class of the token that writes a node."""
    if node.symbol == SYSTEM:
        return TokenClass.STRUCTURE
    if alphabet.sequence:
        return TokenClass.OPERATOR
    if node.is_number or node.symbol in alphabet.constants:
        return TokenClass.NUMBER
    if node.is_variable:
        return TokenClass.VARIABLE
    row = alphabet.by_symbol.get(node.symbol)
    return TokenClass.FUNCTION if row is not None and row.fixity == "call" else TokenClass.OPERATOR


def _fits(token: Token, node: Node, alphabet: Operators) -> bool:
    return token.kind is TokenClass.STRUCTURE or token.kind == class_of(node, alphabet)


def _holds(token: Token, node: Node, alphabet: Operators) -> bool:
    """A merged token stands for all of a subtree that it touches."""
    return token.kind is TokenClass.MIXED or any(class_of(n, alphabet) == token.kind for _, n in node.walk())


def malformed(tree: Node, closed: bool, alphabet: Operators = BUILT_IN) -> str | None:
    """Why a tree is no well-formed system, or None. Cycles cannot be: nodes are immutable."""
    if tree.symbol != SYSTEM or not tree.children:
        return f"its root is {tree.symbol!r}, not a system with equations"
    if tree.depth > MAX_DEPTH:
        return f"it is nested {tree.depth} deep, more than {MAX_DEPTH}"
    for node in _below(tree):
        if node.is_number and alphabet.numbers:
            if node.value is None or node.value - node.value != 0.0 or node.children:
                return f"it holds the number {node.value}"
        elif node.is_variable:
            if node.children or not node.symbol[2:].isdecimal():
                return f"it holds the variable {node.symbol!r}"
            if closed and node.index >= len(tree.children):
                return f"{node.symbol} has no equation"
        elif len(node.children) != alphabet.arity(node.symbol):
            return f"it holds {node.symbol!r} with {len(node.children)} operands"
    return None


def _below(tree: Node) -> Iterator[Node]:
    return (node for path, node in tree.walk() if path)
