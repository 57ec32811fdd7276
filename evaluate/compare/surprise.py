"""Do a model's uncertain tokens carry the meaning? Its entropy at each token beside the token's own κ.

For each expression that κ was measured on and the task's model can observe, the model is given the expression's observation
and the true tokens one after the other: the entropy of its next token, and the surprisal of the true one. Beside them stands the
token's sensitivity, the mean distance of the edits at it (`profile`). The fifth of the tokens with the highest entropy is what
Wang et al. 2025 (arXiv:2506.01939) restrict reinforcement to.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...grammars.errors import EncodeError
from ...grammars.tree import System
from ..domains.observers.base import Curves, Observations, join, observe
from ..kappa.kappa import Kappa
from ..kappa.profile import profile
from ..quality.model.model import BOS, PAD, Model
from ..quality.task.task import Task, takes
from ..quality.training.batches import padded
from ..streams import generator

if TYPE_CHECKING:
    from ...representations.representation import Representation

Floats = NDArray[np.float64]
Row = dict[str, Any]
_BATCH = 64


def token_rows(
    task: Task, representation: Representation, model: Model, kappa: Kappa, systems: Mapping[str, System], seed: int = 0
) -> list[Row]:
    """One row per token of each expression. `systems`: by name, as `kappa.measured` names them; `seed`: of the observations'
    noise.

    Columns: representation, expression, item (its number in κ, as in edits.parquet), position, token, token_text, class, entropy
    and surprisal (bits; EOS takes its share, PAD and BOS have none), sensitivity (None where no edit counts) and n_edits. Left
    out are expressions with more dimensions than the task has or without conditions, and those whose edits were condensed.
    """
    chosen, seen, encoded = _observable(task, representation, kappa, systems)
    if not chosen:
        return []
    noise = generator(task.seed, "surprise-noise", seed)
    entropy, surprisal = teacher_forced(model, observe(task.domain.observer, join(seen), task.config.noise, noise), encoded)
    rows: list[Row] = []
    for k, item in enumerate(chosen):
        measured = profile(kappa, item)
        rows += [
            {
                "representation": kappa.representation,
                "expression": measured.expression,
                "item": item,
                "position": i,
                "token": token,
                "token_text": representation.vocabulary.tokens[token],
                "class": measured.classes[i],
                "entropy": float(entropy[k][i]),
                "surprisal": float(surprisal[k][i]),
                "sensitivity": float(measured.mean[i]) if math.isfinite(measured.mean[i]) else None,
                "n_edits": int(measured.n_counted[i]),
            }
            for i, token in enumerate(encoded[k])
        ]
    return rows


@torch.inference_mode()
def teacher_forced(
    model: Model, observations: Observations, encoded: Sequence[Sequence[int]]
) -> tuple[list[Floats], list[Floats]]:
    """Entropy of the model's next token and surprisal of the true one, in bits, for each content token of each sequence."""
    entropy: list[Floats] = []
    surprisal: list[Floats] = []
    device = model.embedding.weight.device
    for start in range(0, len(encoded), _BATCH):
        rows = slice(start, start + _BATCH)
        tokens = padded(encoded[rows])
        samples, scales = torch.from_numpy(observations.samples[rows]), torch.from_numpy(observations.scales[rows])
        logits = model(samples.to(device), scales.to(device), tokens[:, :-1].to(device)).cpu().double()
        logits[:, :, [PAD, BOS]] = float("-inf")
        log_p = torch.log_softmax(logits, dim=2)
        own = -torch.xlogy(log_p.exp(), log_p.exp()).sum(dim=2) / math.log(2)
        true = -log_p.gather(2, tokens[:, 1:, None])[:, :, 0] / math.log(2)
        for row, ids in enumerate(encoded[rows]):
            entropy.append(own[row, : len(ids)].numpy())
            surprisal.append(true[row, : len(ids)].numpy())
    return entropy, surprisal


def _observable(
    task: Task, representation: Representation, kappa: Kappa, systems: Mapping[str, System]
) -> tuple[list[int], list[Curves], list[list[int]]]:
    """Numbers in κ, curves and content ids of the expressions that the model can see and κ knows token by token."""
    chosen, seen, encoded = [], [], []
    for item, m in enumerate(kappa.measured):
        system = systems.get(m.name)
        if m.counts is not None or system is None or not takes(task.domain, task.config, system):
            continue
        curve = task.curve(system)
        try:
            ids = representation.encode(system.tree)
        except EncodeError:
            continue
        if curve is not None and len(ids) == m.n_tokens:
            chosen.append(item)
            seen.append(curve)
            encoded.append(ids)
    return chosen, seen, encoded
