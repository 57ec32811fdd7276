"""The fitted sampler by itself: no simulation."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from kappabar.grammars.draw.fitted.backoff import choose, counted, events
from kappabar.grammars.draw.fitted.chains import groups, tree, view
from kappabar.grammars.draw.fitted.labels import digits, outstanding
from kappabar.grammars.draw.fitted.magnitudes import density, law
from kappabar.grammars.draw.fitted.sampler import FittedSampler, fit
from kappabar.grammars.draw.fitted.tilt import LEVEL, rake
from kappabar.grammars.draw.fitted.traits import repeated_terms
from kappabar.grammars.draw.sampler import sampler
from kappabar.grammars.draw.strategies import systems, trees
from kappabar.grammars.draw.terms import Dice
from kappabar.grammars.errors import OutputError, SourceError
from kappabar.grammars.operators import BUILT_IN, Operator, operators
from kappabar.grammars.print.infix import to_infix
from kappabar.grammars.text.canonical import canonical
from kappabar.grammars.text.parse import parse
from kappabar.grammars.tree import Node, System, coefficients, number, system, variable, variables

LOGIC = operators(Operator("or", 2, "infix", 2), Operator("and", 2, "infix", 3), Operator("not", 1, "prefix", 4))


def built_in(domain: str, n: int, seed: int = 0) -> list[System]:
    rng = np.random.default_rng(seed)
    return [sampler(domain).draw(rng) for _ in range(n)]


def draws(fitted: FittedSampler, n: int, seed: int = 1) -> list[System]:
    rng = np.random.default_rng(seed)
    return [fitted.draw(rng) for _ in range(n)]


def form(s: System) -> Node:
    return s.tree.map(lambda node: number(1.0) if node.is_number else node)


@pytest.fixture(scope="module", params=["ode", "function"])
def corpus(request: pytest.FixtureRequest) -> list[System]:
    return built_in(request.param, 120)


@pytest.fixture(scope="module")
def fitted(corpus: list[System]) -> FittedSampler:
    return fit(corpus, closed=corpus[0].domain != "function")


@pytest.fixture(scope="module")
def small() -> str:
    return fit(built_in("ode", 6)).to_json()


# ---------------------------------------------------------------- the view


@given(trees())
def test_a_view_is_one_to_one(node: Node) -> None:
    chain_of = groups(BUILT_IN)
    assert tree(view(node, chain_of)) == node


def test_a_sum_is_flat_and_its_repeated_terms_are_counted() -> None:
    (equation,) = parse("x' = 2*x - 3*x + x^2 - 4*x*5").equations
    seen = view(equation, groups(BUILT_IN))
    assert seen.joins == ("-", "+", "-") and len(seen.children) == 4
    assert repeated_terms(seen) == 3  # 2*x, 3*x and 4*x*5 are one term but for numbers, and the last has two of them


# ---------------------------------------------------------------- draws


def test_draws_are_systems_of_the_domain(corpus: list[System], fitted: FittedSampler) -> None:
    shapes = {(s.dim, len(s.equations)) for s in corpus}
    for s in draws(fitted, 200):
        assert s.domain == corpus[0].domain and (s.dim, len(s.equations)) in shapes
        assert all(i < s.dim for i in variables(s.tree)), "a variable without an equation"
        assert all(len(start) == s.dim for start in s.x0)
        assert {len(s.x0), s.t_end, s.ranges} <= {x for c in corpus for x in (len(c.x0), c.t_end, c.ranges)}
        assert parse(to_infix(s.tree), s.domain).equations == s.equations, "reading what is printed is the identity"


def test_draws_are_new_and_within_the_ranges_given(corpus: list[System], fitted: FittedSampler) -> None:
    made = draws(fitted, 300)
    assert len({s.tree for s in made} - {s.tree for s in corpus}) > 200
    assert len({form(s) for s in made} - {form(s) for s in corpus}) > 20, "forms that were not given"
    for values in (lambda s: coefficients(s.tree), lambda s: [v for start in s.x0 for v in start]):
        given_sizes = [abs(v) for s in corpus for v in values(s) if v]
        sizes = [abs(v) for s in made for v in values(s) if v]
        if given_sizes:
            assert 0.98 * min(given_sizes) <= min(sizes) and max(sizes) <= 1.02 * max(given_sizes)
            assert max(map(digits, sizes)) <= 3


def test_one_seed_draws_the_same_whatever_names_are_and_another_does_not(corpus: list[System], fitted: FittedSampler) -> None:
    renamed = [replace(s, names=tuple(f"q{i}" for i in range(s.dim)), name="mine", citation="me") for s in corpus]
    again = fit(renamed, closed=fitted.closed)
    assert again == fitted
    assert draws(again, 50) == draws(fitted, 50) != draws(fitted, 50, seed=2)


def test_what_is_held_out_is_likelier_than_by_single_choices(fitted: FittedSampler) -> None:
    for kind in ("heads", "joins"):
        chosen = fitted.choices.labels[kind]
        assert chosen.held_out is not None and chosen.unigram is not None
        assert chosen.held_out > chosen.unigram + 0.5
        assert sum(order.weight for order in chosen.orders) == pytest.approx(1.0)


def test_repeated_terms_are_as_rare_as_in_the_corpus() -> None:
    """No single choice knows of them: without the tilt they are twice as frequent."""
    given = built_in("ode", 300)
    made = fit(given)

    def share(among: list[System]) -> float:
        chain_of = groups(BUILT_IN)
        return float(np.mean([any(repeated_terms(view(e, chain_of)) for e in s.equations) for s in among]))

    ours, drawn = share(given), share(draws(made, 600))
    plain = share(draws(FittedSampler(made.corpus, True, BUILT_IN, made.choices), 600))
    assert plain > ours + 0.08
    assert abs(drawn - ours) < (plain - ours) / 2


def test_the_digest_of_a_process_does_not_matter() -> None:
    """Sets have another order under another hash seed."""
    program = (
        "import numpy as np\nfrom kappabar.grammars.draw.sampler import sampler\n"
        "from kappabar.grammars.draw.fitted.sampler import fit\nrng = np.random.default_rng(0)\n"
        "f = fit([sampler('map').draw(rng) for _ in range(40)])\nprint([f.draw(rng) for _ in range(60)])"
    )
    found = set()
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
        found.add(done.stdout)
    assert len(found) == 1 and "x_0" in found.pop()


# ---------------------------------------------------------------- small and odd corpora


def test_a_corpus_of_one_form_draws_that_form() -> None:
    rng = np.random.default_rng(3)
    given = [parse(f"x' = {a:.3g}*x - {b:.3g}*x^3 @ x=0.5; T=10") for a, b in rng.uniform(0.5, 5, (40, 2))]
    made = draws(fit(given), 200)
    assert {form(s) for s in made} == {form(given[0])}
    assert len({s.tree for s in made}) > 150
    assert {(s.x0, s.t_end) for s in made} == {(((0.5,),), 10.0)}


@pytest.mark.parametrize("n", [1, 2, 5])
def test_tiny_corpora(n: int) -> None:
    texts = (
        "x' = -0.5*x @ x=2; T=4",
        "x' = y; y' = -x - 0.2*y @ x=1, y=0; T=20",
        "x' = 1.5 - x @ x=0.3; T=3",
        "x' = x*(1 - x/10) @ x=0.1; T=10",
        "s' = -3e-6*s*i; i' = 3e-6*s*i - 0.1*i @ s=100000, i=10; T=100",
    )
    given = [parse(text) for text in texts[:n]]
    made = draws(fit(given), 100)
    assert all(len(s.equations) == s.dim == len(s.x0[0]) for s in made)
    if n == 1:
        assert {form(s) for s in made} == {form(given[0])}
    assert len({s.tree for s in made}) > 10


def test_a_coefficient_that_occurs_twice_occurs_twice() -> None:
    rng = np.random.default_rng(5)
    given = [
        parse(f"s' = -{b:.3g}*s*i; i' = {b:.3g}*s*i - {c:.3g}*i @ s=1, i=0.01; T=60") for b, c in rng.uniform(0.1, 3, (60, 2))
    ]
    for s in draws(fit(given), 100):
        first, second, _ = coefficients(s.tree)
        assert first == -second


def test_sizes_from_the_very_small_to_the_very_large_keep_their_places() -> None:
    """Rates of 1e-6 in one place and of 1e6 in another, whole populations."""
    rng = np.random.default_rng(6)
    rows = zip(10 ** rng.uniform(-6, -4, 60), 10 ** rng.uniform(4, 6, 60), rng.integers(1000, 1000000, 60), strict=True)
    given = [parse(f"x' = {a:.3g}*x*({b:.4g} - x) @ x={n}; T={rng.integers(1, 50)}") for a, b, n in rows]
    made = draws(fit(given), 400)
    in_place = 0
    for s in made:
        rate, capacity = coefficients(s.tree)
        in_place += 0.8e-6 < rate < 1.2e-4 and 0.8e4 < capacity < 1.2e6
        assert 0.9e-6 < rate < 1.1e6 and 0.9e-6 < capacity < 1.1e6
        assert all(v.is_integer() and 800 < v < 1.2e6 for start in s.x0 for v in start)
        assert s.t_end is not None and s.t_end.is_integer()
    assert in_place >= 0.97 * len(made), "now and then one is drawn as if nothing were known of its place"


def test_numbers_that_belong_together_are_drawn_together() -> None:
    """Rates over twelve decades; the second is 2 to 5 times the first, and the horizon goes with them inversely."""
    rng, texts = np.random.default_rng(0), []
    for _ in range(120):
        rate, times = 10 ** rng.uniform(-6, 6), rng.uniform(2, 5)
        texts.append(f"x' = {rate:.3g}*y - {times * rate:.3g}*x; y' = x @ x=1, y=0.5; T={4 / rate:.3g}")
    fitted = fit([parse(text, "ode") for text in texts])
    assert (fitted.choices.sizes["spans"].sign, fitted.choices.sizes["coefficients"].sign) == (-1, 1)
    ratios, products = [], []
    for drawn in draws(fitted, 300):
        first, second = map(abs, coefficients(drawn.tree))
        ratios.append(second / first)
        products.append(first * (drawn.t_end or 0.0))
    assert np.mean([1.5 < r < 7 for r in ratios]) > 0.9 and np.mean([2.5 < p < 6 for p in products]) > 0.85
    again = FittedSampler.from_json(fitted.to_json())
    assert draws(again, 20) == draws(fitted, 20)


def test_whole_numbers_stay_whole_and_exponents_stay() -> None:
    rng = np.random.default_rng(7)
    given = [parse(f"{rng.integers(11, 99)}*x^{rng.integers(2, 4)} + {rng.integers(1, 9)}*y", "function") for _ in range(80)]
    made = draws(fit(given, closed=False), 200)
    assert all(v.is_integer() for s in made for v in coefficients(s.tree))
    exponents = {n.children[1].value for s in made for _, n in s.tree.walk() if n.symbol == "^"}
    assert exponents == {2.0, 3.0}


def test_functions_of_several_inputs_keep_inputs_and_ranges() -> None:
    rng = np.random.default_rng(8)
    given = []
    for k in range(60):
        text = f"{rng.uniform(1, 5):.2f}*x*exp(-y) + z^2" if k % 2 else f"{rng.uniform(1, 5):.2f}*x*sin(y)"
        s = parse(text, "function")
        given.append(replace(s, ranges=((0.0, 1.0), (2.0, 3.0), (4.0, 5.0))[: s.dim]))
    for s in draws(fit(given, closed=False), 100):
        assert s.ranges == ((0.0, 1.0), (2.0, 3.0), (4.0, 5.0))[: s.dim]
        assert variables(s.tree) <= set(range(s.dim))


def test_an_alphabet_of_ones_own() -> None:
    rng = np.random.default_rng(9)

    def formula(depth: int) -> Node:
        if depth == 0:
            return variable(int(rng.integers(3)))
        row = LOGIC.rows[int(rng.integers(3))]
        return Node(row.symbol, tuple(formula(depth - 1) for _ in range(row.arity)))

    given = [System(system(formula(3)), ("x_0", "x_1", "x_2"), "logic") for _ in range(60)]
    fitted = fit(given, closed=False, operators=LOGIC)
    made = draws(fitted, 200)
    for s in made:
        for _, node in s.tree.walk():
            assert node.symbol == "|" or node.is_variable or LOGIC.arity(node.symbol) == len(node.children)
    assert len({s.tree for s in made} - {s.tree for s in given}) > 20
    assert draws(FittedSampler.from_json(fitted.to_json()), 50) == draws(fitted, 50)


@settings(max_examples=5, phases=[Phase.explicit, Phase.generate])
@given(st.lists(systems("ode"), min_size=1, max_size=6))
def test_whatever_is_given_systems_are_drawn(given_systems: list[System]) -> None:
    for s in draws(fit(given_systems), 20):
        assert all(i < s.dim for i in variables(s.tree))
        assert canonical(s.tree) == s.tree


def test_nothing_and_two_domains_are_refused() -> None:
    with pytest.raises(SourceError, match="give at least one"):
        fit([])
    with pytest.raises(SourceError, match="several domains"):
        fit([*built_in("ode", 2), *built_in("map", 2)])


# ---------------------------------------------------------------- JSON


def test_what_is_written_draws_the_same(fitted: FittedSampler) -> None:
    text = fitted.to_json()
    again = FittedSampler.from_json(text)
    assert again == fitted and again.to_json() == text
    assert draws(again, 60) == draws(fitted, 60)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(form=99),
        lambda d: d["sizes"]["spans"].update(reference="first", relative=[]),
        lambda d: d.pop("tilt"),
        lambda d: d["corpus"].clear(),
        lambda d: d["corpus"][0]["equations"].append(["nothing", "x_0"]),
        lambda d: d["corpus"][0]["equations"].append("x_7"),
        lambda d: d["corpus"][0].update(x0=[[1.0] * 9]),
        lambda d: d["labels"]["heads"].update(orders=[]),
        lambda d: d["labels"]["heads"]["orders"][0][1].append(["no feature", 0.1, 1.0]),
        lambda d: d["labels"]["heads"]["orders"][0][1].append(["place", 3.0, 1.0]),
        lambda d: d["tilt"].update(large=0.0),
    ],
)
def test_what_is_no_sampler_is_refused_in_a_line(change: object, small: str) -> None:
    document = json.loads(small)
    change(document)  # type: ignore[operator]
    with pytest.raises(OutputError, match="fit it again") as caught:
        FittedSampler.from_json(json.dumps(document))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", "[" * 5000, '{"form": 1}'])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(OutputError, match="fit it again"):
        FittedSampler.from_json(text)


# ---------------------------------------------------------------- its parts, against formulas


def test_a_choice_is_drawn_as_often_as_the_formula_says() -> None:
    """Interpolated absolute discounting, worked out here for one level of context."""
    rng = np.random.default_rng(0)
    where = [str(w) for w in rng.choice(["p", "q"], 300)]
    what = [str(rng.choice(["a", "b", "c"], p=[0.7, 0.2, 0.1] if w == "p" else [0.1, 0.1, 0.8])) for w in where]
    contexts = [{"place": w} for w in where]
    chosen = choose(events(what, contexts, [i % 5 for i in range(300)]))
    order = chosen.orders[0]
    assert [level.feature for level in order.levels] == ["", "place"]
    outer, inner = order.levels
    n = Counter(what)
    own = Counter(s for s, w in zip(what, where, strict=True) if w == "p")

    def discounted(counts: Counter[str], symbol: str, d: float, t: float, below: float) -> float:
        return (max(counts[symbol] - d, 0.0) + (t + d * len(counts)) * below) / (counts.total() + t)

    model, dice = counted(chosen, what, contexts), Dice(np.random.default_rng(1))
    drawn = Counter(model.draw(dice, {"place": "p"}.__getitem__) for _ in range(20_000))
    for symbol in "abc":
        p = discounted(own, symbol, inner.discount, inner.strength, discounted(n, symbol, outer.discount, outer.strength, 1 / 3))
        assert drawn[symbol] / 20_000 == pytest.approx(p, abs=0.012)


def test_only_what_is_allowed_is_drawn() -> None:
    contexts = [{"place": "p"}] * 10
    model = counted(choose(events(["a"] * 10, contexts, [i % 5 for i in range(10)])), ["a"] * 9 + ["b"], contexts)
    dice = Dice(np.random.default_rng(0))
    assert {model.draw(dice, {"place": "p"}.__getitem__, frozenset("b")) for _ in range(50)} == {"b"}
    assert model.draw(dice, {"place": "unseen"}.__getitem__, frozenset("z")) == "z"


@given(st.lists(st.floats(-6, 6), min_size=1, max_size=60))
def test_a_law_of_magnitudes_is_a_density_over_their_range(logs: list[float]) -> None:
    own = law(logs)
    assert own == sorted(own)
    beyond = (0.15 + max(logs) - min(logs)) / len(logs)
    assert own[0] == pytest.approx(min(logs) - beyond) and own[-1] == pytest.approx(max(logs) + beyond)
    assert density(own, own[0] - 0.1) == density(own, own[-1] + 0.1) == 0.0
    widths = np.diff(own)
    total = sum(density(own, (a + b) / 2) * w for a, b, w in zip(own, own[1:], widths, strict=False) if w > 1e-3)
    assert total <= 1.0 + 1e-9


def test_values_that_stand_out() -> None:
    rng = np.random.default_rng(2)
    spread = [[float(f"{v:.3g}")] for v in 10 ** rng.uniform(-1, 2, 400)]
    exact = outstanding([*spread, *[[9.81]] * 12, [3.0], [250.0]])
    assert 9.81 in exact and 3.0 in exact and 250.0 not in exact
    assert len([v for v in exact if not v.is_integer()]) == 1, "what repeats by chance stands out from nothing"


def test_raking_gives_every_trait_its_shares() -> None:
    rng = np.random.default_rng(4)
    drawn = [{"a": str(rng.integers(3)), "b": str(rng.integers(2))} for _ in range(4000)]
    wanted = [{"a": str(min(rng.integers(5), 2)), "b": str(int(rng.random() < 0.8))} for _ in range(4000)]
    made = rake(wanted, drawn)
    weights = np.array([made.factors["a"][d["a"]] * made.factors["b"][d["b"]] for d in drawn])
    for name in "ab":
        for value in {d[name] for d in drawn}:
            share = weights[[d[name] == value for d in drawn]].sum() / weights.sum()
            assert share == pytest.approx(np.mean([w[name] == value for w in wanted]), abs=0.005)
    assert np.mean([made.chance(d) for d in drawn]) == pytest.approx(0.5, abs=0.02)
    assert rake([], drawn) == LEVEL and LEVEL.chance(drawn[0]) == 1.0
