"""Where does the meaning of one equation sit? κ of a pendulum, token by token.

Runs as a script, and as a notebook in editors that know `# %%` cells.
"""

# %% The equation: a pendulum with friction, released at one radian
from __future__ import annotations

from pathlib import Path

import kappabar

pendulum = kappabar.parse("x' = v; v' = -9.81*sin(x) - 0.3*v @ x=1, v=0; T=10")
print(kappabar.simulate("x' = v; v' = -9.81*sin(x) - 0.3*v @ x=1, v=0; T=10").to_frame().head(3))

# %% κ under every single edit of one token: no edit is left out, so `sup` is exact
result = kappabar.kappa("prefix | digits:3", data=[pendulum], edits_per_expression=None)
print(f"mean {result.mean.value:.3f}, κ@4 {result.at(4).value:.3f}, sup {result.sup.value:.3f}, exact: {result.exact}")
print(f"{result.validity.value:.1%} of the edits decode; {result.redundancy.value:.1%} change nothing")

# %% The same, token by token: which edits move the pendulum, and which do not
profile = kappabar.profile(result, 0)
print(profile.to_frame())

# %% As a picture
profile.plot().save("pendulum.svg")
print(Path("pendulum.svg").resolve().name, "written")

# %% Another question of the same equation: its coefficients moved by 1 %, as the paper's Section 5.1 does
print(kappabar.nudge("x' = v; v' = -9.81*sin(x) - 0.3*v @ x=1, v=0; T=10", step=0.01).to_frame())
