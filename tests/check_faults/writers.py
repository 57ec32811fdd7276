"""Tokenizers with one mistake each, for `kappabar check` to find. Loaded by name: `check_faults.writers:DroppedParentheses`."""

from __future__ import annotations

import json
from dataclasses import replace

from kappabar.grammars.tree import Node, number, system, variable
from kappabar.tokenizers.base import Invalid, TokenClass, Vocabulary
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.notations.infix import Infix
from kappabar.tokenizers.notations.postfix import Postfix
from kappabar.tokenizers.notations.prefix import Prefix


class Sound:
    """Prefix notation without a mistake, for the others to spoil."""

    notation = Prefix

    def __init__(self, n_variables, closed=True):
        self.codec = Digits(3)
        self.inner = self.notation(self.codec, n_variables, closed)

    @property
    def vocabulary(self):
        return self.inner.vocabulary

    def tokenize(self, tree):
        return self.inner.tokenize(tree)

    def encode(self, tree):
        return [self.vocabulary.ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids):
        return self.inner.decode(ids)


class DroppedParentheses(Sound):
    """x - (y - z) is written x - y - z."""

    notation = Infix

    def tokenize(self, tree):
        return [t for t in self.inner.tokenize(tree) if not (t.text in "()" and t.path and t.path[-1] == 1)]


class FirstEquation(Sound):
    """Only the first equation is written."""

    def tokenize(self, tree):
        tokens = self.inner.tokenize(tree)
        end = next((i for i, t in enumerate(tokens) if t.text == "|"), len(tokens))
        return tokens[:end]


class SwappedMinus(Sound):
    """2 - x comes back as x - 2."""

    def decode(self, ids):
        found = self.inner.decode(ids)
        return found if isinstance(found, Invalid) else found.map(self._swapped)

    def _swapped(self, node):
        return Node("-", node.children[::-1]) if node.symbol == "-" and node.children[0].is_number else node


class Shallow(Sound):
    """What is nested deeper than five becomes x_0."""

    def decode(self, ids):
        found = self.inner.decode(ids)
        return found if isinstance(found, Invalid) else self._cut(found, 5)

    def _cut(self, node, depth):
        return variable(0) if not depth else replace(node, children=tuple(self._cut(c, depth - 1) for c in node.children))


class ShortFloats(Sound):
    """A coefficient is decoded from its first three tokens: the last digit is lost."""

    def decode(self, ids):
        zero = self.vocabulary.ids["0"]
        spoiled, width = list(ids), 0
        for i, token in enumerate(ids):
            width = 1 if self.vocabulary.tokens[token] in ("N+", "N-") else width + 1 if width else 0
            if width == 4 and self.vocabulary.tokens[token].isdigit():
                spoiled[i] = zero
        return self.inner.decode(spoiled)


class SignLost(Sound):
    """A negative coefficient below one comes back positive."""

    def decode(self, ids):
        found = self.inner.decode(ids)
        if isinstance(found, Invalid):
            return found
        return found.map(lambda n: replace(n, value=abs(n.value)) if n.value is not None and -1 < n.value < 0 else n)


class Collision(Sound):
    """sin and cos have one text, and so one id."""

    class Words:
        def __init__(self, sound):
            self.tokens = tuple("sin" if t == "cos" else t for t in sound.tokens)
            self.classes = sound.classes
            self.ids = {t: i for i, t in enumerate(self.tokens)} | {"cos": sound.ids["sin"]}

        def __len__(self):
            return len(self.tokens)

    @property
    def vocabulary(self):
        return self.Words(self.inner.vocabulary)


class SharedId(Sound):
    """tanh is encoded as tan."""

    def encode(self, tree):
        tan, tanh = self.vocabulary.ids["tan"], self.vocabulary.ids["tanh"]
        return [tan if i == tanh else i for i in self.inner.encode(tree)]


class OutsideIds(Sound):
    """pi has the id after the last."""

    def encode(self, tree):
        return [len(self.vocabulary) if self.vocabulary.tokens[i] == "pi" else i for i in self.inner.encode(tree)]


class OtherWords(Sound):
    """tokenize shows the star as a multiplication sign, which is no token."""

    def tokenize(self, tree):
        return [replace(t, text="×") if t.text == "*" else t for t in self.inner.tokenize(tree)]

    def encode(self, tree):
        return self.inner.encode(tree)


class WrongClass(Sound):
    """Functions are called operators."""

    def tokenize(self, tree):
        tokens = self.inner.tokenize(tree)
        return [replace(t, kind=TokenClass.OPERATOR) if t.kind is TokenClass.FUNCTION else t for t in tokens]


class WrongNode(Sound):
    """The second operand of a sum has the path of the first."""

    def tokenize(self, tree):
        tokens = self.inner.tokenize(tree)
        return [replace(t, path=(*t.path[:-1], 0)) if self._second(tree, t.path) else t for t in tokens]

    def _second(self, tree, path):
        return len(path) > 1 and path[-1] == 1 and tree.at(path[:-1]).symbol == "+"


