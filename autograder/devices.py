"""Where trained code runs: on the processor, or on a CUDA card if the sandbox reaches one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autograder.errors import UsageError
from autograder.sandbox.session import Program
from autograder.submission import Cell

if TYPE_CHECKING:
    from autograder.assignment import Limits
    from autograder.sandbox.sandbox import Sandbox

TRIAL = "import torch\ntorch.zeros(1, device='cuda').sum().item()"


def device_problem(sandbox: Sandbox, limits: Limits, device: str) -> str:
    """Return why code in the sandbox cannot use a device, or an empty text if it can; found out by trying."""
    if device == "cpu":
        return ""
    notebook = sandbox.run(Program((Cell("code", TRIAL),), "", limits))
    try:
        outcome = notebook.outcomes[1]
        errors = [output["evalue"] for output in outcome.outputs if output["output_type"] == "error"]
        return "" if outcome.status == "ok" else (errors or [outcome.note])[0].partition("\n")[0] or outcome.status
    finally:
        notebook.close()


def demand_device(sandbox: Sandbox, limits: Limits, device: str) -> None:
    """Raise UsageError if code in the sandbox cannot use a device."""
    problem = device_problem(sandbox, limits, device)
    if problem:
        raise UsageError(f"code in the sandbox cannot use the device {device}: {problem}")
