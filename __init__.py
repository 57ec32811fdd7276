"""Kappabar: which encoding of a symbolic domain makes its meaning learnable?

Every command is a function here, of the same name and with the same words for its arguments, and so is all that parts of one's
own are made of. This is the public interface: what is imported from deeper may move or change at any time. Names load on first
use: importing the package imports no engine, no deep-learning library and no plotting library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .cli.progress import progress as progress
    from .evaluate.across.run import Across as Across
    from .evaluate.check.result import CheckResult as CheckResult
    from .evaluate.check.run import check as check
    from .evaluate.check.strategies import edited_sequences as edited_sequences
    from .evaluate.check.strategies import token_sequences as token_sequences
    from .evaluate.check.suites import CodecSuite as CodecSuite
    from .evaluate.check.suites import OperatorSuite as OperatorSuite
    from .evaluate.check.suites import RepresentationSuite as RepresentationSuite
    from .evaluate.check.suites import RewriteSuite as RewriteSuite
    from .evaluate.check.suites import TokenizerSuite as TokenizerSuite
    from .evaluate.commands.compare import compare as compare
    from .evaluate.commands.domains import domains as domains
    from .evaluate.commands.export import export as export
    from .evaluate.commands.kappa import kappa as kappa
    from .evaluate.commands.load import load as load
    from .evaluate.commands.merge import merge as merge
    from .evaluate.commands.report import report as report
    from .evaluate.commands.reproduce import reproduce as reproduce
    from .evaluate.commands.search import search as search
    from .evaluate.compare.comparison import Comparison as Comparison
    from .evaluate.domains.distributions import Distribution as Distribution
    from .evaluate.domains.domain import Domain as Domain
    from .evaluate.domains.domain import domain as domain
    from .evaluate.domains.like_data import LikeData as LikeData
    from .evaluate.domains.like_data import like_data as like_data
    from .evaluate.domains.likeness import Likeness as Likeness
    from .evaluate.domains.likeness import likeness as likeness
    from .evaluate.domains.metrics import Metric as Metric
    from .evaluate.domains.metrics import attractor as attractor
    from .evaluate.domains.metrics import bounded_l2 as bounded_l2
    from .evaluate.domains.metrics import metric as metric
    from .evaluate.domains.metrics import relative_l2 as relative_l2
    from .evaluate.domains.observers.base import Curves as Curves
    from .evaluate.domains.observers.base import Observations as Observations
    from .evaluate.domains.observers.base import Observer as Observer
    from .evaluate.domains.observers.embeddings import Embeddings as Embeddings
    from .evaluate.domains.observers.numbers import Numbers as Numbers
    from .evaluate.domains.observers.outcomes import Outcomes as Outcomes
    from .evaluate.domains.observers.symbols import Symbols as Symbols
    from .evaluate.domains.represented import representation as representation
    from .evaluate.domains.sources import Loaded as Loaded
    from .evaluate.domains.sources import read as read
    from .evaluate.domains.sources import sample_systems as sample_systems
    from .evaluate.edits.base import Edit as Edit
    from .evaluate.edits.base import EditOperator as EditOperator
    from .evaluate.edits.base import Neighborhood as Neighborhood
    from .evaluate.edits.base import Promises as Promises
    from .evaluate.edits.base import draw_ranks as draw_ranks
    from .evaluate.events import Advanced as Advanced
    from .evaluate.events import Finished as Finished
    from .evaluate.events import Skipped as Skipped
    from .evaluate.events import Started as Started
    from .evaluate.explore.documents import inspect as inspect
    from .evaluate.expression.lyapunov import Lyapunov as Lyapunov
    from .evaluate.expression.lyapunov import lyapunov as lyapunov
    from .evaluate.expression.parse import parse as parse
    from .evaluate.expression.sensitivities import Nudges as Nudges
    from .evaluate.expression.sensitivities import Sensitivities as Sensitivities
    from .evaluate.expression.sensitivities import nudge as nudge
    from .evaluate.expression.sensitivities import sensitivities as sensitivities
    from .evaluate.expression.simulate import Simulation as Simulation
    from .evaluate.expression.simulate import simulate as simulate
    from .evaluate.expression.tokenize import Tokenization as Tokenization
    from .evaluate.expression.tokenize import tokenize as tokenize
    from .evaluate.kappa.edit_graph import EditGraph as EditGraph
    from .evaluate.kappa.edit_graph import edit_graph as edit_graph
    from .evaluate.kappa.intrinsic import Intrinsic as Intrinsic
    from .evaluate.kappa.intrinsic import intrinsic as intrinsic
    from .evaluate.kappa.kappa import Kappa as Kappa
    from .evaluate.kappa.profile import Profile as Profile
    from .evaluate.kappa.profile import profile as profile
    from .evaluate.kappa.tables import edit_frame as edit_frame
    from .evaluate.measuring.measured import Measured as Measured
    from .evaluate.quality.decoding.decode import beam as beam
    from .evaluate.search.objectives import Objective as Objective
    from .evaluate.search.result import SearchResult as SearchResult
    from .evaluate.search.searched import Searched as Searched
    from .evaluate.semantics.base import Behaviors as Behaviors
    from .evaluate.semantics.base import Distances as Distances
    from .evaluate.semantics.base import Measuring as Measuring
    from .evaluate.semantics.base import Running as Running
    from .evaluate.semantics.base import Semantics as Semantics
    from .evaluate.semantics.base import Setting as Setting
    from .evaluate.semantics.base import Solver as Solver
    from .evaluate.semantics.base import Status as Status
    from .evaluate.semantics.base import Tunable as Tunable
    from .evaluate.semantics.flow import Flow as Flow
    from .evaluate.semantics.meaning import Meaning as Meaning
    from .evaluate.semantics.orbit import Orbit as Orbit
    from .evaluate.semantics.table import Table as Table
    from .evaluate.semantics.values import Values as Values
    from .evaluate.statistics.estimate import Estimate as Estimate
    from .grammars.draw.strategies import expressions as expressions
    from .grammars.draw.strategies import systems as systems
    from .grammars.draw.strategies import trees as trees
    from .grammars.draw.text_strategies import lark_texts as lark_texts
    from .grammars.draw.text_strategies import texts as texts
    from .grammars.errors import ConditionError as ConditionError
    from .grammars.errors import EncodeError as EncodeError
    from .grammars.errors import KappabarError as KappabarError
    from .grammars.errors import OutputError as OutputError
    from .grammars.errors import ParseError as ParseError
    from .grammars.errors import RunError as RunError
    from .grammars.errors import SourceError as SourceError
    from .grammars.errors import SpecError as SpecError
    from .grammars.operators import Operator as Operator
    from .grammars.operators import Operators as Operators
    from .grammars.operators import operators as operators
    from .grammars.operators import sequences as sequences
    from .grammars.print.infix import to_infix as to_infix
    from .grammars.text.own import TextReader as TextReader
    from .grammars.text.own import TreeBuilder as TreeBuilder
    from .grammars.text.sequence import SequenceReader as SequenceReader
    from .grammars.tree import ARITY as ARITY
    from .grammars.tree import CONSTANTS as CONSTANTS
    from .grammars.tree import FUNCTIONS as FUNCTIONS
    from .grammars.tree import MAX_DEPTH as MAX_DEPTH
    from .grammars.tree import SYSTEM as SYSTEM
    from .grammars.tree import Node as Node
    from .grammars.tree import Path as Path
    from .grammars.tree import System as System
    from .grammars.tree import number as number
    from .grammars.tree import system as system
    from .grammars.tree import variable as variable
    from .grammars.tree import variables as variables
    from .representations.export import Exported as Exported
    from .representations.representation import Representation as Representation
    from .representations.rewrites.base import Rewrite as Rewrite
    from .representations.texts import to_text as to_text
    from .representations.texts import to_texts as to_texts
    from .tokenizers.base import Invalid as Invalid
    from .tokenizers.base import NumberCodec as NumberCodec
    from .tokenizers.base import Token as Token
    from .tokenizers.base import TokenClass as TokenClass
    from .tokenizers.base import Tokenizer as Tokenizer
    from .tokenizers.base import Vocabulary as Vocabulary

# Of each file its public names: what a user's own part needs stands here. Everything deeper may move at any time.
_ROOMS = {
    "cli.progress": "progress",
    "evaluate.across.run": "Across",
    "evaluate.check.result": "CheckResult",
    "evaluate.check.run": "check",
    "evaluate.check.strategies": "edited_sequences token_sequences",
    "evaluate.check.suites": "CodecSuite OperatorSuite RepresentationSuite RewriteSuite TokenizerSuite",
    "evaluate.commands.compare": "compare",
    "evaluate.commands.domains": "domains",
    "evaluate.commands.export": "export",
    "evaluate.commands.kappa": "kappa",
    "evaluate.commands.load": "load",
    "evaluate.commands.merge": "merge",
    "evaluate.commands.report": "report",
    "evaluate.commands.reproduce": "reproduce",
    "evaluate.commands.search": "search",
    "evaluate.compare.comparison": "Comparison",
    "evaluate.domains.distributions": "Distribution",
    "evaluate.domains.domain": "Domain domain",
    "evaluate.domains.like_data": "LikeData like_data",
    "evaluate.domains.likeness": "Likeness likeness",
    "evaluate.domains.metrics": "Metric attractor bounded_l2 metric relative_l2",
    "evaluate.domains.observers.base": "Curves Observations Observer",
    "evaluate.domains.observers.embeddings": "Embeddings",
    "evaluate.domains.observers.numbers": "Numbers",
    "evaluate.domains.observers.outcomes": "Outcomes",
    "evaluate.domains.observers.symbols": "Symbols",
    "evaluate.domains.represented": "representation",
    "evaluate.domains.sources": "Loaded read sample_systems",
    "evaluate.edits.base": "Edit EditOperator Neighborhood Promises draw_ranks",
    "evaluate.events": "Advanced Finished Skipped Started",
    "evaluate.explore.documents": "inspect",
    "evaluate.expression.lyapunov": "Lyapunov lyapunov",
    "evaluate.expression.parse": "parse",
    "evaluate.expression.sensitivities": "Nudges Sensitivities nudge sensitivities",
    "evaluate.expression.simulate": "Simulation simulate",
    "evaluate.expression.tokenize": "Tokenization tokenize",
    "evaluate.kappa.edit_graph": "EditGraph edit_graph",
    "evaluate.kappa.intrinsic": "Intrinsic intrinsic",
    "evaluate.kappa.kappa": "Kappa",
    "evaluate.kappa.profile": "Profile profile",
    "evaluate.kappa.tables": "edit_frame",
    "evaluate.measuring.measured": "Measured",
    "evaluate.quality.decoding.decode": "beam",
    "evaluate.search.objectives": "Objective",
    "evaluate.search.result": "SearchResult",
    "evaluate.search.searched": "Searched",
    "evaluate.semantics.base": "Behaviors Distances Measuring Running Semantics Setting Solver Status Tunable",
    "evaluate.semantics.flow": "Flow",
    "evaluate.semantics.meaning": "Meaning",
    "evaluate.semantics.orbit": "Orbit",
    "evaluate.semantics.table": "Table",
    "evaluate.semantics.values": "Values",
    "evaluate.statistics.estimate": "Estimate",
    "grammars.draw.strategies": "expressions systems trees",
    "grammars.draw.text_strategies": "lark_texts texts",
    "grammars.errors": "ConditionError EncodeError KappabarError OutputError ParseError RunError SourceError SpecError",
    "grammars.operators": "Operator Operators operators sequences",
    "grammars.print.infix": "to_infix",
    "grammars.text.own": "TextReader TreeBuilder",
    "grammars.text.sequence": "SequenceReader",
    "grammars.tree": "ARITY CONSTANTS FUNCTIONS MAX_DEPTH SYSTEM Node Path System number system variable variables",
    "representations.export": "Exported",
    "representations.representation": "Representation",
    "representations.rewrites.base": "Rewrite",
    "representations.texts": "to_text to_texts",
    "tokenizers.base": "Invalid NumberCodec Token TokenClass Tokenizer Vocabulary",
}
_PLACES = {name: room for room, names in _ROOMS.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'kappabar' has no attribute {name!r}")
    return getattr(import_module(f".{_PLACES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
