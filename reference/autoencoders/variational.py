"""The variational auto-encoder: a code is not a point but a cloud, and all clouds together fill the space evenly.

    h = tanh(W1 x + b1)            mu = Wm h + bm            l = Ws h + bs, the logarithm of the variance
    z = mu + exp(l / 2) * eps      g = tanh(W2 z + b2)       y = W3 g + b3, the scores of what is restored
    J = 1/m sum_i [ -log p(x_i | z_i) + KL(q(z | x_i) || p(z)) ]
    KL = 1/2 sum_j (mu_j^2 + exp(l_j) - 1 - l_j)

x (n, m) are m examples with entries from 0 to 1, mu, l and z (k, m) their codes, y (n, m) scores; -log p is the binary
cross-entropy. Were z drawn from q itself, no gradient could pass the drawing; so the noise eps (k, m) is drawn from a
standard normal distribution first, and z is a smooth function of mu, l and eps: the reparameterisation. Since whatever
lies near 0 is some example's code, new examples can be had from codes that nobody encoded.

D. P. Kingma and M. Welling, "Auto-encoding variational Bayes", ICLR 2014.
Left out: more than one draw for an example; a weight of the divergence other than 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from reference.networks.dense import dense_backward, dense_forward
from reference.networks.initialisation import xavier
from reference.networks.losses import binary_cross_entropy, binary_cross_entropy_gradient
from reference.networks.parameters import Twin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reference.activations import Array, Parameters

VariationalCache = dict[str, Any]


def gaussian_kl(mu: Array, log_var: Array) -> float:
    """Compute the divergence of normal distributions from the standard one, KL = 1/2 sum_j (mu^2 + exp(l) - 1 - l).

    Arguments:
        mu, log_var (k, m): the means and the logarithms l of the variances of k independent numbers, for m examples

    Returns KL, a number: summed over the k numbers, and the mean over the examples.
    """
    return float((mu**2 + np.exp(log_var) - 1 - log_var).sum() / (2 * mu.shape[1]))


def gaussian_kl_gradients(mu: Array, log_var: Array) -> dict[str, Array]:
    """Compute the gradients of the mean over m examples of KL = 1/2 sum_j (mu^2 + exp(l) - 1 - l).

    Arguments:
        mu, log_var (k, m): the means and the logarithms l of the variances

    Returns a dict with dmu (k, m), dlog_var (k, m).
    """
    return {"dmu": mu / mu.shape[1], "dlog_var": (np.exp(log_var) - 1) / (2 * mu.shape[1])}


def reparameterise(mu: Array, log_var: Array, eps: Array) -> Array:
    """Draw codes from normal distributions, with the noise given: z = mu + exp(l / 2) eps.

    Arguments:
        mu, log_var (k, m): the means and the logarithms l of the variances
        eps (k, m): noise from a standard normal distribution

    Returns z (k, m).
    """
    return mu + np.exp(log_var / 2) * eps


def reparameterise_backward(dz: Array, log_var: Array, eps: Array) -> dict[str, Array]:
    """Compute the gradients at means and logarithms of variances, given that at z = mu + exp(l / 2) eps.

    Arguments:
        dz (k, m): the gradient at the codes
        log_var (k, m): the logarithms l of the variances
        eps (k, m): the noise with which z was made

    Returns a dict with dmu (k, m), dlog_var (k, m).
    """
    return {"dmu": dz, "dlog_var": dz * eps * np.exp(log_var / 2) / 2}


def variational_forward(
    x: Array,
    eps: Array,
    parameters: Parameters,
    *,
    divergence: Callable[[Array, Array], float] = gaussian_kl,
) -> tuple[float, Array, VariationalCache]:
    """Compute the loss of a variational auto-encoder, and what is restored.

    Arguments:
        x (n, m): m examples, with entries from 0 to 1
        eps (k, m): noise from a standard normal distribution
        parameters: a dict with W1 (n_h, n), b1 (n_h, 1), Wm, Ws (k, n_h), bm, bs (k, 1), W2 (n_h, k), b2 (n_h, 1), W3
            (n, n_h), b3 (n, 1)

    Returns (J, y, cache): the loss, the scores y (n, m), and for the backward pass a dict with x, h, mu, log_var, eps,
    g and y, and with what each layer has kept: encoder, of_mu, of_log_var, decoder, output.

    Parts: divergence is gaussian_kl.
    """
    scores, encoder = dense_forward(x, parameters["W1"], parameters["b1"])
    h = np.tanh(scores)  # (n_h, m)
    mu, of_mu = dense_forward(h, parameters["Wm"], parameters["bm"])  # (k, m)
    log_var, of_log_var = dense_forward(h, parameters["Ws"], parameters["bs"])  # (k, m)
    scores, decoder = dense_forward(reparameterise(mu, log_var, eps), parameters["W2"], parameters["b2"])
    g = np.tanh(scores)  # (n_h, m)
    y, output = dense_forward(g, parameters["W3"], parameters["b3"])  # (n, m)
    values = {"x": x, "h": h, "mu": mu, "log_var": log_var, "eps": eps, "g": g, "y": y}
    layers = {"encoder": encoder, "of_mu": of_mu, "of_log_var": of_log_var, "decoder": decoder, "output": output}
    return binary_cross_entropy(y, x) + divergence(mu, log_var), y, {**values, **layers}


def variational_backward(dJ: float, cache: VariationalCache) -> dict[str, Array]:
    """Compute the gradients of a variational auto-encoder, given that at its loss.

    Arguments:
        dJ: the gradient at the loss, 1 if nothing comes after it
        cache: the dict that variational_forward returned

    Returns a dict with the gradient of each parameter, under its name with a leading d.
    """
    output = dense_backward(dJ * binary_cross_entropy_gradient(cache["y"], cache["x"]), cache["output"])
    decoder = dense_backward(output["dA"] * (1 - cache["g"] ** 2), cache["decoder"])
    drawn = reparameterise_backward(decoder["dA"], cache["log_var"], cache["eps"])
    apart = gaussian_kl_gradients(cache["mu"], cache["log_var"])
    of_mu = dense_backward(drawn["dmu"] + dJ * apart["dmu"], cache["of_mu"])
    of_log_var = dense_backward(drawn["dlog_var"] + dJ * apart["dlog_var"], cache["of_log_var"])
    encoder = dense_backward((of_mu["dA"] + of_log_var["dA"]) * (1 - cache["h"] ** 2), cache["encoder"])
    layers = {"1": encoder, "m": of_mu, "s": of_log_var, "2": decoder, "3": output}
    return {f"d{name}{layer}": step[f"d{name}"] for layer, step in layers.items() for name in "Wb"}


def first_variational_parameters(n: int, n_h: int, k: int, generator: np.random.Generator) -> dict[str, Array]:
    """Draw the parameters for examples of n numbers, n_h hidden units and codes of k numbers."""
    shapes = {"1": (n_h, n), "m": (k, n_h), "s": (k, n_h), "2": (n_h, k), "3": (n, n_h)}
    weights = {f"W{layer}": xavier(*shape, generator) for layer, shape in shapes.items()}
    return {**weights, **{f"b{layer}": np.zeros((shape[0], 1)) for layer, shape in shapes.items()}}


class Variational(Twin):
    """The twin: the same auto-encoder on the same parameters, for training."""

    def layer(self, name: str, A: torch.Tensor) -> torch.Tensor:
        """Return the scores of one layer."""
        scores: torch.Tensor = self.theta[f"W{name}"] @ A + self.theta[f"b{name}"]
        return scores

    def code(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mu and the logarithm of the variance (k, m) of x (n, m)."""
        h = torch.tanh(self.layer("1", x))
        return self.layer("m", h), self.layer("s", h)

    def restored(self, z: torch.Tensor) -> torch.Tensor:
        """Return the scores (n, m) of what is restored from codes z (k, m)."""
        return self.layer("3", torch.tanh(self.layer("2", z)))

    def forward(self, x: torch.Tensor, eps: torch.Tensor) -> torch.Tensor:
        """Return the loss J of x (n, m) with noise eps (k, m)."""
        mu, log_var = self.code(x)
        y = self.restored(mu + torch.exp(log_var / 2) * eps)
        wrong = torch.nn.functional.binary_cross_entropy_with_logits(y, x, reduction="sum")
        apart = (mu**2 + torch.exp(log_var) - 1 - log_var).sum() / 2
        return (wrong + apart) / x.shape[1]


def variational_loss(model: Variational, batch: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return the loss that `train` makes small, for batches of examples (m, n) and noise drawn anew for each."""
    x = batch[0].T  # (n, m)
    k = model.theta["bm"].shape[0]
    loss: torch.Tensor = model(x, torch.randn(k, x.shape[1], dtype=x.dtype, device=x.device))
    return loss
