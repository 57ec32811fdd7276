"""How results look at a prompt and in a notebook: one short line, and their table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from math import isfinite
from typing import Any, TypeVar

from .shown import shown

T = TypeVar("T")
_LONGEST = 60


def displayed(*names: str) -> Callable[[type[T]], type[T]]:
    """A class whose `repr` is its name and these attributes, each short, and whose table (`to_frame`) a notebook shows, where
    it says nothing else."""

    def show(kind: type[T]) -> type[T]:
        def line(self: Any) -> str:
            return f"{kind.__name__}({', '.join(f'{name}={_short(getattr(self, name))}' for name in names)})"

        def table(self: Any) -> str:
            text: str = self.to_frame()._repr_html_()
            return text

        kind.__repr__ = line  # type: ignore[method-assign]
        if hasattr(kind, "to_frame") and not hasattr(kind, "_repr_html_"):
            kind._repr_html_ = table  # type: ignore[attr-defined]
        return kind

    return show


def table_html(heads: Sequence[str], rows: Sequence[Sequence[str]], below: Sequence[str] = ()) -> str:
    """A table of texts for a notebook, with sentences below it."""
    head = "".join(f"<th>{escape(shown(text))}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(shown(text))}</td>' for text in row)}</tr>" for row in rows)
    sentences = "".join(f"<p>{escape(shown(text))}</p>" for text in below)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{sentences}"


def _short(value: Any) -> str:
    """A number to four digits, an estimate with its interval, a text cut where it is long."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if all(hasattr(value, name) for name in ("value", "low", "high")):
        interval = f" ({value.low:.4g} to {value.high:.4g})" if isfinite(value.low) else ""
        return f"{value.value:.4g}{interval}"
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
