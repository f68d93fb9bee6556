"""Samplers of this assignment: inputs of every size, on which each known mistake shows.

Numbers keep away from zero, so that whatever is left out is missed, and from where tanh and sigmoid are flat, so that
whatever goes into them is seen. Biases and first states are never zero, except at the edge "zeros".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autograder.conversation import Case
from autograder.hookspecs import hookimpl

Array = NDArray[np.float64]
Size = Mapping[str, int]
Sampler = Callable[[np.random.Generator, Size, str], Case]

SCALES = {"": 1.0, "zeros": 0.0, "large": 1e3}
"""By what each edge multiplies the inputs of a network; "large" multiplies its parameters as well."""


def draw(random: np.random.Generator, *shape: int, width: int = 1) -> Array:
    """Draw numbers of either sign between 0.3 and 1, smaller where `width` of them are added up by a product."""
    signs = random.choice([-1.0, 1.0], size=shape)
    drawn: Array = signs * random.uniform(0.3, 1.0, size=shape) / math.sqrt(width)
    return drawn


def inputs_scale(edge: str) -> float:
    """Return by what an edge multiplies the inputs; ValueError if there is no such edge."""
    if edge not in SCALES:
        raise ValueError(f"there is no edge {edge!r}; there are {', '.join(map(repr, SCALES))}")
    return SCALES[edge]


def parameters_scale(edge: str) -> float:
    """Return by what an edge multiplies the parameters: zeros are met by parameters as they always are."""
    return inputs_scale(edge) or 1.0


def rnn_parameters(random: np.random.Generator, size: Size, edge: str) -> dict[str, Array]:
    """Draw the parameters of the simple network."""
    n_x, n_a, n_y = size["n_x"], size["n_a"], size["n_y"]
    return scaled(parameters_scale(edge), {
        "Wax": draw(random, n_a, n_x, width=n_x),
        "Waa": draw(random, n_a, n_a, width=n_a),
        "Wya": draw(random, n_y, n_a),
        "ba": draw(random, n_a, 1),
        "by": prediction_bias(random, size, edge),
    })  # fmt: skip


def gated_parameters(random: np.random.Generator, size: Size, edge: str, gates: str) -> dict[str, Array]:
    """Draw the parameters of a network whose gates read [a_prev; xt]."""
    n_x, n_a, n_y = size["n_x"], size["n_a"], size["n_y"]
    parameters = {}
    for gate in gates:
        parameters[f"W{gate}"] = draw(random, n_a, n_a + n_x, width=n_a + n_x)
        parameters[f"b{gate}"] = draw(random, n_a, 1)
    parameters |= {"Wy": draw(random, n_y, n_a), "by": prediction_bias(random, size, edge)}
    return scaled(parameters_scale(edge), parameters)


def prediction_bias(random: np.random.Generator, size: Size, edge: str) -> Array:
    """Draw by; where all is large, exp of every score overflows: the state's share of a score is at most n_a."""
    bias = draw(random, size["n_y"], 1)
    return bias + size["n_a"] + 2 if edge == "large" else bias


