"""Causes that are read in an error's text, or in what came back in the place of an answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from plugins.checks.parts import Clue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from autograder.conversation import Case, Reply

    Fact = Callable[[re.Match[str], Case], str]


def nothing_returned(replies: Sequence[Reply]) -> Clue | None:
    """Return the cause where every answer is None."""
    nothing = replies and all(reply.status == "value" and reply.value is None for reply in replies)
    return Clue("nothing returned", "The function returns None.") if nothing else None


def of_error(case: Case, reply: Reply) -> Clue | None:
    """Return the cause that an error's text gives away."""
    for pattern, cause, fact in ERRORS:
        found = re.match(pattern, reply.error)
        if found is not None:
            return Clue(cause, fact(found, case))
    return None


def _length(number: str, case: Case) -> str:
    """Return a length with the size that it is, where only one is."""
    names = [name for name, size in case.size.items() if str(size) == number]
    return f"{number} ({names[0]})" if len(names) == 1 else number


def _inner(found: re.Match[str], case: Case) -> str:
    one, other = found.groups()[-2:]
    return f"Two arrays are multiplied along axes of length {_length(one, case)} and {_length(other, case)}."


def _entry_by_entry(found: re.Match[str], case: Case) -> str:
    one, other = (re.findall(r"\d+", shape) for shape in found.groups())
    pairs = zip(reversed(one), reversed(other), strict=False)
    apart = [(a, b) for a, b in pairs if a != b and "1" not in (a, b)]
    lengths = f": lengths {_length(apart[0][0], case)} and {_length(apart[0][1], case)} meet" if apart else ""
    return f"Arrays of shapes ({found[1]}) and ({found[2]}) are combined entry by entry{lengths}."


def _beyond(found: re.Match[str], case: Case) -> str:
    by_one = "one beyond the end of" if found[1] == found[3] else "used on"
    return f"Index {found[1]} is {by_one} axis {found[2]}, which has length {_length(found[3], case)}."


def _says(fact: str) -> Fact:
    """Return a fact that takes no more than the words which were found."""
    return lambda found, _: fact.format(*found.groups())


