"""The right answers: references where the contract is theirs, else the functions as a student may write them.

Parameters of the translator are in one flat dict here, since Adam and students go through them by name; the references
in `reference/attention/` nest them. Where both speak of the same network they agree, which a test holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.activations import softmax
from reference.attention.beam_search import beam_search, greedy_search  # noqa: F401
from reference.attention.bleu import corpus_bleu  # noqa: F401
from reference.attention.context import attention_backward, attention_forward, last_state_backward, last_state_forward
from reference.attention.encoder_decoder import translation_gradients, translation_loss
from reference.attention.multi_head import causal_mask, join_heads, split_heads
from reference.attention.positional_encoding import positional_encoding
from reference.attention.scorers import (
    additive_score_backward,
    additive_score_forward,
    dot_score_backward,
    dot_score_forward,
    general_score_backward,
    general_score_forward,
)
from reference.attention.transformer import layer_norm_forward, transformer_backward, transformer_forward
from reference.attention.weights import attention_weights
from reference.networks.optimisers import adam_step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Numbers = NDArray[np.integer[Any]]
    Mask = NDArray[np.bool_]
    Parameters = dict[str, Array]


class Chart:
    """Something that predicts the next word: a table in the place of a network, to try a search on.

    log_p (S, V, V): log_p[state, word] are the logarithms of the probabilities of the V words that may follow `word`
    moves (S, V), integers: moves[state, word] is the state after `word` was read
    """

    def __init__(self, log_p: object, moves: object) -> None:
        """Keep both tables."""
        self.log_p = np.asarray(log_p)
        self.moves = np.asarray(moves)

    def __call__(self, state: int, word: int) -> tuple[object, int]:
        """Return (log_p, state): the logarithms (V,) for what follows `word`, and the state to go on from."""
        return self.log_p[state, word], int(self.moves[state, word])


# ------------------------------------------------------------------------------------------------------- the look back


def scorer(kind: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return how places are scored, and the gradient of that."""
    return {
        "additive": (additive_score_forward, additive_score_backward),
        "dot": (dot_score_forward, dot_score_backward),
        "general": (general_score_forward, general_score_backward),
    }[kind]


def look_back(
    s: Array,
    h: Array,
    parameters: Parameters,
    mask: Mask | None = None,
    kind: str = "additive",
    *,
    weigh: Callable[[Array, Mask | None], Array] = attention_weights,
) -> tuple[Array, Array]:
    """Look back at the encoder states from one state of the decoder.

        alpha = attention_weights(e, mask)        c = sum over j of alpha_j h_j

    Arguments:
        s (n_s, m): the state of the decoder, one column for each of the m examples
        h (n_h, m, T): the encoder states, h[:, :, j] being that of place j
        parameters: a dict, in which there may be others: for "additive" Wa (n_a, n_s), Ua (n_a, n_h), va (n_a, 1); for
            "general" Wa (n_s, n_h); "dot" needs none
        mask (m, T): True where there is a word, False where there is padding; None if there is no padding
        kind: how a place is scored: "additive", "dot" or "general"

    Returns the tuple (c, alpha):
        c (n_h, m): the context
        alpha (m, T): the weights

    Parts: weigh is attention_weights.
    """
    score, _ = scorer(kind)
    c, alpha, _ = attention_forward(s, h, parameters, mask, scorer=score, weigh=weigh)
    return c, alpha


def look_back_gradients(
    dc: Array,
    s: Array,
    h: Array,
    parameters: Parameters,
    mask: Mask | None = None,
    kind: str = "additive",
    *,
    weigh: Callable[[Array, Mask | None], Array] = attention_weights,
) -> dict[str, Array]:
    """Compute the gradients of look_back, given that at the context.

    Arguments:
        dc (n_h, m): the gradient at the context
        s, h, parameters, mask, kind: as look_back got them

    Returns a dict with ds (n_s, m), dh (n_h, m, T), and the gradients of the parameters of that kind: dWa (n_a, n_s),
    dUa (n_a, n_h), dva (n_a, 1) for "additive", dWa (n_s, n_h) for "general", nothing more for "dot". Gradients of
    parameters are sums over the places and the examples.

    Parts: weigh is attention_weights.
    """
    score, score_backward = scorer(kind)
    _, _, cache = attention_forward(s, h, parameters, mask, scorer=score, weigh=weigh)
    return attention_backward(dc, cache, scorer_backward=score_backward)


# ------------------------------------------------------------------------------------------------------ the translator