class DiceDecode(Sound):
    """Every seventh decoding is of the sequence without its last token."""

    calls = 0

    def decode(self, ids):
        self.calls += 1
        return self.inner.decode(ids if self.calls % 7 else ids[:-1])


class Memory(Sound):
    """What cannot be decoded is what was decoded last."""

    last = None

    def decode(self, ids):
        found = self.inner.decode(ids)
        if isinstance(found, Invalid) and found.position == len(ids) and self.last is not None:
            return self.last
        self.last = None if isinstance(found, Invalid) else found
        return found


class Eater(Sound):
    """decode empties the list that it is given."""

    def decode(self, ids):
        found = self.inner.decode(ids)
        if isinstance(ids, list):
            ids.clear()
        return found


class Raises(Sound):
    """A sequence that ends too early raises IndexError."""

    def decode(self, ids):
        found = self.inner.decode(ids)
        if isinstance(found, Invalid) and found.position == len(ids):
            return [][len(ids)]
        return found


class FarPosition(Sound):
    """The position of a mistake is counted from one, and so outside at the end."""

    def decode(self, ids):
        found = self.inner.decode(ids)
        return replace(found, position=found.position + 1) if isinstance(found, Invalid) else found


class Guesses(Sound):
    """A sequence that ends too early is its first symbol, without operands."""

    def decode(self, ids):
        found = self.inner.decode(ids)
        if isinstance(found, Invalid) and found.position == len(ids) and ids:
            return system(Node(self.vocabulary.tokens[ids[0]]))
        return found


class ReadsMore(Sound):
    """What is read is not what is ever written: coefficients are a tenth of a percent larger, but for those of an own
    encoding."""

    written = frozenset()

    def encode(self, tree):
        ids = self.inner.encode(tree)
        self.written = self.written | {tuple(ids)}
        return ids

    def decode(self, ids):
        found = self.inner.decode(ids)
        if isinstance(found, Invalid) or tuple(ids) in self.written:
            return found
        return found.map(lambda n: replace(n, value=n.value * 1.001) if n.value not in (None, *range(2, 10)) else n)


class ForgetsPattern(Sound):
    """Saved and loaded, it no longer knows how many digits it writes."""

    def __init__(self, n_variables, closed=True, digits=2):
        super().__init__(n_variables, closed)
        self.codec = Digits(digits)
        self.inner = Prefix(self.codec, n_variables, closed)
        self.size = (n_variables, closed)

    def to_json(self):
        return json.dumps({"n_variables": self.size[0], "closed": self.size[1]})

    @classmethod
    def from_json(cls, text):
        return cls(**json.loads(text), digits=3)


class WritesNothing(Sound):
    """Takes every tree for one that it cannot write."""

    def tokenize(self, tree):
        return self.inner.tokenize(system(variable(99)))


class OneWord:
    """A vocabulary whose classes are plain words."""

    def __init__(self, n_variables, closed=True):
        self.inner = Prefix(Digits(3), n_variables, closed)
        self.vocabulary = Vocabulary(self.inner.vocabulary.tokens, tuple(str(c) for c in self.inner.vocabulary.classes))
        self.tokenize, self.encode, self.decode = self.inner.tokenize, self.inner.encode, self.inner.decode


class TenAsOne(Sound):
    """Reads x_10 as x_1."""

    def decode(self, ids):
        found = self.inner.decode(ids)
        return found if isinstance(found, Invalid) else found.map(lambda n: variable(1) if n.symbol == "x_10" else n)


class Trailing(Sound):
    """Reads up to the end of the expression, whatever follows."""

    def decode(self, ids):
        for end in range(len(ids), 0, -1):
            if not isinstance(found := self.inner.decode(ids[:end]), Invalid):
                return found
        return self.inner.decode(ids)


class Leading(Sound):
    """Reads a whole expression at the end, whatever stands before it."""

    notation = Postfix

    def decode(self, ids):
        for start in range(len(ids)):
            if not isinstance(found := self.inner.decode(ids[start:]), Invalid):
                return found
        return self.inner.decode(ids)


class QuotientInDifference(Sound):
    """Reads a - (b/c) as (a - b)/c; either alone is right."""

    def decode(self, ids):
        found = self.inner.decode(ids)
        return found if isinstance(found, Invalid) else found.map(self._moved)

    def _moved(self, node):
        if node.symbol != "-" or node.children[1].symbol != "/":
            return node
        a, (b, c) = node.children[0], node.children[1].children
        return Node("/", (Node("-", (a, b)), c))


class NinthPower(Sound):
    """Reads the ninth power as the third."""

    def decode(self, ids):
        found = self.inner.decode(ids)
        nine, three = number(9.0), number(3.0)
        if isinstance(found, Invalid):
            return found
        return found.map(lambda n: Node("^", (n.children[0], three)) if n.symbol == "^" and n.children[1] == nine else n)


class Recursive(Sound):
    """Comes to no end of a long sequence."""

    def decode(self, ids):
        return self._depth(list(ids)) and self.inner.decode(ids)

    def _depth(self, ids):
        return 1 + self._depth(ids[1:]) if ids else 1
