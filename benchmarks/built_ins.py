"""`check` of every built-in part, by examples that no test has drawn: nothing may be found.

    python benchmarks/built_ins.py [--examples 200] [--seed 1] [--minutes 60] [--out runs/built_ins.jsonl]

Each notation, codec, wrapper, rewrite and edit operator of the catalogs, and what the domains compare where nothing is named. Of
each, a line of the file at once, so that an interrupted run, or one whose time is over, goes on; the last line printed sums them.
The suite has a short form of it, with examples of its own: `tests/evaluate/check/test_check_builtins.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kappabar.evaluate.check.properties import BY_NAME
from kappabar.evaluate.check.run import check
from kappabar.evaluate.domains.domain import domain
from kappabar.evaluate.domains.line_up import line_up
from kappabar.evaluate.edits.catalog import EDITS
from kappabar.grammars.operators import BUILT_IN
from kappabar.representations.rewrites.catalog import REWRITES
from kappabar.tokenizers.catalog import CODECS, NOTATIONS, WRAPPERS, notations

FROM_FILES = ("centers", "hf")
"""Parts that a file makes."""
BESIDE = ("xval", "fone", "bittoken")
"""Codecs whose values are beside the tokens, so that they read nothing alone."""
PLACES = ("ode", "map", "function", "arithmetic", "proof", "program", "fold", "audio")


def parts() -> Iterator[tuple[str, str]]:
    """(what `check` takes, domain) of each."""
    yield from ((f"rewrite={name}", "ode") for name in REWRITES if REWRITES.is_built_in(name))
    codecs = [name for name in CODECS if CODECS.is_built_in(name) and name not in FROM_FILES]
    yield from ((f"codec={name}", "ode") for name in codecs if name not in BESIDE)
    specs = [(name, "ode") for name in notations() if NOTATIONS.is_built_in(name)]
    specs += [(spec, place) for place in PLACES for spec in line_up(domain(place))]
    wrappers = [name for name, wrapper in WRAPPERS.items() if not wrapper.lacks(BUILT_IN)]
    specs += [(f"prefix | {name}", "ode") for name in (*codecs, *wrappers) if name not in FROM_FILES]
    specs += [(f"{name} | prefix", "ode") for name in REWRITES if REWRITES.is_built_in(name)]
    yield from ((f"representation={spec}", place) for spec, place in specs)
    yield from ((f"operator={name}", "ode") for name in EDITS if EDITS.is_built_in(name))


def checked(name: str, place: str, examples: int, seed: int) -> dict[str, Any]:
    """A line of the file."""
    start = time.process_time()
    found = check(name, place, examples, seed)
    return {
        "part": name,
        "domain": place,
        "seed": seed,
        "properties": sum(not outcome.untried for outcome in found.outcomes),
        "examples": sum(outcome.examples for outcome in found.outcomes),
        "drawn": sum(min(outcome.examples, BY_NAME[outcome.name].count(examples)) for outcome in found.outcomes),
        "failures": [failure.as_dict() for failure in found.failures],
        "cpu_seconds": round(time.process_time() - start, 1),
    }


def summed(lines: Mapping[tuple[str, str], Mapping[str, Any]]) -> str:
    failures = sum(len(line["failures"]) for line in lines.values())
    examples, drawn = (sum(line[name] for line in lines.values()) for name in ("examples", "drawn"))
    return f"{len(lines)} parts, {examples:,} examples ({drawn:,} drawn, the rest the same each time), {failures} failures"


def main() -> None:
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("--examples", type=int, default=200)
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--minutes", type=float, default=60.0)
    words.add_argument("--out", type=Path, default=Path("runs/built_ins.jsonl"))
    given = words.parse_args()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    known = [json.loads(line) for line in given.out.read_text().splitlines()] if given.out.exists() else []
    lines = {(line["part"], line["domain"]): line for line in known}
    asked = list(dict.fromkeys(parts()))
    with given.out.open("a", encoding="utf-8") as out:
        for key in asked:
            if key in lines or time.process_time() > 60.0 * given.minutes:
                continue
            lines[key] = checked(*key, given.examples, given.seed)
            out.write(json.dumps(lines[key]) + "\n")
            out.flush()
            print(f"{key[0]} ({key[1]}): {lines[key]['examples']:,} examples in {lines[key]['cpu_seconds']} s", flush=True)
            for failure in lines[key]["failures"]:
                print(f"  {failure['property']}: {failure['message']} ({failure['replay']})", flush=True)
    print(f"{summed(lines)}; {sum(key not in lines for key in asked)} parts left")
    sys.exit(any(line["failures"] for line in lines.values()))


if __name__ == "__main__":
    main()
