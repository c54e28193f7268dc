"""Integers as rows of bits: shifted, counted, read as another type."""

import numpy as np

from dl_workshop._lowering.arrays import Array, constant, mapped
from dl_workshop._lowering.kinds import conversion, held, is_float
from dl_workshop._lowering.values import ADD, FITS, LT, NE, SELECT, SUB

SHIFTS = ("shift_left", "shift_right_logical", "shift_right_arithmetic")


def shifted_bits(name: str, array: Array, by: Array) -> Array | None:
    """The bits moved to the left or right; all are lost where the distance is negative or too long."""
    kind, program = array.kind, array.program
    if kind == "uint64":
        return None
    size = np.iinfo(kind).bits
    width, zero = constant(program, size), constant(program, 0)
    if name == "shift_right_arithmetic":  # here the sign is what stays
        by = mapped(SELECT, by.kind, mapped(FITS, "bool", by, width), by, constant(program, size - 1))
        if size == 64:
            return mapped("Math.floor({0} / 2 ** {1})", kind, array, by)
        signed = converted_to(f"int{size}", array)
        return converted_to(kind, mapped("{0} >> {1}", f"int{size}", signed, by))
    if name == "shift_left":
        result = mapped("{0} * 2 ** {1}" if size == 64 else held("{0} << {1}", kind), kind, array, by)
    elif size == 64:
        # what a negative number has in front comes in from the left
        front = mapped("{0} < 0 && {1} > 0 ? 2 ** (64 - {1}) : 0", kind, array, by)
        result = mapped(ADD, kind, mapped("Math.floor({0} / 2 ** {1})", kind, array, by), front)
    else:
        unsigned = converted_to(f"uint{size}", array)
        result = converted_to(kind, mapped("{0} >>> {1}", f"uint{size}", unsigned, by))
    return mapped(SELECT, kind, mapped(FITS, "bool", by, width), result, zero)


def ones(array: Array) -> Array | None:
    """How many bits are set.

    References:
        Warren (2012), "Hacker's Delight", 2nd edition, section 5-1.
    """
    if array.kind == "uint64":
        return None
    if array.kind == "int64":
        return mapped(ADD, "int64", *(_ones(half) for half in _halves(array)))
    return _ones(array)


def _ones(array: Array) -> Array:
    words = converted_to(f"uint{np.iinfo(array.kind).bits}", array)
    pairs = mapped("{0} - ({0} >>> 1 & 0x55555555)", "int32", words)
    fours = mapped("({0} & 0x33333333) + ({0} >>> 2 & 0x33333333)", "int32", pairs)
    eights = mapped("{0} + ({0} >>> 4) & 0x0f0f0f0f", "int32", fours)
    return mapped("Math.imul({0}, 0x01010101) >>> 24", array.kind, eights)


def zeros_in_front(array: Array) -> Array | None:
    """How many bits come before the first that is set."""
    program = array.program
    if array.kind == "uint64":
        return None
    if array.kind == "int64":
        high, low = map(_zeros, _halves(array))
        none = mapped(LT, "bool", constant(program, 31), high)
        return mapped(SELECT, "int64", none, mapped("32 + {0}", "int64", low), high)
    return mapped(SUB, array.kind, _zeros(array), constant(program, 32 - np.iinfo(array.kind).bits))


def _zeros(array: Array) -> Array:
    words = converted_to(f"uint{np.iinfo(array.kind).bits}", array)
    return mapped("Math.clz32({0})", array.kind, words)


def _halves(array: Array) -> list[Array]:
    """The upper and the lower 32 bits."""
    return [mapped(half, "uint32", array) for half in ("Math.floor({0} / 4294967296) >>> 0", "{0} >>> 0")]


def converted_to(kind: str, array: Array) -> Array:
    """The elements as another kind of number."""
    program = array.program
    if kind == array.kind:
        return array
    if kind == "bool":
        return mapped(NE, kind, array, constant(program, 0.0))
    if array.kind == "bool":
        one, zero = (1.0, 0.0) if is_float(kind) else (1, 0)
        return mapped(SELECT, kind, array, constant(program, one), constant(program, zero))
    template = conversion(array.kind, kind)
    if template is None:
        return Array(program, array.shape, kind, array.at, [array])
    return mapped(template, kind, array)
