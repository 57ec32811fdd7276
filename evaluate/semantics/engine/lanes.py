"""Eight doubles as one value of compiled code: `load`, arithmetic, `store`.

An interpreter spends most of its time on finding out what to do. Done to eight lanes at once, that costs the same as done to
one. Lanes never mix: each operation treats each lane by itself and rounds as the scalar operation does, so a lane's bits do
not depend on its neighbors. LLVM's vector type makes this certain where loops would leave it to an optimizer.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numba
from numba import extending

from ....tokenizers.machines.private import declared, ir

# Numba's own annotations are of Python functions, not of what they compile to.
_types: Any = numba.types
intrinsic: Any = extending.intrinsic
overload: Any = extending.overload
models: Any = extending.models

W = 8
"""Lanes of a vector: what AVX-512 holds in one register. Narrower machines take several operations each."""

_VECTOR = ir.VectorType(ir.DoubleType(), W)
_FIRST = ir.Constant(ir.VectorType(ir.IntType(32), W), [0] * W)


class LanesType(_types.Type):  # type: ignore[misc]
    """Numba's name for the vector."""

    def __init__(self) -> None:
        super().__init__(name=f"Lanes({W})")


class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


extending.register_model(LanesType)(_LanesModel)
LANES = LanesType()


def _place(context: Any, builder: Any, array: Any, data: Any, at: Any) -> Any:
    first = context.make_array(array)(context, builder, data).data
    return builder.bitcast(builder.gep(first, [at]), _VECTOR.as_pointer())


@intrinsic
def peek(typing: Any, array: Any, at: Any) -> Any:
    """Element `at` of an array laid out without gaps, as if it were flat. Nothing checks for, or counts from, its end."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        first = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        return builder.load(builder.gep(first, [arguments[1]]))

    return array.dtype(array, _types.int64), build


@intrinsic
def load(typing: Any, array: Any, at: Any) -> Any:
    """The lanes array[at : at + W] of a flat array. Nothing checks the bounds."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_place(context, builder, signature.args[0], *arguments), align=8)

    return LANES(array, _types.int64), build


@intrinsic
def store(typing: Any, array: Any, at: Any, value: Any) -> Any:
    """array[at : at + W] = value."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[2], _place(context, builder, signature.args[0], *arguments[:2]), align=8)
        return context.get_dummy_value()

    return _types.void(array, _types.int64, LANES), build


def _widened(builder: Any, kind: Any, value: Any) -> Any:
    """A number counts as the same number in each lane."""
    if isinstance(kind, LanesType):
        return value
    single = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(single, ir.Constant(_VECTOR, ir.Undefined), _FIRST)


def _kinds(*given: Any) -> list[Any]:
    return [kind if isinstance(kind, LanesType) else _types.float64 for kind in given]


def _define(symbol: Callable[..., Any], instruction: str) -> None:
    """Teach Numba an operator of two vectors, or of a vector and a number."""

    @intrinsic
    def combine(typing: Any, a: Any, b: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            left, right = (_widened(builder, k, v) for k, v in zip(signature.args, arguments, strict=True))
            return getattr(builder, instruction)(left, right)

        return LANES(*_kinds(a, b)), build

    @overload(symbol, strict=False)
    def choose(a: Any, b: Any) -> Any:
        if isinstance(a, LanesType) or isinstance(b, LanesType):
            return lambda a, b: combine(a, b)
        return None


for _symbol, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define(_symbol, _instruction)


def _call(name: str) -> Any:
    @intrinsic
    def function(typing: Any, a: Any) -> Any:
        def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = ir.FunctionType(_VECTOR, [_VECTOR])
            return builder.call(declared(builder.module, kind, f"{name}.v{W}f64"), arguments)

        return LANES(LANES), build

    return function


magnitude, root = _call("llvm.fabs"), _call("llvm.sqrt")
"""|a| and √a: exact to the last bit in IEEE arithmetic, as the four operators are."""


@intrinsic
def negated(typing: Any, a: Any) -> Any:
    """-a."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fneg(arguments[0])

    return LANES(LANES), build


@intrinsic
def unless_above(typing: Any, a: Any, b: Any, yes: Any, no: Any) -> Any:
    """`yes` where a <= b, else `no`: also where one of them is no number."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, right, yes, no = (_widened(builder, k, v) for k, v in zip(signature.args, arguments, strict=True))
        return builder.select(builder.fcmp_ordered("<=", left, right), yes, no)

    return LANES(*_kinds(a, b, yes, no)), build


@intrinsic
def guess(typing: Any, a: Any) -> Any:
    """a^(-1/5) to some percent, from the bits of a, which are about its logarithm."""

    def build(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = ir.VectorType(ir.IntType(64), W)

        bits = builder.bitcast(arguments[0], whole)
        fifth = ir.Constant(whole, [0] * W)
        for places in (3, 4, 7, 8, 11, 12, 15, 16):  # one fifth in binary
            fifth = builder.add(fifth, builder.ashr(bits, ir.Constant(whole, [places] * W)))
        origin = ir.Constant(whole, [round(1.2 * (1023 - 0.045) * 2**52)] * W)
        return builder.bitcast(builder.sub(origin, fifth), _VECTOR)

    return LANES(LANES), build
