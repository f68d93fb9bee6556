"""Samplers and a check of its own, none of which students may read: the marker is gargoyle."""

from __future__ import annotations

from autograder.conversation import Case, Verdict
from autograder.hookspecs import hookimpl


def steps(random, size, edge):
    """Inputs of one step."""
    n, m = size["n"], size["m"]
    scale = 0.0 if edge == "zeros" else 1.0
    state, W, b = (random.normal(size=shape) for shape in ((n, m), (n, n), (n, 1)))
    return Case({"state": scale * state, "W": W, "b": b})


def walks(random, size, edge):
    """Inputs of a walk."""
    return Case({**steps(random, size, edge).inputs, "T": size["T"]})


def house_rule(setting):
    """The house rule is kept."""
    yield []
    return Verdict("passed", f"{setting.function} pleases the gargoyle.")


@hookimpl
def register_samplers():
    """Register the samplers."""
    return {"steps": steps, "walks": walks}


@hookimpl
def register_checks():
    """Register the check that only this assignment has."""
    return {"house rule": house_rule}