def scaled(factor: float, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Multiply every array by a factor."""
    return {name: factor * array for name, array in arrays.items()}


def step(random: np.random.Generator, size: Size, edge: str, *states: str) -> dict[str, Array]:
    """Draw the input of one step, and the states before it."""
    arrays = {"xt": draw(random, size["n_x"], size["m"])}
    arrays |= {state: draw(random, size["n_a"], size["m"]) for state in states}
    return scaled(inputs_scale(edge), arrays)


def sequence(random: np.random.Generator, size: Size, edge: str, *states: str) -> dict[str, Array]:
    """Draw the input of a whole sequence, and the states from which it starts."""
    arrays = {"x": draw(random, size["n_x"], size["m"], size["T_x"])}
    arrays |= {state: draw(random, size["n_a"], size["m"]) for state in states}
    return scaled(inputs_scale(edge), arrays)


def rnn_cell(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of rnn_cell_forward."""
    return Case({**step(random, size, edge, "a_prev"), "parameters": rnn_parameters(random, size, edge)})


def rnn_sequence(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of rnn_forward."""
    return Case({**sequence(random, size, edge, "a0"), "parameters": rnn_parameters(random, size, edge)})


def lstm_cell(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of lstm_cell_forward."""
    states = step(random, size, edge, "a_prev", "c_prev")
    return Case({**states, "parameters": gated_parameters(random, size, edge, "fico")})


def lstm_sequence(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of lstm_forward."""
    return Case({**sequence(random, size, edge, "a0"), "parameters": gated_parameters(random, size, edge, "fico")})


def gru_cell(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of gru_cell_forward as a whole."""
    return Case({**step(random, size, edge, "a_prev"), "parameters": gated_parameters(random, size, edge, "urc")})


def gru_cell_simplified(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of gru_cell_forward without a reset gate; at the edge "no Wr" the parameters have none either."""
    case = gru_cell(random, size, "" if edge == "no Wr" else edge)
    unread = {"Wr", "br"} if edge == "no Wr" else set()
    parameters = {name: array for name, array in case.inputs["parameters"].items() if name not in unread}
    inputs = {**case.inputs, "parameters": parameters, "simplified": True}
    return replace(
        case, inputs=inputs, label=label("simplified=True", size, edge), by_keyword=frozenset({"simplified"})
    )


def birnn(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of birnn_forward."""
    n_a, n_y = size["n_a"], size["n_y"]
    states = sequence(random, size, edge, "a0_forward", "a0_backward")
    halves = {}
    for half in ("forward", "backward"):
        both = rnn_parameters(random, size, edge)
        halves[half] = {name: both[name] for name in ("Wax", "Waa", "ba")}
    prediction = {"Wy": draw(random, n_y, 2 * n_a), "by": draw(random, n_y, 1)}
    return Case({**states, "parameters": {**halves, **scaled(parameters_scale(edge), prediction)}})


def gradient_dict(random: np.random.Generator, size: Size) -> dict[str, Array]:
    """Draw arrays such as rnn_backward returns, of very different magnitudes."""
    n_x, n_a, m, T_x = size["n_x"], size["n_a"], size["m"], size["T_x"]
    shapes = {"dx": (n_x, m, T_x), "da0": (n_a, m), "dWax": (n_a, n_x), "dWaa": (n_a, n_a), "dba": (n_a, 1)}
    return {name: draw(random, *shape) * 10.0 ** random.uniform(-1, 1, size=shape) for name, shape in shapes.items()}


def clip_by_value(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of clip_gradients by value; half of all entries exceed the limit, on either side."""
    gradients = gradient_dict(random, size)
    limit = round(float(np.median(np.abs(all_entries(gradients)))), 3)
    if edge == "by default":
        return Case({"gradients": gradients, "limit": limit}, label=label(f"limit={limit:g}, without `by`", size))
    if edge == "unknown `by`":
        return clipping(gradients, limit, "size", size)
    return clipping(scaled(inputs_scale(edge), gradients), limit, "value", size, edge)


def clip_by_norm(random: np.random.Generator, size: Size, edge: str) -> Case:
    """Draw the inputs of clip_gradients by norm; the limit is below the norm of all arrays together."""
    gradients = gradient_dict(random, size)
    norm = float(np.linalg.norm(all_entries(gradients)))
    if edge == "below the limit":
        return clipping(gradients, round(1.5 * norm, 3), "norm", size, edge)
    if edge == "at the limit":
        return clipping({"dWax": np.array([[3.0, 0.0]]), "dba": np.array([[-4.0]])}, 5.0, "norm", {}, edge)
    limit = round(norm * random.uniform(0.6, 0.8), 3)
    return clipping(scaled(inputs_scale(edge), gradients), limit, "norm", size, edge)


def clipping(gradients: dict[str, Array], limit: float, by: str, size: Size, edge: str = "") -> Case:
    """Return a case of clip_gradients."""
    inputs = {"gradients": gradients, "limit": limit, "by": by}
    return Case(inputs, label=label(f"limit={limit:g}, by={by!r}", size, edge))


def all_entries(arrays: Mapping[str, Array]) -> Array:
    """Return the entries of all arrays in one."""
    return np.concatenate([array.ravel() for array in arrays.values()])


def label(how: str, size: Size, edge: str = "") -> str:
    """Return how a case is called in a message."""
    said = ", ".join([how, *(f"{name}={value}" for name, value in size.items())])
    return f"{said} ({edge})" if edge else said


@hookimpl
def register_samplers() -> Mapping[str, Sampler]:
    """Register the samplers that assignment.toml names."""
    networks = (rnn_cell, rnn_sequence, gru_cell, gru_cell_simplified, lstm_cell, lstm_sequence, birnn)
    samplers: tuple[Sampler, ...] = (*networks, clip_by_value, clip_by_norm)
    return {f"recurrent.{sampler.__name__}": sampler for sampler in samplers}
