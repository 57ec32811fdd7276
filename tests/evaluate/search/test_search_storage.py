"""A storage that is locked, damaged or gone is one line without its password, and a trial is what was measured or is told."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

optuna = pytest.importorskip("optuna")

from kappabar.evaluate.search.data import Measurement  # noqa: E402
from kappabar.evaluate.search.trials import TrialStore, open_study, told, without_password  # noqa: E402
from kappabar.grammars.errors import OutputError, SpecError  # noqa: E402
from kappabar.representations.space import space  # noqa: E402

SPEC = "prefix | digits:3"


def _measured(value: float = 0.25) -> Measurement:
    arrays = {"mean": np.array([value, np.nan]), "tokens": np.array([3.0, 4.0])}
    return Measurement(SPEC, arrays, 0, 10, "", 1.0)


def _store(url: str) -> TrialStore:
    return TrialStore(open_study(url, None, "s", {}, 2, resume=True), space("ode", False), ("mean", "tokens"), {}, shown=url)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    _store(f"sqlite:///{tmp_path / 'search.db'}")._keep(_measured())
    return tmp_path / "search.db"


def test_a_trial_is_read_as_it_was_kept(database: Path) -> None:
    found = _store(f"sqlite:///{database}")[SPEC]
    np.testing.assert_equal(found.arrays, _measured().arrays)


def test_a_trial_that_was_altered_is_told(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        changed = connection.execute(
            "update trial_user_attributes set value_json = replace(value_json, '0.25', '0.24') where key = 'measurement'"
        ).rowcount
    connection.close()
    assert changed == 1
    with pytest.raises(OutputError, match=r"cannot use the storage .*: it was altered or damaged .*; begin again") as caught:
        _store(f"sqlite:///{database}")
    assert "\n" not in str(caught.value)


def test_a_database_that_is_none_is_one_line(database: Path) -> None:
    database.write_bytes(database.read_bytes()[:3000] + b"\1" * 3000)
    with pytest.raises(OutputError, match="cannot use the storage") as caught:
        _store(f"sqlite:///{database}")
    assert "\n" not in str(caught.value)


def test_one_that_is_locked_is_one_line(database: Path) -> None:
    store = _store(f"sqlite:///{database}?timeout=0.1")
    connection = sqlite3.connect(database)
    connection.execute("begin exclusive")
    with pytest.raises(OutputError, match=r"database is locked.*; free it, and go on with --resume") as caught:
        store._keep(_measured(0.5))
    connection.close()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:s3cret@host/db", "postgresql://me:…@host/db"),
        ("mysql+pymysql://me:s3:c@ret@host:1/db", "mysql+pymysql://me:…@host:1/db"),
        ("redis://:s3cret@host", "redis://:…@host"),
        ("sqlite:////tmp/a:b@c.db", "sqlite:////tmp/a:b@c.db"),
        ("postgresql://host/db", "postgresql://host/db"),
    ],
)
def test_a_password_is_not_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown
    with pytest.raises(OutputError) as caught, told(without_password(url), "choose another"):
        raise RuntimeError(f"no server at {url}\n[SQL: x]")
    assert "s3" not in str(caught.value) and "\n" not in str(caught.value)


def test_a_storage_that_is_no_url_shows_no_password() -> None:
    with pytest.raises(OutputError, match="cannot use the storage") as caught:
        open_study("postgresql+nothing://me:s3cret@host/db", None, "s", {}, 2)
    assert "s3cret" not in str(caught.value)
    with pytest.raises(SpecError, match="ours"), told("x", "y"):
        raise SpecError("ours")