def states_read(source: Numbers, parameters: Parameters) -> Array:
    """Return the encoder's states (n, m, T_x + 1): zeros, then the state after each word."""
    state = np.zeros((len(parameters["bx"]), len(source)))
    states = [state]
    for t in range(source.shape[1]):
        x = parameters["Ex"][:, source[:, t]]  # (n_e, m)
        state = np.tanh(parameters["Wx"] @ np.concatenate([state, x]) + parameters["bx"])  # (n, m)
        states.append(state)
    return np.stack(states, axis=2)


def last_states(h: Array, source: Numbers) -> Array:
    """Return the encoder's state after the last word of each source, (n, m), of states h (n, m, T_x)."""
    return h[:, np.arange(len(source)), (source != 0).sum(axis=1) - 1]


def words_told(target: Numbers, start: int) -> Numbers:
    """Return what the decoder reads at each step, (m, T_y): the start, then all words of the target but the last."""
    return np.concatenate([np.full((len(target), 1), start), target[:, :-1]], axis=1)


def dictation_loss(
    source: Numbers,
    target: Numbers,
    parameters: Parameters,
    start: int,
    *,
    look: Callable[..., tuple[Array, Array]] = look_back,
) -> float:
    """Read the sources, write the targets while the right words are dictated, and sum up how surprising they are.

        h_t = tanh(Wx [h_{t-1}; Ex x_t] + bx)                  from zeros
        s_t = tanh(Ws [s_{t-1}; Ey y_{t-1}; c_t] + bs)         from the h of the last word; y_0 is the start
        p_t = softmax(Wy s_t + by)                             c_t is the look back, "additive", from s_{t-1} over h

    Arguments:
        source (m, T_x): the numbers of the words to read, filled up with 0 behind; no source is empty
        target (m, T_y): the numbers of the words to write, filled up with 0 behind
        parameters: a dict with Ex (n_e, V_x), Wx (n, n + n_e), bx (n, 1) of the encoder; Ey (n_e, V_y), Wa (n_a, n),
            Ua (n_a, n), va (n_a, 1), Ws (n, n + n_e + n), bs (n, 1), Wy (V_y, n), by (V_y, 1) of the decoder
        start: the number of the word that the decoder is told before the first

    Returns J, a number: - log p_t[y_t], summed over all words of all targets; padding does not count.

    Parts: look is look_back.
    """
    h = states_read(source, parameters)[:, :, 1:]  # (n, m, T_x)
    s, J = last_states(h, source), 0.0  # (n, m)
    told = words_told(target, start)  # (m, T_y)
    for t in range(target.shape[1]):
        c, _ = look(s, h, parameters, source != 0)  # (n, m)
        y = parameters["Ey"][:, told[:, t]]  # (n_e, m)
        s = np.tanh(parameters["Ws"] @ np.concatenate([s, y, c]) + parameters["bs"])  # (n, m)
        z = parameters["Wy"] @ s + parameters["by"]  # (V_y, m)
        log_p = z - np.logaddexp.reduce(z, axis=0)  # (V_y, m)
        right = log_p[target[:, t], np.arange(len(target))]  # (m,)
        J -= right[target[:, t] != 0].sum()
    return float(J)


