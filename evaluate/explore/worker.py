"""The process that does the work of the live page: one question per line of JSON in, one answer per line out.

A process of its own, because a thread that is lost in a hostile equation cannot be ended, and a process can.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from typing import Any

from ...grammars.errors import KappabarError, ParseError, SpecError
from ...grammars.tree import System
from ..domains.domain import Domain
from ..domains.domain import domain as find_domain
from .documents import Ready, inspect
from .question import EXAMPLES, MOST_EQUATIONS, MOST_NODES, Allowed, check_horizon, question

_MOST_KEPT = 64
Answer = dict[str, Any]


@dataclass(slots=True)
class Desk:
    """Answers questions; keeps what was fitted and compiled for the next."""

    allowed: Allowed
    ready: dict[tuple[str, str, int], Ready] = field(default_factory=dict)

    def warm(self) -> None:
        """Load and compile what the first answer in each domain would wait for. One of one's own has no example, and is only
        loaded."""
        for name in reversed(self.allowed.domains):
            self.answer({"text": EXAMPLES.get(name, "x"), "domain": name})

    def answer(self, document: Any) -> Answer:
        """{"document"} or {"error": one line, "line", "column" where it is a place in the text}. Never raises."""
        try:
            asked = question(document, self.allowed)
            chosen_domain = find_domain(asked.domain)
            system = chosen_domain.parse(asked.text)
            _check_size(system, chosen_domain)
            ready = [self._ready(spec, asked.domain, chosen_domain, system) for spec in asked.representations]
            chosen = chosen_domain.distance(self.allowed.metric)
            inspected = inspect(
                system,
                ready,
                chosen_domain,
                chosen,
                seed=asked.seed,
                edits_per_token=asked.edits_per_token,
                points=asked.points,
                packed=True,
            )
            return {"document": inspected | {"name": system.name or "the equation", "notes": list(system.notes)}}
        except ParseError as e:
            return {"error": str(e), "line": e.line, "column": e.column}
        except KappabarError as e:
            return {"error": str(e)}
        except Exception as e:  # of any kind: whatever was typed, the page goes on, and says that this is not the reader's fault
            reason = " ".join(str(e).split())[:200]
            text = f"this could not be looked at ({type(e).__name__}: {reason}); it is a defect in Kappabar"
            return {"error": text, "defect": True}

    def _ready(self, spec: str, asked: str, domain: Domain, system: System) -> Ready:
        key = spec, asked, system.dim
        if key not in self.ready:
            if len(self.ready) >= _MOST_KEPT:
                self.ready.pop(next(iter(self.ready)))
            self.ready[key] = Ready.of(domain.representation(spec, domain.corpus(), [system.tree]))
        return self.ready[key]


def _check_size(system: System, domain: Domain) -> None:
    """Raises `SpecError` for what would take long. The symbols of a sequence are no equations: its nodes say how long it is."""
    equations = 0 if domain.operators.sequence else len(system.equations)
    if (most := max(equations, system.dim)) > MOST_EQUATIONS:
        raise SpecError(f"{most} variables are too many to look at here; up to {MOST_EQUATIONS}")
    if system.tree.size > MOST_NODES:
        raise SpecError(f"the expression has {system.tree.size} nodes; up to {MOST_NODES} are looked at here")
    check_horizon(system.t_end)


def _written(answer: Answer) -> str:
    """One line of JSON. What is no finite number has no place in it: a browser would refuse the whole."""
    try:
        return json.dumps(answer, separators=(",", ":"), allow_nan=False)
    except ValueError:
        return json.dumps({"error": "a value of this is not finite; it is a defect in Kappabar", "defect": True})


def main() -> None:
    """Reads what is allowed from the first line, warms up, says so, and answers until the input ends."""
    # Answers have a channel of their own: whatever a part of the user's own prints goes to standard error.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    desk = Desk(Allowed.from_dict(json.loads(sys.stdin.readline())))
    desk.warm()
    out.write("{}\n")
    out.flush()
    for line in sys.stdin:
        out.write(_written(desk.answer(json.loads(line))) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
