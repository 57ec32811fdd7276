"""Where and how precisely a training computes: its device, its numbers, its threads.

Weights are kept in float32. With bfloat16 a copy of them computes, and their gradients are summed in float32 again: bfloat16
alone would round small updates away. Autocast would cast every weight in every pass, and keep the residual stream in float32.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from ....grammars.errors import SpecError, did_you_mean
from .objectives import Predictor

PRECISIONS = ("auto", "float32", "bfloat16")
FORBIDDEN = "KAPPABAR_NO_BFLOAT16"
"""Environment variable that keeps "auto" at float32 whatever the hardware has: numbers of one machine, on another. "" and "0" do
not."""


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch on one thread: results then do not depend on how many there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def device(name: str) -> torch.device:
    """ "cpu", "cuda" or "cuda:N" as a device that is there. Raises `SpecError`."""
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not (kind == "cuda" and number.isdecimal())):
        raise SpecError(f"unknown device {name!r}{did_you_mean(name, ('cpu', 'cuda'))}; there are cpu, cuda and cuda:N")
    if kind == "cuda" and int(number or 0) >= torch.cuda.device_count():
        raise SpecError(f"no device {name!r} here: PyTorch sees {torch.cuda.device_count()} of that kind; use --device cpu")
    return torch.device(name)


def precision(asked: str, on: str | torch.device = "cpu") -> str:
    """The precision that `TrainConfig.precision` means on this machine's device: "float32" or "bfloat16". Raises `SpecError` for
    an unknown name."""
    if asked not in PRECISIONS:
        raise SpecError(f"unknown precision {asked!r}{did_you_mean(asked, PRECISIONS)}; there are {', '.join(PRECISIONS)}")
    if asked != "auto":
        return asked
    if os.environ.get(FORBIDDEN, "") not in ("", "0"):
        return "float32"
    if torch.device(on).type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    return "bfloat16" if _has("amx_bf16") or _has("avx512_bf16") else "float32"


def _has(units: str) -> bool:
    """Whether this processor has them, as far as PyTorch says (older releases do not)."""
    capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get(units, False))


@contextmanager
def products() -> Iterator[None]:
    """Products of float32 matrices by oneDNN instead of MKL, which takes half of the registers of processors that are not its
    maker's: twice as fast there, equally fast elsewhere.

    PyTorch asks oneDNN where bfloat16 is allowed inside a product. oneDNN makes use of that on AMX alone, so that without AMX
    they stay float32's, to the same errors; with AMX all is left as it is. Not for products of ever new shapes, each of which
    costs oneDNN a kernel: writing token by token.
    """
    backend: Any = getattr(torch.backends.mkldnn, "matmul", None)  # not in older releases
    if backend is None or _has("amx_bf16"):
        yield
        return
    before = backend.fp32_precision
    backend.fp32_precision = "bf16"
    try:
        yield
    finally:
        backend.fp32_precision = before


class Twin:
    """`exact`: the weights that are updated, in float32. `fast`: those that compute; the same ones where the precision is
    float32."""

    def __init__(self, exact: Predictor, kind: str) -> None:
        self.exact = exact
        self.fast = exact if kind == "float32" else copy.deepcopy(exact).to_bfloat16()
        self._pairs = [] if self.fast is exact else list(zip(exact.parameters(), self.fast.parameters(), strict=True))

    def gather(self) -> None:
        """Add the gradients of `fast` to those of `exact`."""
        for p, q in self._pairs:
            if q.grad is not None:
                if p.grad is None:
                    p.grad = q.grad.float()
                else:
                    p.grad.add_(q.grad)
                q.grad = None

    @torch.no_grad()
    def publish(self) -> None:
        """Copy the weights of `exact` to `fast`."""
        for p, q in self._pairs:
            q.copy_(p)
