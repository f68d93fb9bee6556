"""The simple recurrent network, the GRU and the LSTM once more, for training: torch modules on the same parameters.

The equations are those of rnn.py, gru.py and lstm.py. What differs is the order of the work: whatever does not wait for
the step before is done for all T_x steps at once, in one large product instead of many small ones. In the forward pass
that is the input's part, in the backward pass the gradients of the parameters and of the input.

    z<t> = W_x x<t> + b        for all t at once           dW = sum over t of dz<t> [a<t-1>; x<t>]^T   at once
    a<t> = f(z<t> + W_a a<t-1>)    step by step            da<t-1> = W_a^T dz<t> + ...                 step by step

Arrays have torch's order, in which each step lies in one piece: x (T_x, m, n_x), a (T_x, m, n_a), each example a row.
A state is a tuple: (a,), each (m, n_a), or (a, c) for an LSTM.

J. Appleyard, T. Kociský and P. Blunsom, "Optimizing performance of recurrent neural networks on GPUs" (2016).
Left out: derivatives of derivatives; predictions, which are left to what is put on top.
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

State: TypeAlias = tuple[Tensor, ...]


class Recurrence(torch.nn.Module):
    """What the three have in common: parameters with the names of the equations, and how they are drawn."""

    def __init__(self, n_x: int, n_a: int, shapes: dict[str, tuple[int, int]], dtype: torch.dtype | None) -> None:
        super().__init__()
        self.n_x, self.n_a = n_x, n_a
        bound = 1 / sqrt(n_a)
        for name, shape in shapes.items():
            drawn = torch.empty(shape, dtype=dtype).uniform_(-bound, bound)
            self.register_parameter(name, torch.nn.Parameter(drawn))

    def start(self, x: Tensor) -> State:
        """Return the state before the first step, all zeros."""
        return (x.new_zeros(x.shape[1], self.n_a),)

    def stacked(self, *names: str) -> Tensor:
        """Return parameters, one above the other."""
        return torch.cat([self.get_parameter(name) for name in names])


class Rnn(Recurrence):
    """a<t> = tanh(Wax x<t> + Waa a<t-1> + ba), with Wax (n_a, n_x), Waa (n_a, n_a), ba (n_a, 1)."""

    def __init__(self, n_x: int, n_a: int, *, dtype: torch.dtype | None = None) -> None:
        super().__init__(n_x, n_a, {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "ba": (n_a, 1)}, dtype)

    def forward(self, x: Tensor, start: State | None = None) -> tuple[Tensor, State]:
        """Read x (T_x, m, n_x), and return the hidden states (T_x, m, n_a) and the last state."""
        (a0,) = start or self.start(x)
        Wax, Waa, ba = (self.get_parameter(name) for name in ("Wax", "Waa", "ba"))
        z = torch.nn.functional.linear(x, Wax, ba[:, 0])  # (T_x, m, n_a)
        steps: Any = _RnnSteps
        a = steps.apply(z, a0, Waa)  # (T_x, m, n_a)
        return a, (a[-1],)


class _RnnSteps(Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, a0: Tensor, Waa: Tensor) -> Tensor:
        a = torch.empty_like(z)  # (T_x, m, n_a)
        a_prev, transposed = a0, Waa.T.contiguous()
        for z_t, a_t in zip(z, a, strict=True):
            torch.addmm(z_t, a_prev, transposed, out=a_t).tanh_()
            a_prev = a_t
        ctx.save_for_backward(a, a0, Waa)
        return a

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, da: Tensor) -> tuple[Tensor, ...]:
        a, a0, Waa = ctx.saved_tensors
        slope = 1 - a**2  # (T_x, m, n_a)
        dz = torch.empty_like(a)
        da_prev = torch.zeros_like(a0)
        for da_t, slope_t, dz_t in _backwards(da, slope, dz):
            torch.mul(da_t + da_prev, slope_t, out=dz_t)
            da_prev = dz_t @ Waa  # (m, n_a)
        return dz, da_prev, _outer(dz, _before(a, a0))


class Lstm(Recurrence):
    """The LSTM, with Wf, Wi, Wc, Wo (n_a, n_a + n_x) and bf, bi, bc, bo (n_a, 1); its state is (a, c)."""

    def __init__(self, n_x: int, n_a: int, *, dtype: torch.dtype | None = None) -> None:
        shapes = {f"W{gate}": (n_a, n_a + n_x) for gate in "fico"} | {f"b{gate}": (n_a, 1) for gate in "fico"}
        super().__init__(n_x, n_a, shapes, dtype)

    def start(self, x: Tensor) -> State:
        """Return hidden state and memory before the first step, all zeros."""
        return super().start(x) * 2

    def forward(self, x: Tensor, start: State | None = None) -> tuple[Tensor, State]:
        """Read x (T_x, m, n_x), and return the hidden states (T_x, m, n_a) and the last state (a, c)."""
        a0, c0 = start or self.start(x)
        W, b = self.stacked("Wf", "Wi", "Wc", "Wo"), self.stacked("bf", "bi", "bc", "bo")
        z = torch.nn.functional.linear(x, W[:, self.n_a :], b[:, 0])  # (T_x, m, 4 n_a)
        steps: Any = _LstmSteps
        a, c = steps.apply(z, a0, c0, W[:, : self.n_a])  # (T_x, m, n_a), (m, n_a)
        return a, (a[-1], c)


class _LstmSteps(Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, a0: Tensor, c0: Tensor, W_a: Tensor) -> tuple[Tensor, Tensor]:
        n_a = a0.shape[1]
        gates = torch.empty_like(z)  # (T_x, m, 4 n_a): f, i, cc, o
        a, c, shown = (z.new_empty(*z.shape[:2], n_a) for _ in range(3))  # (T_x, m, n_a)
        a_prev, c_prev, transposed = a0, c0, W_a.T.contiguous()
        for z_t, gates_t, a_t, c_t, shown_t in zip(z, gates, a, c, shown, strict=True):
            torch.addmm(z_t, a_prev, transposed, out=gates_t)
            f, i, cc, o = gates_t.split(n_a, dim=1)  # (m, n_a)
            gates_t[:, : 2 * n_a].sigmoid_()
            cc.tanh_()
            o.sigmoid_()
            torch.mul(f, c_prev, out=c_t).addcmul_(i, cc)
            torch.mul(o, torch.tanh(c_t, out=shown_t), out=a_t)
            a_prev, c_prev = a_t, c_t
        ctx.save_for_backward(gates, a, c, shown, a0, c0, W_a)
        return a, c_prev.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, da: Tensor, dc: Tensor) -> tuple[Tensor, ...]:
        gates, a, c, shown, a0, c0, W_a = ctx.saved_tensors
        f, i, cc, o = gates.split(a0.shape[1], dim=2)  # (T_x, m, n_a) each
        # How the arguments of f, i and cc move c, and that of o moves a; and how c moves a.
        by_c = torch.stack([_before(c, c0) * f * (1 - f), cc * i * (1 - i), i * (1 - cc**2)], dim=2)  # (T_x, m, 3, n_a)
        by_a, a_by_c = shown * o * (1 - o), o * (1 - shown**2)  # (T_x, m, n_a)
        dz = torch.empty_like(gates)
        da_prev = torch.zeros_like(a0)
        parts = (da, by_c, by_a, a_by_c, f, dz.view(*by_c.shape[:2], 4, -1), dz)
        for da_t, by_c_t, by_a_t, a_by_c_t, f_t, four, dz_t in zip(
            *map(reversed, map(torch.unbind, parts)), strict=True
        ):
            total = da_t + da_prev  # (m, n_a)
            dc = torch.addcmul(dc, total, a_by_c_t)
            torch.mul(by_c_t, dc[:, None], out=four[:, :3])
            torch.mul(by_a_t, total, out=four[:, 3])
            dc = dc * f_t
            da_prev = dz_t @ W_a  # (m, n_a)
        return dz, da_prev, dc, _outer(dz, _before(a, a0))


class Gru(Recurrence):
    """The GRU, with Wu, Wr, Wc (n_a, n_a + n_x) and bu, br, bc (n_a, 1).

    reset_after: apply the reset gate after the matrix product, as torch and cuDNN do; there is then bch (n_a, 1) too
    """

    def __init__(self, n_x: int, n_a: int, *, reset_after: bool = False, dtype: torch.dtype | None = None) -> None:
        shapes = {f"W{gate}": (n_a, n_a + n_x) for gate in "urc"} | {f"b{gate}": (n_a, 1) for gate in "urc"}
        super().__init__(n_x, n_a, shapes | ({"bch": (n_a, 1)} if reset_after else {}), dtype)
        self.reset_after = reset_after

    def forward(self, x: Tensor, start: State | None = None) -> tuple[Tensor, State]:
        """Read x (T_x, m, n_x), and return the hidden states (T_x, m, n_a) and the last state."""
        (a0,) = start or self.start(x)
        W, b = self.stacked("Wu", "Wr", "Wc"), self.stacked("bu", "br", "bc")
        z = torch.nn.functional.linear(x, W[:, self.n_a :], b[:, 0])  # (T_x, m, 3 n_a)
        W_a = W[:, : self.n_a]  # (3 n_a, n_a)
        steps: Any = _GruStepsResetAfter if self.reset_after else _GruSteps
        a = steps.apply(z, a0, W_a, *([self.get_parameter("bch")[:, 0]] if self.reset_after else []))  # (T_x, m, n_a)
        return a, (a[-1],)


class _GruSteps(Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, a0: Tensor, W_a: Tensor) -> Tensor:
        n_a = a0.shape[1]
        gates, a = torch.empty_like(z), z.new_empty(*z.shape[:2], n_a)  # (T_x, m, 3 n_a): u, r, cc; (T_x, m, n_a)
        a_prev, two, one = a0, W_a[: 2 * n_a].T.contiguous(), W_a[2 * n_a :].T.contiguous()
        for z_t, gates_t, a_t in zip(z, gates, a, strict=True):
            u, r, cc = gates_t.split(n_a, dim=1)  # (m, n_a)
            torch.addmm(z_t[:, : 2 * n_a], a_prev, two, out=gates_t[:, : 2 * n_a]).sigmoid_()
            torch.addmm(z_t[:, 2 * n_a :], r * a_prev, one, out=cc).tanh_()
            torch.lerp(a_prev, cc, u, out=a_t)
            a_prev = a_t
        ctx.save_for_backward(gates, a, a0, W_a)
        return a

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, da: Tensor) -> tuple[Tensor, ...]:
        gates, a, a0, W_a = ctx.saved_tensors
        n_a = a0.shape[1]
        u, r, cc = gates.split(n_a, dim=2)  # (T_x, m, n_a)
        a_prev = _before(a, a0)
        by_u, by_r, by_c = (cc - a_prev) * u * (1 - u), a_prev * r * (1 - r), u * (1 - cc**2)  # (T_x, m, n_a)
        dz = torch.empty_like(gates)
        back = torch.zeros_like(a0)
        for da_t, by_u_t, by_r_t, by_c_t, kept, r_t, dz_t in _backwards(da, by_u, by_r, by_c, 1 - u, r, dz):
            total = da_t + back  # (m, n_a)
            dgated = torch.mul(total, by_c_t, out=dz_t[:, 2 * n_a :]) @ W_a[2 * n_a :]  # (m, n_a), at r * a
            torch.mul(total, by_u_t, out=dz_t[:, :n_a])
            torch.mul(dgated, by_r_t, out=dz_t[:, n_a : 2 * n_a])
            back = torch.addmm(total * kept, dz_t[:, : 2 * n_a], W_a[: 2 * n_a]).addcmul_(dgated, r_t)
        of_gates = _outer(dz[..., : 2 * n_a], a_prev)  # (2 n_a, n_a)
        return dz, back, torch.cat([of_gates, _outer(dz[..., 2 * n_a :], r * a_prev)])


class _GruStepsResetAfter(Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, a0: Tensor, W_a: Tensor, bch: Tensor) -> Tensor:
        n_a = a0.shape[1]
        gates, a, seen = torch.empty_like(z), *(z.new_empty(*z.shape[:2], n_a) for _ in range(2))
        a_prev, transposed, bias = a0, W_a.T.contiguous(), torch.cat([bch.new_zeros(2 * n_a), bch])
        for z_t, gates_t, a_t, seen_t in zip(z, gates, a, seen, strict=True):
            product = torch.addmm(bias, a_prev, transposed)  # (m, 3 n_a)
            torch.add(z_t[:, : 2 * n_a], product[:, : 2 * n_a], out=gates_t[:, : 2 * n_a]).sigmoid_()
            u, r, cc = gates_t.split(n_a, dim=1)  # (m, n_a)
            seen_t.copy_(product[:, 2 * n_a :])
            torch.addcmul(z_t[:, 2 * n_a :], r, seen_t, out=cc).tanh_()
            torch.lerp(a_prev, cc, u, out=a_t)
            a_prev = a_t
        ctx.save_for_backward(gates, a, seen, a0, W_a)
        return a

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, da: Tensor) -> tuple[Tensor, ...]:
        gates, a, seen, a0, W_a = ctx.saved_tensors
        n_a = a0.shape[1]
        u, r, cc = gates.split(n_a, dim=2)  # (T_x, m, n_a)
        a_prev, by_c = _before(a, a0), u * (1 - cc**2)  # (T_x, m, n_a)
        # At the products with a: those of the gates are their arguments, that of the candidate is scaled by r.
        by = torch.stack([(cc - a_prev) * u * (1 - u), by_c * seen * r * (1 - r), by_c * r], dim=2)  # (T_x, m, 3, n_a)
        dproduct = torch.empty_like(gates)
        totals = torch.empty_like(a)
        back = torch.zeros_like(a0)
        parts = _backwards(da, by, 1 - u, totals, dproduct.view(by.shape), dproduct)
        for da_t, by_t, kept, total, three, d_t in parts:
            torch.add(da_t, back, out=total)
            torch.mul(by_t, total[:, None], out=three)
            back = torch.addmm(total * kept, d_t, W_a)  # (m, n_a)
        dz = torch.cat([dproduct[..., : 2 * n_a], totals * by_c], dim=2)  # (T_x, m, 3 n_a)
        return dz, back, _outer(dproduct, a_prev), dproduct[..., 2 * n_a :].sum(dim=(0, 1))


def _backwards(*parts: Tensor) -> Iterable[tuple[Tensor, ...]]:
    """Walk through the steps of tensors (T_x, ...) side by side, the last step first."""
    return zip(*(reversed(part.unbind()) for part in parts), strict=True)


def _before(states: Tensor, first: Tensor) -> Tensor:
    """Return what each step read: the states (T_x, m, n_a), one step earlier."""
    return torch.cat([first[None], states[:-1]])


def _outer(dz: Tensor, read: Tensor) -> Tensor:
    """Return the sum over steps and examples of the outer products of dz (T_x, m, r) and what was read (T_x, m, n)."""
    return dz.flatten(0, 1).T @ read.flatten(0, 1)


class Stack(torch.nn.Module):
    """Layers of any of the three, each reading the hidden states of the one below, with dropout between."""

    def __init__(self, layers: Sequence[Recurrence], dropout: float = 0.0) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(layers)
        self.dropout = torch.nn.Dropout(dropout)
        self.n_a = layers[-1].n_a

    def forward(self, x: Tensor, start: Sequence[State] | None = None) -> tuple[Tensor, list[State]]:
        """Read x (T_x, m, n_x), and return the highest hidden states (T_x, m, n_a) and each layer's last state."""
        last = []
        for place, layer in enumerate(self.layers):
            x, state = layer(self.dropout(x) if place else x, start[place] if start else None)
            last.append(state)
        return x, last


class Bidirectional(torch.nn.Module):
    """Two of the three side by side, one reading forwards and one backwards, each sequence from its own end."""

    def __init__(self, forwards: Recurrence, backwards: Recurrence) -> None:
        super().__init__()
        self.forwards, self.backwards = forwards, backwards
        self.n_a = forwards.n_a + backwards.n_a

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Read x (T_x, m, n_x), with lengths (m,), and return both halves' states (T_x, m, 2 n_a), forwards first.

        What is returned beyond the end of a sequence means nothing.
        """
        turned = turn(x, lengths)
        return torch.cat([self.forwards(x)[0], turn(self.backwards(turned)[0], lengths)], dim=2)


def turn(x: Tensor, lengths: Tensor) -> Tensor:
    """Turn each sequence of x (T_x, m, n) around within its own length, and leave what lies beyond where it is."""
    t = torch.arange(len(x), device=x.device)[:, None]  # (T_x, 1)
    places = torch.where(t < lengths, lengths - 1 - t, t)  # (T_x, m)
    return x.gather(0, places[:, :, None].expand_as(x))
