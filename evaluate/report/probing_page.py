"""index.md of Section 5.2, built from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import altair as alt

from ...grammars.errors import OutputError
from ...grammars.files.write import write_text
from ..reproduce.probing.section import FILE, Probed, Sizes, write
from ..results.files import read_header
from ..results.shape import check_shape
from ..tables.column import Row
from ..tables.probing import CLAIMS, EXAMPLES, METRICS
from .style import PALETTE, SHAPES, Chart, write_svg
from .table import markdown

_ABOUT = (
    """Section 5.2 of the paper says these things in words; here they are measured. Distances of embeddings are half of 1 less
    the cosine of all-MiniLM-L6-v2's embeddings. Intervals of differences hold over all claims together (95 %, Bonferroni).""",
    """*Synonyms* share a synset of WordNet with the word that they replace, whatever its sense in the sentence; *random* words
    are drawn from all words of the sentences, *plausible* ones by a bigram model of these, which also says how far the
    distribution of the next word moves (total variation). *Pieces* are words, numbers and signs; one of a text becomes another
    of its sort that occurs in texts of its kind, and each text is held against one of prose of as many pieces. All prose is the
    World English Bible's.""",
)
_TWO = """The same edits of the same equations under two metrics: edits of one character of the text that decode, how far each
moves the embedding of the text, and how far the behavior that the simulator finds. Ranks are compared within each equation; in
parentheses 95 % intervals over equations, of one figure each."""


def write_probing(result: Probed) -> None:
    """Tables, figure and page."""
    write(result)
    _page(result)


def rebuild_probing(folder: Path) -> Probed:
    """The page again, from the folder's document. Raises `OutputError` where it is damaged."""
    document = read_header(folder / FILE)
    if document is None:
        raise OutputError(f"{folder} holds no {FILE}; give the folder of kappabar reproduce --section 5.2 --out DIR")
    check_shape(document, _DOCUMENT, folder / FILE)
    rows = {name: document[name] for name in ("claims", "metrics", "examples")}
    for table, own in zip((CLAIMS, METRICS, EXAMPLES), rows.values(), strict=True):
        if fault := table.fault(own) if own else "":
            raise OutputError(f"{folder / FILE} is damaged: {fault}; repeat kappabar reproduce in a new folder")
    result = Probed(
        folder=folder,
        seed=document["seed"],
        sizes=Sizes(**document["sizes"]),
        claims=tuple(rows["claims"]),
        metrics=tuple(rows["metrics"]),
        examples=tuple(rows["examples"]),
        missing=tuple(document["missing"]),
        sentences=tuple(document["sentences"]),
    )
    _page(result)
    return result


def is_probing(folder: Path) -> bool:
    """Whether a folder is what `reproduce --section 5.2` left."""
    return (folder / FILE).is_file()


_CELLS = [{"*": (str, int, float, None)}]
_DOCUMENT = {
    "seed": int, "sizes": {"sentences": int, "texts": int, "each": int, "edits": int}, "claims": _CELLS, "metrics": _CELLS,
    "examples": _CELLS, "missing": [str], "sentences": [str], "*": (str, int),
}  # fmt: skip


def _page(result: Probed) -> None:
    write_svg(correlations(result.metrics), result.folder / "correlations.svg")
    missing = [f"Not measured: {why}." for why in result.missing]
    parts = [
        "# Probing a language model: Section 5.2, measured",
        *(" ".join(text.split()) for text in _ABOUT),
        "\n".join(f"- {sentence}" for sentence in [*result.sentences, *missing]),
        "## Claims",
        markdown([c.title or c.name for c in _SHOWN], [[_cell(row, c.name) for c in _SHOWN] for row in result.claims], words=4),
        "## Some edits",
        *([_examples(result.examples)] if result.examples else ["None were measured."]),
        "## The embedder beside the simulator",
        " ".join(_TWO.split()),
        "![Rank correlation of the embedder's distance with the simulator's](correlations.svg)",
        _metrics(result.metrics),
        f"`kappabar reproduce --section 5.2 --seed {result.seed}`",
    ]
    write_text(result.folder / "index.md", "\n\n".join(parts) + "\n")


_SHOWN = [c for c in CLAIMS if c.name not in ("low", "high")]


def _cell(row: Row, name: str) -> str:
    value = row[name]
    if isinstance(value, str | int):
        return f"{value:,}" if isinstance(value, int) else value
    if value is None:
        return "–"
    if name != "difference" or row["low"] is None:
        return f"{value:.3f}"
    return f"{value:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"


def _examples(rows: Sequence[Row]) -> str:
    kinds = ("synonym", "plausible", "random")
    cells = [[r["sentence"], r["word"], *(f"{r[k]} ({r[f'{k}_moved']:.3f})" for k in kinds)] for r in rows]
    return markdown(["sentence", "word", *kinds], cells, words=5)


def _metrics(rows: Sequence[Row]) -> str:
    head = ["equations", "edits", "embedder", "simulator", "rank correlation", "equations with enough", "edits that decode"]
    cells = []
    for row in rows:
        interval = "" if row["correlation_low"] is None else f" ({row['correlation_low']:+.2f} to {row['correlation_high']:+.2f})"
        rho = "–" if not row["n_expressions"] else f"{row['correlation']:+.2f}{interval}"
        figures = [f"{row[name]:.3f}" for name in ("embedded", "simulated")]
        name = row["edits"] if row["group"] != "class" else f"at: {row['edits']}"
        cells.append([row["domain"], name, *figures, rho, str(row["n_expressions"]), f"{row['n_edits']:,}"])
    return markdown(head, cells, words=2)


def correlations(rows: Sequence[Row]) -> Chart:
    """A point with its interval per domain and group of edits."""
    own = [r for r in rows if r["n_expressions"] and r["correlation_low"] is not None]
    names = ("domain", "correlation", "correlation_low", "correlation_high")
    values = [{k: r[k] for k in names} | {"edits": r["edits"] if r["group"] != "class" else f"at: {r['edits']}"} for r in own]
    domains = list(dict.fromkeys(r["domain"] for r in own))
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("edits:N", sort=None, title=None, axis=alt.Axis(labelLimit=240)),
        yOffset=alt.YOffset("domain:N"),
        color=alt.Color("domain:N", scale=alt.Scale(domain=domains, range=list(PALETTE[: len(domains)])), title="equations"),
    )
    scale = alt.Scale(domain=[-1, 1])
    zero = alt.Chart(alt.Data(values=[{"zero": 0}])).mark_rule(strokeDash=[4, 3], opacity=0.6).encode(x="zero:Q")
    shape = alt.Shape("domain:N", scale=alt.Scale(domain=domains, range=list(SHAPES[: len(domains)])), title="equations")
    title = "rank correlation within equations (95 % over equations)"
    chart: Chart = (
        zero
        + base.mark_rule().encode(x=alt.X("correlation_low:Q", title="", scale=scale), x2="correlation_high:Q")
        + base.mark_point(filled=True, size=60, opacity=1).encode(x=alt.X("correlation:Q", title=title, scale=scale), shape=shape)
    ).properties(width=420, height=alt.Step(15), title="The embedder's distance and the simulator's")
    return chart
