"""The checks that ship with Gradmark, registered by the names that `assignment.toml` uses."""

from collections.abc import Mapping

from autograder.conversation import Check
from autograder.hookspecs import hookimpl
from plugins.checks.accuracy import accuracy
from plugins.checks.cost import cost
from plugins.checks.decomposition import decomposition
from plugins.checks.gradients import gradients
from plugins.checks.learning import learning
from plugins.checks.properties import properties
from plugins.checks.sampling import sampling
from plugins.checks.shapes import shapes
from plugins.checks.values import values


@hookimpl
def register_checks() -> Mapping[str, Check]:
    """Register what this folder holds."""
    return {
        "shapes": shapes,
        "values": values,
        "gradients": gradients,
        "decomposition": decomposition,
        "accuracy": accuracy,
        "learning": learning,
        "sampling": sampling,
        "properties": properties,
        "cost": cost,
    }
