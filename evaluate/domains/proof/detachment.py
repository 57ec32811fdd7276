"""Condensed detachment, compiled: from a proof, `D` over axioms, to the most general theorem that it proves.

C. A. Meredith's rule (J. A. Kalman, "Condensed detachment as a rule of inference", Studia Logica 42, 1983): if p proves A → B and
q proves C, then `D p q` proves Bσ, σ the most general unifier of A and C with their variables told apart; where there is none, it
proves nothing. Each part of a tree is used once, so all constraints of a tree may be solved in one pool of terms: the theorem is
the one that comes from the rule applied step by step.

Formulas are codes in Polish notation, `IMPLIES` and `NOT` before what they connect, variables `VARIABLE`, `VARIABLE` + 1, … in
the order of their first use; 0 behind the end. So theorems that differ in the names of variables are equal.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numba import int8, int64, void
from numpy.typing import NDArray

from ....tokenizers.machines.jit import Kernel, inner, kernel

Codes = NDArray[np.int8]
Ints = NDArray[Any]
"""Of any width: of nodes, steps and places."""

IMPLIES, NOT, VARIABLE = 1, 2, 3
LETTERS = 29
"""Different variables of a theorem, at most."""
SYMBOLS = VARIABLE + LETTERS
"""Codes in use, 0 among them."""
LONGEST = 128
"""Symbols of a theorem, at most."""
MOST_LEAVES = 256
"""Axioms in a proof, at most."""
APPLY = 0
"""A proof in postfix: this for `D`, 1, 2, … for axioms."""

PROVED, NOTHING, TOO_LARGE = 0, 1, 2

_NODES, _STEPS, _DEPTH = 1 << 13, 1 << 16, 1 << 12


@inner
def _walk(at: int, bound: Ints) -> int:
    """The node that a variable stands for, or itself."""
    while bound[at] >= 0:
        at = bound[at]
    return at


@inner
def _occurs(what: int, start: int, kind: Ints, left: Ints, right: Ints, bound: Ints, stack: Ints, steps: Ints) -> int:
    """Whether a variable stands anywhere in a term: 1 or 0, -1 where that takes too long."""
    stack[0], depth = start, 1
    while depth:
        steps[0] += 1
        if steps[0] > _STEPS or depth + 2 > _DEPTH:
            return -1
        depth -= 1
        at = _walk(stack[depth], bound)
        if at == what:
            return 1
        if kind[at] < VARIABLE:
            stack[depth] = left[at]
            depth += 1
            if kind[at] == IMPLIES:
                stack[depth] = right[at]
                depth += 1
    return 0


@inner
def _unify(a: int, b: int, kind: Ints, left: Ints, right: Ints, bound: Ints, pairs: Ints, stack: Ints, steps: Ints) -> int:
    """Bind variables so that two terms become one: PROVED, NOTHING, TOO_LARGE."""
    pairs[0, 0], pairs[0, 1], depth = a, b, 1
    while depth:
        steps[0] += 1
        if steps[0] > _STEPS or depth + 2 > _DEPTH:
            return TOO_LARGE
        depth -= 1
        x, y = _walk(pairs[depth, 0], bound), _walk(pairs[depth, 1], bound)
        if x == y:
            continue
        if kind[x] >= VARIABLE or kind[y] >= VARIABLE:
            if kind[x] < VARIABLE:
                x, y = y, x
            inside = _occurs(x, y, kind, left, right, bound, stack, steps)
            if inside:
                return NOTHING if inside == 1 else TOO_LARGE
            bound[x] = y
        elif kind[x] != kind[y]:
            return NOTHING
        else:
            pairs[depth, 0], pairs[depth, 1] = left[x], left[y]
            depth += 1
            if kind[x] == IMPLIES:
                pairs[depth, 0], pairs[depth, 1] = right[x], right[y]
                depth += 1
    return PROVED


@inner
def _written(root: int, kind: Ints, left: Ints, right: Ints, bound: Ints, stack: Ints, letter: Ints, out: Codes) -> int:
    """The codes of a term, variables in the order of their first use."""
    count, size, depth = 0, 0, 1
    stack[0] = root
    while depth:
        depth -= 1
        at = _walk(stack[depth], bound)
        if size >= len(out):
            return TOO_LARGE
        if kind[at] >= VARIABLE:
            if letter[at] < 0:
                if count >= LETTERS:
                    return TOO_LARGE
                letter[at] = count
                count += 1
            out[size] = VARIABLE + letter[at]
        else:
            out[size] = kind[at]
            if depth + 2 > _DEPTH:
                return TOO_LARGE
            if kind[at] == IMPLIES:
                stack[depth] = right[at]
                depth += 1
            stack[depth] = left[at]
            depth += 1
        size += 1
    return PROVED


@inner
def _instance(codes: Codes, nodes: int, kind: Ints, left: Ints, right: Ints, bound: Ints, letter: Ints) -> tuple[int, int]:
    """A formula with variables of its own, as nodes from `nodes` on: its root and the first free node; -1 where there is no
    room."""
    names = np.full(SYMBOLS, -1, np.int32)
    open_at = np.empty(len(codes), np.int32)
    depth, root = 0, -1
    for code in codes:
        if nodes + 1 >= _NODES:
            return -1, nodes
        if code >= VARIABLE and names[code] >= 0:
            at = names[code]
        else:
            at = nodes
            nodes += 1
            kind[at], left[at], right[at], bound[at], letter[at] = code, -1, -1, -1, -1
            if code >= VARIABLE:
                names[code] = at
        if depth:
            above = open_at[depth - 1]
            if left[above] < 0:
                left[above] = at
            else:
                right[above] = at
            if kind[above] == NOT or right[above] >= 0:
                depth -= 1
        else:
            root = at
        if code < VARIABLE:
            open_at[depth] = at
            depth += 1
    return root, nodes


def theorems_kernel(stamp: int) -> Kernel:
    """`theorems`, not yet compiled; see `jit.Source`."""

    def theorems(proofs: Codes, starts: Ints, axioms: Codes, axiom_starts: Ints, out: Codes, status: Codes) -> None:
        """Of n proofs in postfix, the items from starts[i] to starts[i + 1]: the theorem in out[i] (n, LONGEST), and in status[i]
        `PROVED`, `NOTHING`, or `TOO_LARGE` where a theorem or the way to it is beyond all bounds. axioms: their codes, one behind
        the other, axiom k + 1 from axiom_starts[k] on."""
        if stamp < 0:  # never
            return
        kind, left, right = np.empty(_NODES, np.int32), np.empty(_NODES, np.int32), np.empty(_NODES, np.int32)
        bound, letter = np.empty(_NODES, np.int32), np.empty(_NODES, np.int32)
        stack, pairs = np.empty(_DEPTH + 2, np.int32), np.empty((_DEPTH + 2, 2), np.int32)
        waiting, steps = np.empty(MOST_LEAVES + 1, np.int32), np.zeros(1, np.int64)
        for i in range(len(starts) - 1):
            nodes, depth, found = 0, 0, PROVED
            steps[0] = 0
            for k in range(starts[i], starts[i + 1]):
                if proofs[k] != APPLY:
                    own = axioms[axiom_starts[proofs[k] - 1] : axiom_starts[proofs[k]]]
                    root, nodes = _instance(own, nodes, kind, left, right, bound, letter)
                    if root < 0 or depth >= MOST_LEAVES:
                        found = TOO_LARGE
                        break
                    waiting[depth] = root
                    depth += 1
                    continue
                major, minor = _walk(waiting[depth - 2], bound), waiting[depth - 1]
                depth -= 1
                if kind[major] != IMPLIES:
                    found = NOTHING
                    break
                found = _unify(left[major], minor, kind, left, right, bound, pairs, stack, steps)
                if found != PROVED:
                    break
                waiting[depth - 1] = right[major]
            out[i] = 0
            if found == PROVED:
                found = _written(waiting[0], kind, left, right, bound, stack, letter, out[i])
                if found != PROVED:
                    out[i] = 0
            status[i] = found

    return theorems


def theorems() -> Kernel:
    """Compiled, on first use."""
    signature = void(int8[::1], int64[::1], int8[::1], int64[::1], int8[:, ::1], int8[::1])
    return kernel(theorems_kernel, signature, (sys.modules[__name__],))
