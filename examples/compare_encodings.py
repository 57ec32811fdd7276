"""Several encodings of the same equations, side by side: roughness, fidelity, length; then what a small model makes of each.

Runs as a script, and as a notebook in editors that know `# %%` cells.
"""

# %% Equations: any mixture of texts, files and `sample:N`
from __future__ import annotations

import kappabar

SYSTEMS = [
    "x' = 1.1*x - 0.4*x*y; y' = 0.1*x*y - 0.4*y @ x=10, y=5; T=20",
    "x' = v; v' = -9.81*sin(x) - 0.3*v @ x=1, v=0; T=10",
    "x' = 0.5*x*(1 - x/8) @ x=0.4; T=20",
    "x' = y; y' = 1.5*(1 - x^2)*y - x @ x=2, y=0; T=20",
]
SPECS = ["infix | chars", "prefix | digits:3", "prefix | bins:64,log", "prefix | digits:3 | repeat:3"]

# %% κ and fidelity need no training. The last is the control: κ = 0 by redundancy alone, nothing added to meaning
results = kappabar.kappa(SPECS, data=[kappabar.parse(text) for text in SYSTEMS], edits_per_expression=100)
for k in results:
    print(f"{k.representation:30} κ {k.mean.value:.3f}  fidelity error {k.fidelity_error.value:.3f}  tokens {k.tokens.value:.0f}")

# %% The full comparison trains a model for each. "tiny" takes seconds and shows that it runs: its Q means nothing. "quick" takes
# minutes
BUDGET = "tiny"
comparison = kappabar.compare(SPECS[:2], data="sample:4", budget=BUDGET, out="runs/encodings")
print(comparison.to_frame().select("representation", "kappa_mean", "quality"))

# %% What the run itself says of that
print("\n".join(comparison.verdict))
print("report:", comparison.folder / "report.html")
