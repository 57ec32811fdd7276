"""Four readings of one statement on the same sequences: the decoder in Python, the compiled machine, masks, and llguidance."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.sources import sample_systems
from kappabar.evaluate.quality.decoding.constrain import constraint
from kappabar.evaluate.quality.model.model import EOS, PAD, SPECIAL
from kappabar.grammars.constant import LEAVES
from kappabar.grammars.tree import Node, System, number
from kappabar.representations.representation import Representation
from kappabar.tokenizers.base import Invalid
from kappabar.tokenizers.machines.decode import bulk_decoder, general

ARITHMETIC = ("prefix | digits:3", "postfix | bins:16,log", "tree | digits:2", "rules | bins:16,log", "infix | digits:3",
              "nary | fp:1,3", "sexpr | digits:2", "bracketed | bins:8,log", "dag | bins:8,log", "prefix | bits:3,2",
              "infix | base:10,2", "prefix | digits:3 | bpe:96", "prefix | digits:2 | macros:8")  # fmt: skip
BOOLEAN = ("infix", "infix | chars", "prefix", "postfix", "tree", "rules", "sexpr", "bracketed", "nary", "dag", "infix | bpe:32")
STEP, ROOM = 2_000, 400


def sequences(r: Representation, systems: list[System], n: int, seed: int) -> list[list[int]]:
    """A third of chance alone, the others encodings with up to three tokens replaced, left out or added."""
    rng, size = np.random.default_rng(seed), len(r.vocabulary)
    written = [r.encode(s) for s in systems]
    found: list[list[int]] = []
    for i in range(n):
        if i % 3 == 0:
            found.append(rng.integers(0, size, rng.integers(1, 9)).tolist())
            continue
        ids = list(written[rng.integers(len(written))])
        for _ in range(rng.integers(0, 4)):
            at, kind = int(rng.integers(len(ids))), rng.integers(3)
            ids[at : at + (kind < 2)] = [] if kind == 1 and len(ids) > 1 else [int(rng.integers(size))]
        found.append(ids)
    return found


def accepted(r: Representation, system: System, ids: list[list[int]], engine: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which sequences a constraint lets through, to their ends."""
    n = len(ids)
    rows = constraint(r, [len(system.equations)] * n, [system.dim] * n, engine).start(range(n), ROOM)
    alive = np.ones(n, np.bool_)
    for at in range(max(map(len, ids)) + 1):
        following = np.array([i[at] + SPECIAL if at < len(i) else EOS for i in ids])
        running = np.array([at <= len(i) for i in ids])
        alive &= rows.allowed().numpy()[np.arange(n), following] | ~running
        rows.take(torch.from_numpy(np.where(alive & running, following, PAD)))
    return alive


def check_agreement(spec: str, name: str, n: int, seed: int, engines: tuple[str, ...]) -> int:
    """How many of the sequences are trees."""
    where = domain(name)
    systems = [s for s in sample_systems(name, 200, 5) if len(s.equations) == (2 if where.closed else 1)]
    dim = max(s.dim for s in systems)
    systems = [s for s in systems if s.dim == dim]
    r = where.representation(spec, systems)
    decoder, like, trees = bulk_decoder(r.tokenizer), systems[0], 0
    for first in range(0, n, STEP):
        ids = sequences(r, systems, min(STEP, n - first), seed + first)
        plain = [r.decode(one) for one in ids]
        for one, tree in zip(ids if decoder is not None else [], plain, strict=False):
            assert decoder is not None
            whole = decoder.decode(one, *(np.array([v], np.int32) for v in (0, 0, -1)))
            if isinstance(tree, Invalid):
                assert whole.tree[0] < 0 and whole.reasons[whole.reason[0]] == general(tree.reason), (one, tree)
            else:
                # A forest does not tell constants from the numbers that they are.
                numbers = tree.map(lambda node: number(LEAVES[node.symbol]) if node.symbol in LEAVES else node)
                assert whole.tree[0] >= 0 and whole.trees.tree(int(whole.tree[0])) == numbers
        right = np.array([isinstance(tree, Node) and where.comparable(tree, like) for tree in plain])
        for engine in engines:
            differ = np.flatnonzero(accepted(r, like, ids, engine) != right)
            assert not len(differ), (engine, [r.vocabulary.tokens[t] for t in ids[differ[0]]], plain[differ[0]])
        trees += int(right.sum())
    return trees


CASES = [*((spec, "ode") for spec in ARITHMETIC), *((spec, "examples.boolean:BOOLEAN") for spec in BOOLEAN)]


@pytest.fixture(autouse=True)
def _beside_the_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[4])
    monkeypatch.setattr(sys, "path", [os.getcwd(), *sys.path])


@pytest.mark.parametrize(("spec", "name"), CASES)
def test_all_readings_agree(spec: str, name: str) -> None:
    assert check_agreement(spec, name, 240, 0, ("tables",)) > 20


@pytest.mark.nightly
@pytest.mark.parametrize(("spec", "name"), CASES)
def test_all_readings_agree_on_a_hundred_thousand(spec: str, name: str) -> None:
    pytest.importorskip("llguidance")
    assert check_agreement(spec, name, 100_000, 1, ("tables", "llguidance")) > 10_000
