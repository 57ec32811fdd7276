"""What people paste from textbooks, other programs and other countries: read as it was meant there, or refused in a line that
names it."""

from __future__ import annotations

import pytest

from kappabar.grammars.errors import ParseError
from kappabar.grammars.text import functions
from kappabar.grammars.text.parse import parse


def refusal(text: str, domain: str) -> ParseError:
    with pytest.raises(ParseError) as caught:
        parse(text, domain)
    assert "\n" not in str(caught.value)
    return caught.value


NUMERALS = [
    ("ode", "x' = 1,5*x", 6, "write 1.5"),
    ("ode", "x' = k*x with k=-0,5, b=2", 18, "write 0.5"),
    ("ode", "x' = -x @ x=0,5; T=10", 13, "write 0.5"),
    ("map", "x[n+1] = 3,9x(1 - x)", 10, "write 3.9"),
    ("function", "1,5*x", 1, "write 1.5"),
    ("function", "x @ x=0,5..1,5", 7, "write 0.5"),
    ("function", "y = 1.000,5*x", 5, "write 1000.5"),
    ("function", "y = 1,000*x", 5, "write 1000, or 1.000"),
    ("function", "y = 1,000,000*x", 5, "write 1000000"),
    ("function", "y = 1.000.000*x", 5, "write 1000000"),
    ("function", "y = 1'000*x", 5, "write 1000"),
    ("function", "y = 1’000*x", 5, "write 1000"),
    ("function", "y = 1 000 000*x", 5, "write 1000000"),
    ("function", "y = 1\u202f000*x", 5, "write 1000"),
    ("function", "y = (0,5*x)", 6, "write 0.5"),
    ("function", "y = sin(1,5)", 9, "takes 1 argument, not 2; '1,5' has a decimal comma; write 1.5"),
    ("function", "y = pow(x,2,5)", 11, "write 2.5"),
    ("function", "y = log(1,5*x)", 9, "log(… 1.5 …) or log(… 1, 5 …)"),
    ("function", "y = max(x, 1,5)", 12, "two readings"),
    ("function", r"\max\{x, 1,5\}", 10, "two readings"),
    ("ode", r"\dot{x} = 1{,}5 x", 11, "write 1.5"),
    ("ode", r"\dot{x} = 1\,000 x", 11, "write 1000"),
]  # fmt: skip


@pytest.mark.parametrize(("domain", "text", "column", "words"), NUMERALS, ids=[text for _, text, _, _ in NUMERALS])
def test_numbers_of_other_places_are_refused_by_name(domain: str, text: str, column: int, words: str) -> None:
    error = refusal(text, domain)
    assert words in error.reason
    assert error.column == column


@pytest.mark.parametrize(
    ("text", "same"),
    [("max(x,1,5)", "max(max(x, 1), 5)"), ("max(0,5*x)", "max(0, 5*x)"), ("log(x,10)", "log10(x)"),
     ("clip(x,0,1)", "clip(x, 0, 1)"), ("Rational(1,2)*x", "1/2*x"), ("x # 1,5", "x"), ("if(x < 1,5,2)", "if(x < 1, 5, 2)")],
)  # fmt: skip
def test_commas_between_arguments_stay_commas(text: str, same: str) -> None:
    assert parse(text, "function").tree == parse(same, "function").tree


@pytest.mark.parametrize(
    ("domain", "text", "same"),
    [("function", "2πx^2", "2*pi*x^2"), ("ode", "x' = sin(2πt)x", "x' = sin(2*pi*t)*x"), ("ode", "x' = xπ", "x' = x*pi"),
     ("ode", "x' = π_1x with π_1x=2", "x' = 2"), ("function", "ωπt", "omega*pi*t"), ("function", "x⁢y", "x*y"),
     ("ode", r"\dot{x} = 2πx", "x' = 2*pi*x")],
)  # fmt: skip
def test_pi_beside_a_letter_is_a_factor(domain: str, text: str, same: str) -> None:
    assert parse(text, domain) == parse(same, domain)


def test_pi_does_not_settle_what_follows_it() -> None:
    assert "1/2*pi*x or 1/(2*pi*x)" in refusal("x' = 1/2πx", "ode").reason
    error = refusal("2πft", "function")
    assert "an input ft" in error.reason and "the product f t" in error.reason
    assert error.column == 3


@pytest.mark.parametrize(
    ("domain", "text", "same"),
    [("function", "2 sin x cos x", "2*sin(x)*cos(x)"), ("function", "sin x cos(x)", "sin(x)*cos(x)"),
     ("function", "sin^2 x + cos²x", "sin(x)^2 + cos(x)^2"), ("function", "1/sin x", "1/sin(x)"),
     ("function", "x sin y", "x*sin(y)"),
     ("function", "arctan x + log10 x * y", "atan(x) + log10(x)*y"),
     ("ode", "θ̈ = −sin θ", "theta'' = -sin(theta)"),
     ("ode", "x' = sin x(t)\ny' = cos y", "x' = sin(x); y' = cos(y)"), ("function", r"\sin 2 + x", "sin(2) + x")],
)  # fmt: skip
def test_a_function_takes_one_factor_without_parentheses(domain: str, text: str, same: str) -> None:
    assert parse(text, domain) == parse(same, domain)


