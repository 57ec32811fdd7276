"""Nothing that a user brings is ever evaluated as Python: the calls that could are not in the package at all."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

BUILTINS = {"eval", "exec", "compile", "__import__"}
ANYWHERE = {"sympify", "parse_expr", "lambdify", "unsafe_load", "full_load"}
DOTTED = {"torch.load", "yaml.load", "np.load", "numpy.load", "os.system", "os.popen"}  # the loads can unpickle
MODULES = {"pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "yaml"}
NETWORK = {"socket", "urllib", "http", "requests", "httpx", "aiohttp"}


def _name(function: ast.expr) -> str:
    """`torch.load` for the call `torch.load(…)`; the last two names of a longer one; `?.load` for `f().load(…)`."""
    if isinstance(function, ast.Name):
        return function.id
    if isinstance(function, ast.Attribute):
        owner = function.value
        left = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else "?"
        return f"{left}.{function.attr}"
    return "?"


def forbidden_calls(tree: ast.AST) -> list[tuple[int, str]]:
    """(line, name) of each call that could run what it is given. `model.eval()` and `re.compile()` are other things."""
    calls = [(node.lineno, _name(node.func)) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        (line, name)
        for line, name in calls
        if name.removeprefix("builtins.") in BUILTINS or name.split(".")[-1] in ANYWHERE or name in DOTTED
    ]


def test_the_check_itself_sees_what_it_must() -> None:
    bad = "eval(x)|sympy.sympify(x)|sympy.parsing.parse_expr(x)|torch.load(f)|builtins.exec(x)|os.system(x)|np.load(f)"
    good = "model.eval()|re.compile(x)|json.load(f)|system(x)|evaluate(x)"
    assert [line for line, _ in forbidden_calls(ast.parse(bad.replace("|", "\n")))] == [1, 2, 3, 4, 5, 6, 7]
    assert forbidden_calls(ast.parse(good.replace("|", "\n"))) == []


def test_no_call_evaluates_text(sources: list[Any]) -> None:
    assert not [f"{source.path}:{line} calls {name}" for source in sources for line, name in forbidden_calls(source.tree)]


def test_no_script_evaluates_text_either(checkout: Path) -> None:
    """Benchmarks may hand a tree to SymPy's `lambdify`; text they do not run."""
    scripts = [path for folder in ("benchmarks", "examples") for path in sorted((checkout / folder).glob("*.py"))]
    found = [(path.name, call) for path in scripts for call in forbidden_calls(ast.parse(path.read_text("utf-8")))]
    assert scripts and not [(name, call) for name, call in found if not call[1].endswith("lambdify")]


def test_no_import_unpickles_or_reaches_the_network(sources: list[Any]) -> None:
    imports = [(source.path, line, name) for source in sources for line, name in source.imports()]
    assert not [f"{path}:{line} imports {name}" for path, line, name in imports if name.split(".")[0] in MODULES | NETWORK]


def test_no_assert_stands_guard_in_the_package(sources: list[Any]) -> None:
    """`python -O` removes it; a user's error gets a KappabarError."""
    assert not [f"{s.path}:{node.lineno}" for s in sources for node in ast.walk(s.tree) if isinstance(node, ast.Assert)]
