"""What papers wish of number encodings: what is known of each codec is what is found, and none of it fails a check."""

from __future__ import annotations

import json
from itertools import pairwise, product

import pytest

from kappabar.evaluate.check.desiderata import DESIDERATA, codec_of_subject, desiderata_of
from kappabar.evaluate.check.run import check
from kappabar.evaluate.check.subjects import subject
from kappabar.evaluate.domains.domain import domain
from kappabar.tokenizers.base import Invalid, NumberCodec
from kappabar.tokenizers.codecs.bits import Bits
from kappabar.tokenizers.codecs.digits import Digits
from kappabar.tokenizers.codecs.gray import gray, thermo

NAMES = ("single token", "uniqueness", "magnitude order", "closeness", "robustness", "scale invariance")
# Of each by its construction: a snake and a thermometer promise closeness both ways, floating point scale invariance, …
KNOWN: dict[str, tuple[bool | None, ...]] = {
    "digits:3": (False, False, False, False, False, True),
    "digits:4,rtl": (False, False, False, False, False, True),
    "bins:64,log": (True, False, True, True, False, False),
    "fp:2,7": (True, False, True, True, False, True),
    "gray:64,snake": (False, False, True, True, True, False),
    "gray:64,reflected": (False, False, False, True, False, False),
    "thermo:32": (False, False, True, True, True, False),
    "bits:11,52": (False, True, True, False, False, True),
    "prefix | xval": (True, True, None, None, None, True),
    "prefix | fone:3,2": (True, False, None, None, None, False),
}


@pytest.mark.parametrize("spec", KNOWN)
def test_what_is_known_of_a_codec_is_found(spec: str) -> None:
    found = check(spec, examples=60)
    assert found.ok, "\n\n".join(map(str, found.failures))
    assert tuple(d.name for d in found.desiderata) == NAMES == tuple(p.name for p in DESIDERATA)
    assert tuple(d.holds for d in found.desiderata) == KNOWN[spec]
    assert all((d.counterexample is not None) == (d.holds is False) for d in found.desiderata)
    document = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert [d["holds"] for d in document["desiderata"]] == list(KNOWN[spec])
    text = "\n".join(found.lines())
    assert text.count("does not apply") == KNOWN[spec].count(None)


def test_where_there_is_no_codec_nothing_is_wished() -> None:
    for name in ("infix | chars", "sort", "operator=token"):
        one = subject(name, domain("ode"))
        assert codec_of_subject(one) is None or name == "sort"
        assert not desiderata_of(one)


def words(codec: NumberCodec, width: int) -> dict[float, tuple[str, ...]]:
    """Every number of a codec whose codes have one length, with its code: by trying them all."""
    found = {}
    for code in product(codec.tokens, repeat=width):
        reading = codec.read(list(code), 0)
        if not isinstance(reading, Invalid) and reading[1] == width:
            found[reading[0]] = code
    return dict(sorted(found.items()))


@pytest.mark.parametrize("codec", [Bits(3, 2), gray((), 9, "reflected"), thermo((), 6), gray((), 12)], ids=lambda c: c.spec)
def test_verdicts_are_those_of_all_codes(codec: NumberCodec) -> None:
    """The oracle: magnitude order and closeness over every number there is."""
    all_of = words(codec, len(codec.write(1.0)))
    rank = {t: i for i, t in enumerate(codec.tokens)}
    positive = [[rank[t] for t in code] for value, code in all_of.items() if value >= 0]
    low, high = codec.reach  # type: ignore[attr-defined]
    found = {d.name: d.holds for d in check(codec, examples=150).desiderata}
    assert found["magnitude order"] == (positive == sorted(positive))
    pairs = [(a, b) for (value, a), (_, b) in pairwise(all_of.items()) if low <= abs(value) <= high]
    apart = [sum(s != t for s, t in zip(a, b, strict=True)) for a, b in pairs]
    assert found["closeness"] == (max(apart) <= 1)


def test_equal_seeds_find_equal_counterexamples() -> None:
    assert check(Digits(2), examples=30, seed=4).desiderata == check(Digits(2), examples=30, seed=4).desiderata