@pytest.mark.parametrize(
    ("domain", "text", "words"),
    [("function", "sin 2x", "sin(2) x or sin(2 x)"), ("function", "sin 2 x", "sin(2) x or sin(2 x)"),
     ("function", "cos kx", "cos(k*x), or an input kx"), ("ode", "x' = cos kx with k=2", "the product k*x"),
     ("function", "sin x^2", "sin(x)^2 or sin(x^2)"), ("function", "sin x/2", "sin(x)/2 or sin(x/2)"),
     ("function", "sin² x y", "sin^(2)(x) y or sin^(2)(x y)"), ("function", "sin^-1 x", "inverse"),
     ("function", "sin cos x", "written sin(…)"), ("ode", "x' = sin\nx", "the next line"),
     ("ode", r"\dot x = \sin 2\pi t", r"\sin(2) \pi or \sin(2 \pi)")],
)  # fmt: skip
def test_an_argument_that_may_go_on_is_refused_with_both_readings(domain: str, text: str, words: str) -> None:
    assert words in refusal(text, domain).reason


def test_a_name_of_the_texts_own_is_no_function() -> None:
    assert parse("sin' = cos; cos' = -sin cos").tree == parse("a' = b; b' = -a*b").tree


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x^2 y", "x^2*y"),
        ("x^0.5 y", "x^0.5*y"),
        ("x^-2 y", "x^-2*y"),
        ("x^-2y", "x^-2*y"),
        ("10^-3 x", "10^-3*x"),
        ("x^(a) y", "x^a*y"),
    ],
)
def test_a_number_ends_an_exponent(text: str, same: str) -> None:
    assert parse(text, "function").tree == parse(same, "function").tree


@pytest.mark.parametrize("text", ["a^b c", "x^-a y", "e^2 x", "e^-2 x", "e^2x", "2^3x", "10^-3x", "x^y^2 z"])
def test_other_exponents_are_refused_with_both_readings(text: str) -> None:
    reason = refusal(text, "function").reason
    assert "two readings" in reason and "*" in reason and "^(" in reason


@pytest.mark.parametrize("name", ["foo", "flor", "rond", "modd", "erff", "floo"])
def test_hints_name_what_can_be_used(name: str) -> None:
    for domain, text in (
        ("function", f"{name}(x)"),
        ("ode", f"x' = {name}(x)"),
        ("ode", rf"\dot x = \operatorname{{{name}}}(x)"),
    ):
        reason = refusal(text, domain).reason
        assert "unknown function" in reason
        assert not [refused for refused in functions.REFUSED if f"'{refused}'" in reason.replace(f"'{name}'", "")], reason
    assert "did you mean 'cos'" in refusal("kos(x)", "function").reason


@pytest.mark.parametrize("command", [r"\unknown", r"\Re", r"\begin{pmatrix}"])
def test_a_command_that_is_not_read_is_named(command: str) -> None:
    error = refusal(rf"\dot x = 2 + {command} x", "ode")
    assert error.reason.startswith(f"{command} is no command")
    assert error.column == 14


COMMENTS = [
    "x' = -x  # decay, 1,5\ny' = x", "x' = -x; % decay\ny' = x;", "% decay\nx' = -x, // decay\n  y' = x",
    "x' = /* decay\n */ -x; y' = x",
    "x' = -x; (* decay *) y' = x", "x' = ...\n -x\ny' = x.  # decay", "\\dot x = -x % decay\n\\dot y = x",
]  # fmt: skip


@pytest.mark.parametrize("text", COMMENTS)
def test_comments_of_other_languages_are_passed_over(text: str) -> None:
    assert parse(text) == parse("x' = -x; y' = x")


@pytest.mark.parametrize("text", ["x' = x % 2", "x' = x // 2", "x' = (x\n% 2)", "x' = (x\n// 2)"])
def test_what_may_be_an_operator_is_no_comment(text: str) -> None:
    assert "step function, which no operator here writes; a comment begins with #" in refusal(text, "ode").reason


def test_a_comment_that_may_hold_an_equation_is_told() -> None:
    for text in (r"\dot x = -x % \dot y = x", "x' = -x; // y' = x", "x' = /* y' = x */ -x"):
        (note,) = parse(text).notes
        assert note.startswith("passed over as a comment: ") and "= x" in note
    assert parse("x' = -x # y' = x").notes == parse(r"\dot x = -x % decay").notes == ()
