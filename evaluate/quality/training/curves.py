"""Training curves: rows of training.parquet and, if asked, for TensorBoard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ....grammars.errors import OutputError, SpecError
from ...tables.column import Row
from ...tables.folder import HISTORY

if TYPE_CHECKING:
    from ..model.trained import Trained


def rows(trained: Trained, representation: str, number: int) -> list[Row]:
    """The history as rows of training.parquet. `number`: which of the representation's trainings it is."""
    named = {"representation": representation, "seed": number}
    return [HISTORY.row(named | {"bits": r["val_bits_per_expression"]} | r) for r in trained.history]


def check_board() -> None:
    """Raises `SpecError` where TensorBoard is not installed."""
    try:
        import tensorboard  # noqa: F401
    except ImportError:
        raise SpecError(
            "--tensorboard needs a package that is not installed; install it with: pip install 'kappabar[tensorboard]'"
        ) from None


def board(folder: Path, step: int = 0) -> Callable[[Row], None]:
    """A function that shows a row in TensorBoard's folder at once. `step`: what an earlier, ended run logged after it is dropped.

    Raises `SpecError` where TensorBoard is not installed, `OutputError` where the folder cannot be written.
    """
    check_board()
    from torch.utils.tensorboard import SummaryWriter

    try:
        folder.mkdir(parents=True, exist_ok=True)
        writer: Any = SummaryWriter(str(folder), purge_step=step + 1 if step else None)
    except OSError as e:
        raise OutputError(f"cannot write curves to {folder}: {e.strerror or e}; choose another --tensorboard") from None

    def show(row: Mapping[str, Any]) -> None:
        for name, value in row.items():
            if name != "step" and isinstance(value, int | float):
                writer.add_scalar(name, value, row["step"])
        writer.flush()

    return show
