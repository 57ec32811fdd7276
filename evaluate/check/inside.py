"""The process in which a part of the user's own is checked: it may end, hang or print whatever it likes. `apart.py` starts it.

It reads what is asked from one line of JSON, and tells in lines of JSON, on a channel that no part knows, what it is at and what
it found.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from threading import Thread
from typing import Any, TextIO

from ...grammars.errors import KappabarError
from ...grammars.files.bank import bank
from ...grammars.text.own import told
from ...grammars.text.parse import DOMAINS
from ..domains.domain import domain as find_domain
from ..edits.token import TokenEdits
from ..kappa.kappa import measure_all
from .here import Asked, findings
from .operating import SPECS, tried
from .searching import Words

_WARMING = 5


def main() -> None:
    """Says what it finds, and then that it is done; else it was ended by what it called."""
    # Whatever a part prints, from C too, goes to standard error; Ctrl-C is the parent's to answer.
    out, questions = os.fdopen(os.dup(1), "w", encoding="utf-8"), os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asked: dict[str, Any] = json.loads(questions.readline())
    Thread(target=_follow, args=(questions,), daemon=True).start()

    def tell(**message: Any) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    sys.path.extend(place for place in asked["path"] if place not in sys.path)
    try:
        _warm(asked["domain"] if asked["domain"] in DOMAINS else "ode")
        tell(stage="making")
        _check(asked, tell)
    except KappabarError as e:
        tell(error=str(e), code=e.exit_code)
    except BaseException as e:  # of any kind: the parent says it in one line
        tell(error=f"{asked['subject']} ends the check: {told(e)}", code=1)
    tell(done=True)
    # Threads that a part left behind, and what it wants to be done at the end, are nobody's concern.
    os._exit(0)


def _follow(questions: TextIO) -> None:
    """End with the parent, also where it was killed."""
    questions.read()
    os._exit(1)


def _check(asked: dict[str, Any], tell: Any) -> None:
    def watch(name: str, words: Words) -> None:
        example, equation = words()
        tell(trying=name, example=example, equation=equation)

    for finding in findings(Asked(asked["subject"], asked["domain"], asked["examples"], asked["seed"]), watch, asked["done"]):
        tell(found=type(finding).__name__, of=asdict(finding))


def _warm(domain: str) -> None:
    """Load and compile what the first example would wait for: no part's call is to be charged with it."""
    place, system = find_domain(domain), bank(domain)[0]
    for spec in SPECS[:2]:
        chosen = tried(spec, domain)
        measure_all(chosen, [system], place, place.distance(), TokenEdits(), edits_per_expression=_WARMING, seed=0)


if __name__ == "__main__":
    main()
