"""Conventions that ship with Gradmark: several accepted forms of one result."""

from collections.abc import Callable, Mapping
from typing import Any

from autograder.hookspecs import hookimpl
from plugins.conventions.forms import any_vector, number, text_list, whole_numbers
from plugins.conventions.tables import alias_table


@hookimpl
def register_conventions() -> Mapping[str, Callable[[Any], Any]]:
    """Register what this folder holds."""
    return {
        "any vector": any_vector,
        "number": number,
        "list of strings": text_list,
        "whole numbers": whole_numbers,
        "alias table": alias_table,
    }
