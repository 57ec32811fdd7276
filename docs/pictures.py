"""Draws the pictures of concepts.md from the package itself: `python docs/pictures.py` writes docs/images/concept-*.svg.

Every token, number and curve is computed; only places on the page are chosen here.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np

import kappabar
from kappabar import Invalid, bounded_l2

IMAGES = Path(__file__).parent / "images"
TEXT = "x' = y; y' = -x - 0.2*y @ x=1, y=0; T=20"
INK, SOFT, BLUE, RED = "#1f2328", "#656d76", "#0b5cad", "#c2410c"
COLORS = {"operator": "#7c3aed", "function": "#0e7490", "variable": "#15803d", "number": "#a16207", "structure": "#656d76"}
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}" '
    'font-family="system-ui, sans-serif" font-size="13"><rect width="{w}" height="{h}" rx="6" fill="#ffffff"/>'
)


def words(x: float, y: float, text: str, color: str = INK, anchor: str = "start", mono: bool = False, size: int = 13) -> str:
    family = ' font-family="ui-monospace, monospace"' if mono else ""
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{color}" text-anchor="{anchor}" font-size="{size}"{family}>{escape(text)}</text>'


def tokens(x: float, y: float, texts: Sequence[str], kinds: Sequence[str], marked: int | None = None) -> str:
    """Boxes side by side, colored by what each token stands for; the marked one has a frame."""
    parts = []
    for i, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        width = 9 * len(text) + 10
        frame = f' stroke="{RED}" stroke-width="2.5"' if i == marked else ""
        parts.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{width}" height="24" rx="4" fill="{COLORS[kind]}" fill-opacity="0.14"{frame}/>'
        )
        parts.append(words(x + width / 2, y + 17, text, COLORS[kind], "middle", mono=True))
        x += width + 4
    return "".join(parts)


def curves(x: float, y: float, w: float, h: float, t: np.ndarray, ys: Sequence[tuple[np.ndarray, str, str]]) -> str:
    """The first variable of each behavior over time, within one frame, with its name at the right."""
    low, high = min(float(v.min()) for v, _, _ in ys), max(float(v.max()) for v, _, _ in ys)
    parts = [f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="none" stroke="#d0d7de"/>']
    for i, (values, color, name) in enumerate(ys):
        places = (f"{x + w * a / t[-1]:.1f},{y + h - h * (b - low) / (high - low):.1f}" for a, b in zip(t, values, strict=True))
        dash = ' stroke-dasharray="5 3"' if i else ""
        parts.append(f'<polyline points="{" ".join(places)}" fill="none" stroke="{color}" stroke-width="1.8"{dash}/>')
        parts.append(words(x + w + 10, y + 18 + 20 * i, name, color))
    parts.append(
        words(x, y + h + 17, "time 0", SOFT, size=11) + words(x + w, y + h + 17, f"{t[-1]:g} time units", SOFT, "end", size=11)
    )
    parts.append(
        words(x - 6, y + 10, f"x = {high:.1f}", SOFT, "end", size=11) + words(x - 6, y + h, f"{low:.1f}", SOFT, "end", size=11)
    )
    return "".join(parts)


def drawn(x: float, y: float, root: kappabar.Node) -> str:
    """A tree: leaves side by side, each parent over the middle of its children."""
    parts: list[str] = []
    leaves = 0

    def place(node: kappabar.Node, level: int) -> float:
        nonlocal leaves
        if node.children:
            below = [place(child, level + 1) for child in node.children]
            here = sum(below) / len(below)
            for there in below:
                line = (
                    f'x1="{x + here:.0f}" y1="{y + 34 * level + 6:.0f}" x2="{x + there:.0f}" y2="{y + 34 * (level + 1) - 14:.0f}"'
                )
                parts.append(f'<line {line} stroke="#d0d7de"/>')
        else:
            here, leaves = 46.0 * leaves, leaves + 1
        text = f"{node.value:g}" if node.value is not None else node.symbol
        parts.append(words(x + here, y + 34 * level, text, INK, "middle", mono=True))
        return here

    place(root, 0)
    return "".join(parts)


def behavior(tree: kappabar.Node) -> tuple[np.ndarray, np.ndarray]:
    """t (T,) and y (T, D) of a tree under the conditions of TEXT."""
    from kappabar import to_infix

    found = kappabar.simulate(f"{to_infix(tree)} @ x_0=1, x_1=0; T=20", points=201)
    return found.t, found.y[0]


def path() -> str:
    system = kappabar.parse(TEXT)
    chosen = kappabar.representation("prefix | digits:3")
    written = chosen.tokenize(system)
    t, y = behavior(system.tree)
    parts = [HEAD.format(w=760, h=400, label="Text is parsed to a tree, written as tokens; the tree is simulated to a behavior")]
    parts += [words(20, 34, "text", SOFT), words(110, 34, TEXT, mono=True)]
    parts += [words(20, 80, "tree", SOFT), drawn(130, 80, system.tree)]
    parts += [words(20, 257, "tokens", SOFT), tokens(110, 240, [w.text for w in written], [str(w.kind) for w in written])]
    parts += [words(20, 302, "behavior", SOFT), curves(160, 284, 400, 90, t, [(y[:, 0], BLUE, "x(t): what it means")])]
    return "".join(parts) + "</svg>"


def edit() -> str:
    """A substitution in the friction's exponent: found by trying tokens until one decodes and moves the behavior visibly."""
    system = kappabar.parse(TEXT)
    chosen = kappabar.representation("prefix | digits:3")
    ids, written = chosen.encode(system), chosen.tokenize(system)
    t, y = behavior(system.tree)
    place = next(i for i, w in enumerate(written) if w.text == "N+")
    other = [*ids[:place], chosen.vocabulary.ids["N-"], *ids[place + 1 :]]
    tree = chosen.decode(other)
    if isinstance(tree, Invalid):
        raise SystemExit(f"the edit of the picture does not decode: {tree.reason}")
    _, moved = behavior(tree)
    distance = float(bounded_l2(y, moved))
    texts, kinds = [w.text for w in written], [str(w.kind) for w in written]
    parts = [HEAD.format(w=760, h=240, label="One token is replaced; the behavior moves by the distance named")]
    parts += [words(20, 37, "original", SOFT), tokens(110, 20, texts, kinds, place)]
    texts[place] = "N-"
    parts += [words(20, 73, "one edit", SOFT), tokens(110, 56, texts, kinds, place)]
    parts += [words(20, 120, "behavior", SOFT)]
    parts.append(curves(160, 102, 420, 105, t, [(y[:, 0], BLUE, "original"), (moved[:, 0], RED, f"distance {distance:.2f}")]))
    return "".join(parts) + "</svg>"


def fidelity() -> str:
    system = kappabar.parse(TEXT)
    t, y = behavior(system.tree)
    lines = [(y[:, 0], BLUE, "original")]
    for spec, color in (("prefix | bins:64,log", "#15803d"), ("prefix | bins:16,log", RED)):
        chosen = kappabar.representation(spec)
        back = chosen.decode(chosen.encode(system))
        if isinstance(back, Invalid):
            raise SystemExit(f"{spec} does not read what it writes: {back.reason}")
        _, lost = behavior(back)
        lines.append((lost[:, 0], color, f"{spec.split(' | ')[1]}: {float(bounded_l2(y, lost)):.2f}"))
    parts = [HEAD.format(w=760, h=170, label="The behavior before and after encoding and decoding with 64 and with 16 bins")]
    parts += [words(20, 40, "behavior", SOFT), curves(160, 20, 420, 115, t, lines)]
    return "".join(parts) + "</svg>"


if __name__ == "__main__":
    IMAGES.mkdir(exist_ok=True)
    for name, draw in (("path", path), ("edit", edit), ("fidelity", fidelity)):
        (IMAGES / f"concept-{name}.svg").write_text(draw() + "\n", encoding="utf-8")
        print(IMAGES / f"concept-{name}.svg")