SHAPE = r"\(([\d, ]{1,60})\)"
ERRORS: tuple[tuple[str, str, Fact], ...] = (
    (r"ValueError: matmul: .{0,200}\(size (\d{1,9}) is different from (\d{1,9})\)", "shapes do not fit", _inner),
    (rf"ValueError: shapes {SHAPE} and {SHAPE} not aligned: (\d+) \(dim \d\) != (\d+)", "shapes do not fit", _inner),
    (r"RuntimeError: mat1 and mat2 .{0,40}\(\d+x(\d+) and (\d+)x\d+\)", "shapes do not fit", _inner),
    (
        rf"ValueError: operands could not be broadcast together with shapes {SHAPE} {SHAPE}",
        "shapes do not fit",
        _entry_by_entry,
    ),
    (
        rf"ValueError: could not broadcast input array from shape {SHAPE} into shape {SHAPE}",
        "shapes do not fit",
        _says("An array of shape ({}) is put into a place of shape ({})."),
    ),
    (
        rf"ValueError: non-broadcastable output operand with shape {SHAPE}.{{1,60}}shape {SHAPE}",
        "shapes do not fit",
        _says("An array of shape ({}) is to take in place what has shape ({})."),
    ),
    (
        r"ValueError: (shape-mismatch for sum|operands could not be broadcast together with remapped shapes)",
        "shapes do not fit",
        _says("Two arrays are multiplied along axes of different lengths."),
    ),
    (
        r"ValueError: all the input array dimensions except for the concatenation axis must match",
        "shapes do not fit",
        _says("Arrays are joined along one axis, and differ in length along another."),
    ),
    (r"IndexError: index (-?\d{1,9}) is out of bounds for axis (\d) with size (\d+)", "index out of bounds", _beyond),
    (
        r"IndexError: (?:(?:list|tuple|string) )?(?:assignment )?index out of range",
        "index out of bounds",
        _says("An index lies beyond the end of a list."),
    ),
    (
        r"ValueError: matmul: Input operand (\d) does not have enough dimensions",
        "wrong kind of value",
        _says("A single number stands where `@` needs an array."),
    ),
    (
        r"IndexError: too many indices for array: array is (\d)-dimensional, but (\d) were indexed",
        "number of axes",
        _says("An array has {} axes, and is indexed as if it had {}."),
    ),
    (
        r"AxisError: axis (-?\d) is out of bounds for array of dimension (\d)",
        "number of axes",
        _says("Axis {} is asked for, of an array with {} axes; the first is axis 0."),
    ),
    (r"KeyError: ('[^']{1,60}'|\d{1,9})", "key not there", _says("A dict is asked for the key {}, which it lacks.")),
    (r"NameError: name '(\w{1,60})' is not", "name not defined", _says("`{}` has no value when it is used.")),
    (
        r"UnboundLocalError: .{0,40}variable '(\w{1,60})'",
        "name not defined",
        _says("`{}` is used before the function gives it a value."),
    ),
    (
        r"TypeError: ('NoneType' object|cannot unpack non-iterable NoneType|unsupported operand .{1,40}'NoneType')",
        "None in a calculation",
        _says("Something on that line is None."),
    ),
    (
        r"ValueError: (not enough|too many) values to unpack \(expected (\d{1,3})",
        "number of results",
        _says("There are {} values for the {} names on the left."),
    ),
    (
        r"\w{0,20}UFuncTypeError: Cannot cast ufunc",
        "whole numbers",
        _says("An array of whole numbers cannot take fractions in place."),
    ),
    (r"ZeroDivisionError", "division by zero", _says("A number is divided by zero.")),
    (
        r"TypeError: \S{1,60}\(\) (takes|missing|got an unexpected)",
        "number of arguments",
        _says("A function is called with other arguments than it has."),
    ),
    (r"RecursionError", "endless recursion", _says("The function calls itself again and again.")),
    (r"ValueError: need at least one array to", "nothing collected", _says("A list is still empty when it is joined.")),
    (
        r"TypeError: 'int' object is not iterable",
        "a number in a loop",
        _says("A number stands where a list should be."),
    ),
    *(
        (
            f"TypeError: {pattern}",
            "wrong kind of value",
            _says("A value of type `{}` on that line cannot be used like that."),
        )
        for pattern in (
            r"(?:unsupported operand type\(s\) for|bad operand type for) .{1,20}: '(\w{1,40})'",
            r"'(\w{1,40})' object (?:is not|cannot be|does not support)",
            r"unhashable type: '(\w{1,40})'",
            r"cannot unpack non-iterable (\w{1,40}) object",
            r"can't multiply sequence by non-int of type '(\w{1,40})'",
            r"can only concatenate (\w{1,10})",
            r"(\w{1,10}) indices must be integers or slices",
        )
    ),
    (
        r"AttributeError: '(\w{1,40})' object has no attribute '(\w{1,40})'",
        "wrong kind of value",
        _says("A value of type `{}` on that line has nothing of the name `{}`."),
    ),
    (
        r"IndexError: (only integers, slices|arrays used as indices must be of integer)",
        "wrong kind of value",
        _says("Something that is no whole number is used as an index."),
    ),
    (
        r"TypeError: only (\S{1,20}) arrays can be converted to Python scalars",
        "wrong kind of value",
        _says("An array stands where a single number should be."),
    ),
    (
        r"ValueError: The truth value of an array",
        "wrong kind of value",
        _says("An array stands where a single truth value should be."),
    ),
    (
        r"ValueError: setting an array element with a sequence",
        "wrong kind of value",
        _says("Lists of different lengths, or an array in the place of a number, are put into an array."),
    ),
    (
        r"ModuleNotFoundError: No module named '([\w.]{1,60})'",
        "module not there",
        _says("The module `{}` is not there where this is graded."),
    ),
)
"""What an error says, by the words of Python, NumPy and torch; the text is the student's to make, so it is bounded."""
