"""All tables that a run, a study or a search leaves."""

from __future__ import annotations

from .across import BY_DOMAIN, BY_EXPRESSION
from .curve import CURVE, EFFICIENCY
from .dials import CODE_DIAL, REDUNDANCY_DIAL, REGION_DIAL, SEMANTICS_DIAL
from .folder import EDITS, HISTORY, MODEL_TOKENS, SAMPLES, TOKENS, TRAININGS
from .probing import CLAIMS, METRICS
from .probing import EXAMPLES as PROBES
from .robustness import REWRITINGS, ROBUSTNESS
from .search import QUALITY, fronts, trials
from .study import DOMAINS, PREDICTORS, REPRESENTATIONS, STUDY
from .summary import SUMMARY
from .survey import BREAKS, CLASSES, EXPRESSIONS, NUMBERS, PAIRS, ROBUST, TOKENIZERS

_OBJECTIVES = ("mean", "fidelity", "tokens", "invalid", "vocabulary", "uncounted")
"""What every search records; others that it minimizes have columns of the same kinds."""

TABLES = (
    SUMMARY, CURVE, EFFICIENCY, EDITS, TOKENS, HISTORY, TRAININGS, SAMPLES, MODEL_TOKENS, REWRITINGS, ROBUSTNESS,
    STUDY, REPRESENTATIONS, PREDICTORS, DOMAINS,
    CODE_DIAL, SEMANTICS_DIAL, REDUNDANCY_DIAL, REGION_DIAL,
    TOKENIZERS, EXPRESSIONS, PAIRS, ROBUST, NUMBERS, BREAKS, CLASSES,
    BY_DOMAIN, BY_EXPRESSION, CLAIMS, METRICS, PROBES,
    trials(_OBJECTIVES), fronts(_OBJECTIVES), QUALITY,
)  # fmt: skip