def dictation_gradients(
    source: Numbers,
    target: Numbers,
    parameters: Parameters,
    start: int,
    *,
    look: Callable[..., tuple[Array, Array]] = look_back,
    look_gradients: Callable[..., dict[str, Array]] = look_back_gradients,
) -> dict[str, Array]:
    """Compute the gradients of dictation_loss.

    Arguments:
        source, target, parameters, start: as dictation_loss got them

    Returns a dict with the gradient of J at each of the parameters, of its shape and under its name with a leading d:
    dEx, dWx, dbx, dEy, dWa, dUa, dva, dWs, dbs, dWy, dby.

    Parts: look and look_gradients are look_back and look_back_gradients.
    """
    p, mask, told = parameters, source != 0, words_told(target, start)
    states = states_read(source, p)  # (n, m, T_x + 1)
    h, n, n_e = states[:, :, 1:], len(p["bx"]), len(p["Ex"])
    s, written = [last_states(h, source)], []
    for t in range(target.shape[1]):
        c, _ = look(s[t], h, p, mask)  # (n, m)
        written.append(np.concatenate([s[t], p["Ey"][:, told[:, t]], c]))  # (n + n_e + n, m)
        s.append(np.tanh(p["Ws"] @ written[t] + p["bs"]))  # (n, m)

    d = {f"d{name}": np.zeros(array.shape) for name, array in p.items()}
    dh, ds = np.zeros(h.shape), np.zeros(s[0].shape)
    for t in reversed(range(target.shape[1])):
        dz = softmax(p["Wy"] @ s[t + 1] + p["by"])  # (V_y, m)
        dz[target[:, t], np.arange(len(target))] -= 1
        dz[:, target[:, t] == 0] = 0
        d["dWy"] += dz @ s[t + 1].T
        d["dby"] += dz.sum(axis=1, keepdims=True)
        da = (p["Wy"].T @ dz + ds) * (1 - s[t + 1] ** 2)  # (n, m), at the argument of tanh
        d["dWs"] += da @ written[t].T
        d["dbs"] += da.sum(axis=1, keepdims=True)
        dread = p["Ws"].T @ da  # (n + n_e + n, m)
        np.add.at(d["dEy"].T, told[:, t], dread[n : n + n_e].T)
        look_d = look_gradients(dread[n + n_e :], s[t], h, p, mask)
        dh += look_d["dh"]
        ds = dread[:n] + look_d["ds"]
        for name in ("dWa", "dUa", "dva"):
            d[name] += look_d[name]
    dh[:, np.arange(len(source)), mask.sum(axis=1) - 1] += ds

    dnext = np.zeros(ds.shape)  # (n, m), by way of the later steps
    for t in reversed(range(source.shape[1])):
        da = (dh[:, :, t] + dnext) * (1 - h[:, :, t] ** 2)  # (n, m)
        d["dWx"] += da @ np.concatenate([states[:, :, t], p["Ex"][:, source[:, t]]]).T
        d["dbx"] += da.sum(axis=1, keepdims=True)
        dread = p["Wx"].T @ da  # (n + n_e, m)
        np.add.at(d["dEx"].T, source[:, t], dread[n:].T)
        dnext = dread[:n]
    return d


def translate(
    parameters: Parameters,
    source: Numbers,
    start: int,
    end: int,
    longest: int,
    *,
    look: Callable[..., tuple[Array, Array]] = look_back,
) -> tuple[list[list[int]], list[Array]]:
    """Write translations, where nobody dictates: at each step the most probable word, which is then told to the next.

    Arguments:
        parameters: those of dictation_loss
        source (m, T_x): the numbers of the words to read, filled up with 0 behind; no source is empty
        start, end: the numbers of the words that begin and end a translation
        longest: how many words there may be at most, the end counted

    Returns the tuple (words, weights), two lists with an entry for each source:
        words: the list of the numbers of its words, without start and end
        weights: an array (steps, T_x), the weights of each look back, that before the end included

    Parts: look is look_back.
    """
    words, weights = [], []
    for numbers in source:
        h = states_read(numbers[np.newaxis], parameters)[:, :, 1:]  # (n, 1, T_x)
        seen: list[Array] = []

        def next_words(s, word, h=h, mask=numbers != 0, seen=seen):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
            c, alpha = look(s, h, parameters, mask[np.newaxis])
            seen.append(alpha[0])
            read = np.concatenate([s, parameters["Ey"][:, [word]], c])  # (n + n_e + n, 1)
            s = np.tanh(parameters["Ws"] @ read + parameters["bs"])
            return (parameters["Wy"] @ s + parameters["by"])[:, 0], s

        words.append(greedy_search(last_states(h, numbers[np.newaxis]), next_words, start, end, longest))
        weights.append(np.stack(seen))
    return words, weights


# -------------------------------------------------------------------------------------------------------- the training


