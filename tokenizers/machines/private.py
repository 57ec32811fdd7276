"""What is taken of Numba and llvmlite that they do not promise to keep: here alone, and tried with the versions that
pyproject.toml allows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import cgutils, codegen
from numba.core.registry import cpu_target
from numba.core.runtime.nrt import rtsys

# Numba's own annotations are of Python functions, not of what they compile to.
_tools: Any = cgutils
_runtime: Any = rtsys
_Library: Any = codegen.JITCodeLibrary

ir: Any = _tools.ir
"""llvmlite's builders of instructions, as Numba has them."""
declared: Any = _tools.get_or_insert_function
"""(module, type, name): a function that is LLVM's own, declared in a module."""

LIGHT = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
"""Options of what Python never calls."""
UNCOUNTED = {"_nrt": False}
"""Of what counts no references to arrays."""
PART_OF_CALLER = {"forceinline": True}


class _Part(_Library):  # type: ignore[misc]
    """What one function compiles to, as a part of another: handed on as it is, for the whole to be optimized and made machine
    code once.

    Numba does both for each function and all that it calls: what lies six calls deep, six times.
    """

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0  # there is no machine code


def is_kept(dispatcher: Any, signature: Any) -> bool:
    """Whether Numba's cache on disk has a function that is to be cached, compiled for this signature."""
    cache = dispatcher._cache
    key = cache._index_key(signature, cpu_target.target_context.codegen())
    return key in cache._cache_file._load_index()


class _Whole(_Library):  # type: ignore[misc]
    """The outermost function and all its parts. Optimized once it is a seventh slower than what Numba makes piece by piece, where
    what is inlined is optimized once more; optimized twice it is a tenth faster, for a fifth more of the time that it takes."""

    def _optimize_final_module(self) -> None:
        super()._optimize_final_module()
        super()._optimize_final_module()


@contextmanager
def compiled_at_once(outermost: str) -> Iterator[None]:
    """While this thread compiles the function of this qualified name: what it calls is made machine code with it, not before.
    Halves the time that compilation takes; results are the same."""
    target: Any = cpu_target.target_context
    target.refresh()
    _runtime.initialize(target)  # its own functions are called from elsewhere
    maker, thread = target.codegen(), threading.get_ident()
    create, bind = maker.create_library, maker.set_env

    def create_part(name: str, **options: Any) -> Any:
        if threading.get_ident() != thread:
            return create(name, **options)
        return (_Whole if name == outermost else _Part)(maker, name, **options)

    def bind_if_there(name: str, environment: Any) -> None:
        if threading.get_ident() != thread or maker._engine.get_global_value_address(name):
            bind(name, environment)

    maker.create_library, maker.set_env = create_part, bind_if_there
    try:
        yield
    finally:
        del maker.create_library, maker.set_env  # those of its class again
