from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kappabar.evaluate.quality.training.muon import Muon, orthogonal


@given(st.integers(1, 4), st.integers(1, 24), st.integers(1, 24), st.integers(0, 2**32), st.floats(-6, 6))
def test_singular_values_become_nearly_one_and_directions_stay(count: int, n: int, m: int, seed: int, size: float) -> None:
    drawn = torch.Generator().manual_seed(seed)
    u, v = (torch.linalg.qr(torch.randn(count, k, min(n, m), generator=drawn))[0] for k in (n, m))
    values = 0.05 + 0.95 * torch.rand(count, min(n, m), generator=drawn)
    found = orthogonal(10.0**size * (u * values[:, None]) @ v.mT)
    inner = u.mT @ found @ v
    assert ((torch.diagonal(inner, dim1=1, dim2=2) > 0.6) & (torch.diagonal(inner, dim1=1, dim2=2) < 1.3)).all()
    off = inner - torch.diag_embed(torch.diagonal(inner, dim1=1, dim2=2))
    assert off.abs().max() < 1e-3 and torch.allclose(u @ inner @ v.mT, found, atol=1e-3)


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="PyTorch has it from 2.9 on")
def test_steps_are_those_of_pytorch() -> None:
    """One after another and in bfloat16, as PyTorch does it."""
    drawn = torch.Generator().manual_seed(0)
    shapes = [(12, 4), (4, 4), (16, 4), (4, 16), (4, 4)]
    ours, theirs = (
        [torch.nn.Parameter(torch.randn(s, generator=drawn.manual_seed(i))) for i, s in enumerate(shapes)] for _ in range(2)
    )
    optimizers = (
        Muon(ours, 0.01, weight_decay=0.1, kind="bfloat16"),
        torch.optim.Muon(theirs, 0.01, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
    )
    for _ in range(3):
        for p, q in zip(ours, theirs, strict=True):
            p.grad = torch.randn(p.shape, generator=drawn)
            q.grad = p.grad.clone()
        for optimizer in optimizers:
            optimizer.step()
    for p, q in zip(ours, theirs, strict=True):
        torch.testing.assert_close(p, q, atol=5e-4, rtol=0)


def test_a_gradient_of_nothing_is_no_step() -> None:
    p = torch.nn.Parameter(torch.ones(3, 5))
    p.grad = torch.zeros_like(p)
    Muon([p], 0.1).step()
    assert torch.equal(p, torch.ones(3, 5))