def train(
    parameters: Parameters,
    source: Numbers,
    target: Numbers,
    start: int,
    epochs: int,
    seed: int,
    rate: float = 0.02,
    batch: int = 64,
    *,
    loss: Callable[..., float] = dictation_loss,
    gradients: Callable[..., dict[str, Array]] = dictation_gradients,
) -> tuple[Parameters, list[float]]:
    """Train a translator with Adam.

    Arguments:
        parameters: those of dictation_loss before the training; they must stay as they are
        source (N, T_x), target (N, T_y): the pairs to learn from, filled up with 0 behind
        start: the number of the word that the decoder is told before the first
        epochs: how often to go through the pairs
        seed: an integer; all chance comes from np.random.default_rng(seed)
        rate: the learning rate of the first step; step k of K, counted from 0, has rate * (1 - k / K)
        batch: how many pairs make a batch; the last one of an epoch may be smaller

    Returns the tuple (parameters, losses):
        parameters: the dict of the parameters after the training, arrays with the names and shapes of those before
        losses: K numbers, for each step the loss of its batch before the step, as a mean over the words of its targets

    Parts: loss and gradients are dictation_loss and dictation_gradients.
    """
    generator = np.random.default_rng(seed)
    v = s = {name: np.zeros(array.shape) for name, array in parameters.items()}
    losses: list[float] = []
    steps = epochs * -(-len(source) // batch)
    for _ in range(epochs):
        order = generator.permutation(len(source))
        for first in range(0, len(source), batch):
            chosen = order[first : first + batch]
            batch_of = source[chosen], target[chosen], parameters, start
            count = (target[chosen] != 0).sum()
            losses.append(loss(*batch_of) / count)
            mean = {name: gradient / count for name, gradient in gradients(*batch_of).items()}
            slower = rate * (1 - (len(losses) - 1) / steps)
            parameters, v, s = adam_step(parameters, mean, v, s, len(losses), slower)
    return parameters, losses


def cell(xt: Array, s: Array, parameters: Mapping[str, Array]) -> tuple[Array, Array, Any]:
    """Take a step of a simple recurrent network, for the references: the next state, and the prediction."""
    read = np.concatenate([s, xt])
    s_next = np.tanh(parameters["W"] @ read + parameters["b"])  # (n, m)
    return s_next, softmax(parameters["Wy"] @ s_next + parameters["by"]), (s_next, read, parameters)


def cell_backward(ds_next: Array, cache: Any) -> dict[str, Array]:
    """Compute the gradients of a step, given that at the next state."""
    s_next, read, parameters = cache
    da = ds_next * (1 - s_next**2)  # (n, m)
    dread, n = parameters["W"].T @ da, len(s_next)
    return {"dxt": dread[n:], "da_prev": dread[:n], "dW": da @ read.T, "db": da.sum(axis=1, keepdims=True)}


def passed_without(source: Numbers, target: Numbers, parameters: Parameters, start: int) -> tuple[float, Any]:
    """Return loss and cache of the translator whose context is the last state, by the references."""
    nested: Any = {
        "encoder": {"E": parameters["Ex"], "W": parameters["Wx"], "b": parameters["bx"]},
        "decoder": {"E": parameters["Ey"], "W": parameters["Ws"], "b": parameters["bs"]},
    }
    nested["decoder"] |= {"Wy": parameters["Wy"], "by": parameters["by"]}
    masks = source != 0, target != 0
    J, _, cache = translation_loss(source, target, nested, start, *masks, attend=last_state_forward, cell=cell)
    return J, cache


def loss_without(*batch: Any) -> float:
    """Return dictation_loss, but of the translator without attention."""
    return passed_without(*batch)[0]


def gradients_without(source: Numbers, target: Numbers, parameters: Parameters, start: int) -> dict[str, Array]:
    """Return its gradients, which are zero for the parameters of the scores."""
    _, cache = passed_without(source, target, parameters, start)
    found = translation_gradients(cache, attend_backward=last_state_backward, cell_backward=cell_backward)
    read, wrote = found["encoder"], found["decoder"]
    d = {f"d{name}": np.zeros(array.shape) for name, array in parameters.items()}
    d |= {"dEx": read["dE"], "dWx": read["dW"], "dbx": read["db"], "dEy": wrote["dE"]}
    return d | {"dWs": wrote["dW"], "dbs": wrote["db"], "dWy": wrote["dWy"], "dby": wrote["dby"]}


def untrained(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> tuple[list[list[int]], list[Array]]:
    """Answer as the parameters do before the training."""
    return translate(inputs["parameters"], **held_out)


def last_state(s: Array, h: Array, parameters: Parameters, mask: Mask) -> tuple[Array, Array]:
    """Look at nothing but the last state."""
    c, alpha, _ = last_state_forward(s, h, parameters, mask)
    return c, alpha


def without_attention(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> tuple[list[list[int]], list[Array]]:
    """Answer as a translator does that was trained as long, and sees nothing but the last state of the encoder."""
    parameters, _ = train(**inputs, loss=loss_without, gradients=gradients_without)
    return translate(parameters, **held_out, look=last_state)


# ----------------------------------------------------------------------------------------------------- the transformer


def multi_head(
    Q: Array,
    K: Array,
    V: Array,
    parameters: Parameters,
    heads: int,
    mask: Mask | None = None,
    *,
    weigh: Callable[[Array, Mask | None], Array] = attention_weights,
) -> tuple[Array, Array]:
    """Attend with several heads side by side, each with projections of its own.

        head_i = softmax(Q_i K_i^T / sqrt(d / heads)) V_i    with Q_i, K_i, V_i the i-th share of the columns of
                                                              Q WQ + bQ, K WK + bK, V WV + bV
        O = [head_1, ..., head_h] WO + bO

    Arguments:
        Q (m, T_q, d): what asks, a row for each place of each of the m examples
        K (m, T_k, d): what is looked at to find
        V (m, T_k, d): what is read
        parameters: a dict, in which there may be others, with WQ, WK, WV, WO (d, d), bQ, bK, bV, bO (d,)
        heads: how many heads there are; it divides d
        mask (T_q, T_k), or of a shape that broadcasts to (m, heads, T_q, T_k): True where a place may look; None
            allows all

    Returns the tuple (O, alpha):
        O (m, T_q, d): what was read
        alpha (m, heads, T_q, T_k): the weights of each head

    Parts: weigh is attention_weights.
    """
    q = split_heads(Q @ parameters["WQ"] + parameters["bQ"], heads)  # (m, heads, T_q, d / heads)
    k = split_heads(K @ parameters["WK"] + parameters["bK"], heads)  # (m, heads, T_k, d / heads)
    v = split_heads(V @ parameters["WV"] + parameters["bV"], heads)
    e = q @ k.swapaxes(2, 3) / np.sqrt(q.shape[3])  # (m, heads, T_q, T_k)
    alpha = weigh(e, mask)
    joined = join_heads(alpha @ v)  # (m, T_q, d)
    return joined @ parameters["WO"] + parameters["bO"], alpha


def transformer_scores(
    words: Numbers,
    parameters: dict[str, Any],
    heads: int,
    *,
    attend: Callable[..., tuple[Array, Array]] = multi_head,
) -> Array:
    """Score, at every place, the words that may come next.

        x = sqrt(d) E[words] + PE
        x = x + MultiHead(LN(x), LN(x), LN(x)), looking at no later place; LN with g1, s1     in each block
        x = x + relu(LN(x) W1 + b1) W2 + b2; LN with g2, s2                                   in each block
        z = LN(x) E^T; LN with g, s

    Arguments:
        words (m, T): the numbers of the words
        parameters: a dict with E (V, d), g (d,), s (d,), and blocks, a list with a dict for each block: WQ, WK, WV, WO
            (d, d), bQ, bK, bV, bO (d,), W1 (d, d_ff), b1 (d_ff,), W2 (d_ff, d), b2 (d,), g1, s1, g2, s2 (d,)
        heads: how many heads there are in each block; it divides d

    Returns z (m, T, V): the scores of what follows each place; their softmax is the prediction.

    Parts: attend is multi_head.
    """
    E, T = parameters["E"], words.shape[1]
    x = np.sqrt(E.shape[1]) * E[words] + positional_encoding(T, E.shape[1])  # (m, T, d)
    for block in parameters["blocks"]:
        n, _ = layer_norm_forward(x, block["g1"], block["s1"])  # (m, T, d)
        x = x + attend(n, n, n, block, heads, causal_mask(T))[0]
        n, _ = layer_norm_forward(x, block["g2"], block["s2"])
        x = x + np.maximum(n @ block["W1"] + block["b1"], 0) @ block["W2"] + block["b2"]
    n, _ = layer_norm_forward(x, parameters["g"], parameters["s"])
    return n @ E.T  # (m, T, V)


def next_word_gradients(words: Numbers, parameters: dict[str, Any], heads: int) -> tuple[float, dict[str, Any]]:
    """Compute how badly a transformer predicts each word from those before it, and how that changes.

    Arguments:
        words (m, T + 1): the numbers of the words; the first T of a row are read, the last T are to be predicted
        parameters, heads: those of transformer_scores

    Returns the tuple (J, gradients):
        J: a number, the cross-entropy - log p[the right word], as a mean over the m T predictions
        gradients: a dict as `parameters`, with the same names: E, g, s, and blocks, a list of dicts; in the place of
            each array there is the gradient of J at it
    """
    read, right = words[:, :-1], words[:, 1:]  # (m, T)
    z, cache = transformer_forward(read, parameters, heads)  # type: ignore[arg-type]
    p = np.moveaxis(softmax(np.moveaxis(z, 2, 0)), 0, 2)  # (m, T, V)
    hit = np.eye(z.shape[2])[right]  # (m, T, V)
    J = -np.log((p * hit).sum(axis=2)).mean()
    found = transformer_backward((p - hit) / right.size, cache)
    blocks = [{name[1:]: gradient for name, gradient in block.items()} for block in found["blocks"]]
    return float(J), {"E": found["dE"], "g": found["dg"], "s": found["ds"], "blocks": blocks}
