"""The parameters of a model, as NumPy's arrays and as torch's: the same names, shapes and numbers on both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from reference.activations import Array, Parameters


class Twin(torch.nn.Module):
    """A model that torch trains, on the parameters of a reference.

    theta: the parameters, under the names that they have in the reference
    """

    def __init__(self, parameters: Parameters, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.theta = torch.nn.ParameterDict(
            {name: torch.tensor(array, dtype=dtype) for name, array in parameters.items()}
        )

    def arrays(self) -> dict[str, Array]:
        """Return copies of the parameters as arrays of type float64."""
        return {name: p.detach().cpu().numpy().astype(np.float64) for name, p in self.theta.items()}

    def gradients(self) -> dict[str, Array]:
        """Return the gradients that torch has found, each under its parameter's name with a leading d."""
        found = {name: p.grad for name, p in self.theta.items() if p.grad is not None}
        return {f"d{name}": gradient.cpu().numpy().astype(np.float64) for name, gradient in found.items()}
