"""Let a search propose representations of low κ that lose nothing and are no longer, and look at its front.

Runs as a script, and as a notebook in editors that know `# %%` cells. The extra `search` is needed: pip install
"kappabar[search]".
"""

# %% The search. For an answer take trials=120 and leave edits_per_expression out; these sizes only show the steps
from __future__ import annotations

import kappabar

result = kappabar.search("sample:6", trials=6, edits_per_expression=20, out="runs/smooth")

# %% The front: nothing on it is better than another entry in everything. Held-out scores are the ones to believe
for entry in result.front:
    print(entry.spec, {o: round(entry.held.value(o), 3) for o in result.plan.objectives})

# %% What the search says of itself, random search included
print("\n".join(result.statements))

# %% The smoothest of the front beside a default representation, on expressions that neither has seen
smoothest = min(result.front, key=lambda entry: entry.held.value(result.plan.objectives[0])).spec
for k in kappabar.kappa([smoothest, "prefix | digits:3"], data="sample:5:99", edits_per_expression=50):
    print(f"{k.representation:40} κ {k.mean.value:.3f}  fidelity error {k.fidelity_error.value:.3f}")
