"""Systems as three kinds of laboratories have them, in their own units: chemistry, epidemiology and circuits.

    python benchmarks/laboratory.py FILE [number, default 300] [seed, default 0]

Rate constants, populations, resistances and capacities span the decades that they do in practice, so coefficients lie between
about 1e-6 and 1e6, and horizons follow the rates. Each line stands in a textbook of its field, with numbers drawn anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

Draw = Callable[[float, float], float]
"""Log-uniform between two bounds."""


def chemistry(d: Draw) -> list[str]:
    k = d(1e-6, 1e6)
    fast, slow, c = k * d(1, 5), k * d(0.2, 1), d(1e-3, 10)
    horizon, second = 4 / k, k / c
    return [
        f"a' = -{k:.3g}*a @ a={c:.3g}; T={horizon:.3g}",
        f"a' = -{k:.3g}*a + {slow:.3g}*b; b' = {k:.3g}*a - {slow:.3g}*b @ a={c:.3g}, b=0; T={horizon:.3g}",
        f"a' = -{k:.3g}*a; b' = {k:.3g}*a - {fast:.3g}*b @ a={c:.3g}, b=0; T={horizon:.3g}",
        f"a' = -{second:.3g}*a^2 @ a={c:.3g}; T={horizon:.3g}",
        f"a' = -{second:.3g}*a*b; b' = -{second:.3g}*a*b @ a={c:.3g}, b={c * d(0.5, 2):.3g}; T={horizon:.3g}",
        f"s' = -{k * c:.3g}*s/({c * d(0.1, 5):.3g} + s) @ s={c:.3g}; T={horizon:.3g}",
        f"a' = -{second:.3g}*a*b; b' = {second:.3g}*a*b - {slow:.3g}*b @ a={c:.3g}, b={c / 20:.3g}; T={2 * horizon:.3g}",
        f"c' = {slow:.3g}*({c:.3g} - c) - {k:.3g}*c @ c=0; T={horizon:.3g}",
        f"h' = {k:.3g}*(1 - h) - {slow:.3g}*h @ h=0; T={horizon:.3g}",
        f"t' = {k * d(20, 90):.3g} - {k:.3g}*(t - 293) @ t={d(280, 330):.3g}; T={horizon:.3g}",
        f"x' = {d(0.5, 1.5):.3g} + x^2*y - {d(2, 4):.3g}*x; y' = {d(1, 3):.3g}*x - x^2*y @ x=1, y=1; T={d(8, 20):.3g}",
        f"p' = {k * c:.3g}/(1 + (p/{c * d(0.2, 1):.3g})^2) - {k:.3g}*p @ p=0; T={horizon:.3g}",
    ]


def epidemiology(d: Draw) -> list[str]:
    recovery, people, share = d(0.03, 0.5), d(1e3, 1e6), d(1e-3, 0.02)
    contact = recovery * d(1.3, 5)
    per_head, horizon = contact / people, 8 / recovery
    some = people * share
    return [
        f"s' = -{contact:.3g}*s*i; i' = {contact:.3g}*s*i - {recovery:.3g}*i @ s={1 - share:.4g}, i={share:.3g}; T={horizon:.3g}",
        f"s' = -{per_head:.3g}*s*i; i' = {per_head:.3g}*s*i - {recovery:.3g}*i @ s={people:.4g}, i={some:.3g}; T={horizon:.3g}",
        f"i' = {contact:.3g}*i*(1 - i) - {recovery:.3g}*i @ i={share:.3g}; T={horizon:.3g}",
        f"i' = {per_head:.3g}*i*({people:.4g} - i) - {recovery:.3g}*i @ i={some:.3g}; T={horizon:.3g}",
        f"s' = {d(0.005, 0.05):.3g}*(1 - s) - {contact:.3g}*s*i; i' = {contact:.3g}*s*i - {recovery:.3g}*i "
        f"@ s=0.9, i={share:.3g}; T={2 * horizon:.3g}",
        f"s' = -{contact:.3g}*s*i; e' = {contact:.3g}*s*i - {d(0.1, 0.5):.3g}*e; i' = 0.2*e - {recovery:.3g}*i "
        f"@ s={1 - share:.4g}, e={share:.3g}, i=0; T={2 * horizon:.3g}",
        f"n' = {contact:.3g}*n*(1 - n/{people:.4g}) @ n={some:.3g}; T={horizon:.3g}",
        f"h' = {contact:.3g}*(1 - h)*m - {recovery:.3g}*h; m' = {d(0.2, 1):.3g}*h*(1 - m) - {d(0.05, 0.3):.3g}*m "
        f"@ h={share:.3g}, m={share:.3g}; T={horizon:.3g}",
        f"v' = -{d(1e-3, 0.05):.3g}*v @ v={d(0.5, 1):.3g}; T={d(30, 300):.3g}",
        f"y' = -{contact:.3g}*y*log(y/{people:.4g}) @ y={some:.3g}; T={horizon:.3g}",
        f"i' = {contact:.3g}*i*(1 - i)/(1 + {d(1, 20):.3g}*i) - {recovery:.3g}*i @ i={share:.3g}; T={horizon:.3g}",
    ]


def circuits(d: Draw) -> list[str]:
    farad, ohm, volt = d(1e-6, 1e-3), d(10, 1e5), d(1, 24)
    rate, henry = 1 / (ohm * farad), d(1e-3, 1)
    horizon, current = 4 / rate, volt / ohm
    swing = (henry * farad) ** 0.5
    return [
        f"v' = {rate:.3g}*({volt:.3g} - v) @ v=0; T={horizon:.3g}",
        f"v' = -{rate:.3g}*v @ v={volt:.3g}; T={horizon:.3g}",
        f"i' = {volt / henry:.3g} - {d(5, 500) / henry:.3g}*i @ i=0; T={henry / 5:.3g}",
        f"q' = i; i' = -{1 / (henry * farad):.3g}*q @ q={farad * volt:.3g}, i=0; T={12 * swing:.3g}",
        f"v' = {1 / farad:.3g}*i; i' = -{1 / henry:.3g}*v - {d(0.1, 1) / swing:.3g}*i @ v={volt:.3g}, i=0; T={10 * swing:.3g}",
        f"v' = {rate:.3g}*({volt:.3g} - v) - {rate * d(0.1, 1):.3g}*(v - w); w' = {rate * d(0.2, 2):.3g}*(v - w) "
        f"@ v=0, w=0; T={2 * horizon:.3g}",
        f"v' = {rate:.3g}*({volt:.3g} - v) - {1e-6 / farad:.3g}*exp(v/{d(0.5, 2):.3g}) @ v=0; T={horizon:.3g}",
        f"v' = {rate:.3g}*({volt:.3g}*tanh({d(1, 4):.3g}*v) - v) @ v={d(0.05, 0.5):.3g}; T={2 * horizon:.3g}",
        f"x' = y; y' = {d(0.3, 4):.3g}*(1 - x^2)*y - x @ x={d(0.2, 2):.3g}, y=0; T={d(8, 20):.3g}",
        f"v' = v - v^3/3 - w + {d(0.1, 0.8):.3g}; w' = {d(0.05, 0.1):.3g}*(v + 0.7 - {d(0.5, 0.9):.3g}*w) "
        f"@ v=-1, w=1; T={d(30, 90):.3g}",
        f"v' = {rate:.3g}*({volt:.3g}*sin({rate * d(0.5, 3):.3g}*p) - v); p' = 1 @ v=0, p=0; T={2 * horizon:.3g}",
        f"v' = {current / farad:.3g} @ v=0; T={horizon:.3g}",
    ]


def laboratory(number: int, seed: int) -> list[str]:
    """As many lines, the three fields and their systems in turn."""
    rng = np.random.default_rng(seed)

    def draw(low: float, high: float) -> float:
        return float(10 ** rng.uniform(np.log10(low), np.log10(high)))

    fields = (chemistry, epidemiology, circuits)
    lines = []
    for i in range(number):
        of_field = fields[i % 3](draw)
        lines.append(of_field[i // 3 % len(of_field)])
    return lines


if __name__ == "__main__":
    path, *numbers = sys.argv[1:]
    Path(path).write_text("\n".join(laboratory(*(*map(int, numbers), *(300, 0)[len(numbers) :]))) + "\n", encoding="utf-8")
