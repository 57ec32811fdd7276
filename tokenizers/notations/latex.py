"""LaTeX, character by character: the text that papers and language models have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ...grammars.errors import EncodeError
from ...grammars.print.latex import latex_pieces
from ...grammars.print.ways_latex import latex_ways
from ...grammars.text.latex import MARKS, WORDS, read_latex
from ...grammars.text.reader import Fault
from ...grammars.tree import FUNCTIONS, SYSTEM, Node
from ..alphabet import Scope
from ..base import Invalid, Token, TokenClass, Vocabulary, character_ids
from .derivation import unreadable

_LETTERS = sorted({*"".join(FUNCTIONS), *"cdotimesleftrightfracoperatornamep"} - {"x"})
_CLASSES = {
    **dict.fromkeys("0123456789.", TokenClass.NUMBER),
    **dict.fromkeys("+-^", TokenClass.OPERATOR),
    **dict.fromkeys("x_", TokenClass.VARIABLE),
    **dict.fromkeys(_LETTERS, TokenClass.FUNCTION),
    **dict.fromkeys("\\{}()| ", TokenClass.STRUCTURE),
}


_SPACES = " \t\n\r\f"
_READ = frozenset({*_CLASSES, *MARKS, *"".join(WORDS), *_SPACES})
"""What a text may hold: more than a printed one has."""


@dataclass(frozen=True, slots=True)
class LatexCharacters:
    r"""`x_{1} \\ -2 \cdot {x_{0}}^{2}`: the characters of the LaTeX text; numbers are exact, `2.5 \times 10^{-7}` where they have
    a power of ten.

    `tokenize` gives each character the class of the piece that it belongs to; the vocabulary gives the usual one. Valid is what
    the grammar of LaTeX reads (`grammars/text/latex.lark`), so that factors may stand side by side, and spaces where they set
    nothing: `2 x_0`, `2\cdot x_{0}` and `2 \cdot x_{0}` are synonyms. The vocabulary is the same for any number of variables.
    """

    n_variables: int
    closed: bool = True
    vocabulary: Vocabulary = field(init=False, compare=False, repr=False)
    _scope: Scope = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "vocabulary", Vocabulary(tuple(_CLASSES), tuple(_CLASSES.values())))
        object.__setattr__(self, "_scope", Scope(self.n_variables, self.closed))

    def tokenize(self, tree: Node) -> list[Token]:
        self._scope.check(tree)
        return [Token(c, TokenClass(piece.kind), piece.path) for piece in latex_pieces(tree) for c in piece.text]

    def encode(self, tree: Node) -> list[int]:
        ids = self.vocabulary.ids
        return [ids[t.text] for t in self.tokenize(tree)]

    def decode(self, ids: Sequence[int]) -> Node | Invalid:
        if (fault := unreadable(ids, len(self.vocabulary))) is not None:
            return fault
        tokens = self.vocabulary.tokens
        return self.read_text("".join([tokens[token] for token in ids]))

    def other_ways(self, tree: Node) -> dict[str, str]:
        """See `base.Textual`."""
        return latex_ways(tree)

    def encode_text(self, text: str) -> list[int] | Invalid:
        """See `base.Textual`."""
        return character_ids(self.vocabulary, text)

    @property
    def characters(self) -> frozenset[str]:
        """Those that a text can hold, but for white space."""
        return _READ - frozenset(_SPACES)

    @property
    def names(self) -> frozenset[str]:
        """The runs of letters that a text can hold, whole."""
        return WORDS

    def read_text(self, text: str) -> Node | Invalid:
        """As `decode`, of a text; positions are those of its characters."""
        foreign = next((i for i, c in enumerate(text) if c not in _READ), None)
        if foreign is not None:
            return Invalid(f"found {text[foreign]!r}, which is in no expression", foreign)
        found = read_latex(text)
        if isinstance(found, Fault):
            return Invalid(found.reason, min(found.offset, len(text)))
        tree = Node(SYSTEM, tuple(found.children))
        try:
            self._scope.check(tree)
        except EncodeError as e:
            return Invalid(str(e), len(text))
        return tree
