"""The right answers: references where the contract is theirs, adapters where several make one task, and an RNN.

The references in `reference/recurrent/` compute the same states and gradients from one-hot columns, which a test holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.activations import sigmoid, softmax
from reference.language_models.bengio import bengio_backward, bengio_contexts, bengio_forward, bengio_loss
from reference.language_models.contextual_vectors import mix_layers, mix_layers_backward  # noqa: F401
from reference.language_models.n_gram import estimate_discount, kneser_ney_counts, kneser_ney_probability
from reference.language_models.perplexity import (
    bits_per_character,
    perplexity,
    sentence_probability,
    word_log_probabilities,
)
from reference.language_models.sampled_softmax import sampled_softmax  # noqa: F401
from reference.language_models.sampling import at_temperature, keep_nucleus, keep_top_k, reject
from reference.recurrent.lstm import lstm_forward

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Numbers = NDArray[np.integer[Any]]
    Parameters = dict[str, Array]
    NextWord = Callable[[Sequence[int]], Array]
    Followers = dict[tuple[str, ...], dict[str, int]]
    Step = Callable[[Numbers, Numbers, Parameters, float, float], tuple[float, Parameters]]


class Table:
    """A toy language model: a table of distributions, of which the words so far choose one.

    rows: one or more distributions over V words, an array (R, V)
    reads: whether the choice depends on which words there are, or only on how many
    """

    def __init__(self, rows: np.ndarray, reads: bool) -> None:
        self.rows = rows
        self.reads = reads

    def __call__(self, history: list[int]) -> np.ndarray:
        """Return the distribution (V,) of the word after those in history, a list of their numbers."""
        read = sum((place + 1) * (word + 1) for place, word in enumerate(history)) if self.reads else len(history)
        return self.rows[read % len(self.rows)].copy()


def text_scores(sentence: Sequence[int], next_word: NextWord, characters: int) -> tuple[Array, float, float, float]:
    """Judge how well a language model guesses a sentence.

    Arguments:
        sentence: a list of the numbers of T words, 1 or more (none at all raises a ValueError)
        next_word: the model, a function from the list of the numbers of the words so far to the distribution (V,) of
            the next one
        characters: how many characters the sentence has, 1 or more

    Returns the tuple (log_p, probability, perplexity, bits):
        log_p (T,): the natural logarithm of the probability of each word, given all words before it; -inf for a word
            that the model holds to be impossible
        probability: a number, that of the whole sentence
        perplexity: a number, exp of minus the mean of log_p; inf if a word was held to be impossible
        bits: a number, how many bits the model needs for each character; inf likewise
    """
    log_p = word_log_probabilities(sentence, next_word)
    return log_p, sentence_probability(log_p), perplexity(log_p), bits_per_character(log_p, characters)


def n_gram_model(sentences: Sequence[Sequence[str]], n: int) -> tuple[list[Followers], list[float]]:
    """Count what follows each context, as Kneser and Ney count, and estimate the discounts.

    Arguments:
        sentences: a list of one or more sentences, each a list of words, without marks; a sentence may be empty
        n: the length of the longest n-grams, 1 or more

    Returns the tuple (counts, discounts):
        counts: a list of n dicts, that of the empty context first, that of contexts of n - 1 words last. Each is a dict
            from a context, a tuple of words, to a dict from the next word to a count: of occurrences in the last, and
            of different words before in all others. Contexts begin with "<START>" where the sentence does, and "<EOS>"
            follows its last word
        discounts: a list of n numbers D = n1 / (n1 + 2 n2), where nk counts in that dict are k; 0.75 where none is 1
            or 2
    """
    counts = kneser_ney_counts(sentences, n)
    return counts, [estimate_discount(table) for table in counts]


def neural_loss(
    sentences: Sequence[Sequence[int]], n: int, end: int, parameters: Parameters
) -> tuple[float, tuple[Any, ...]]:
    """Guess each word of sentences from the n - 1 words before it, and measure how badly that went.

        x = the vectors of the n - 1 words, one below the other        p = softmax(b + W x + U tanh(d + H x))
        J = -mean of log p of the words that came

    Arguments:
        sentences: a list of sentences, each a list of the numbers of its words, without marks; a sentence may be empty
        n: how many words are looked at, that which is guessed included; 2 or more
        end: the number of <EOS>, which is guessed after each sentence, and stands n - 1 times before it
        parameters: a dict with C (V, n_c), H (h, (n-1) n_c), d (h, 1), U (V, h), b (V, 1), and perhaps
            W (V, (n-1) n_c); if there is no W, the term W x is left out

    Returns the tuple (J, cache):
        J: a number, the mean over all M words that are guessed, ends included
        cache: the tuple (words, targets, x, a, p, parameters), with words (n-1, M) the numbers of the words before,
            targets (M,) the numbers of those that came, x ((n-1) n_c, M), a = tanh(d + H x) (h, M), p (V, M)
    """
    words, targets = bengio_contexts(sentences, n, end)
    p, (_, x, a, _, _) = bengio_forward(words, parameters)
    return bengio_loss(p, targets), (words, targets, x, a, p, parameters)


def neural_backward(dJ: float, cache: tuple[Any, ...]) -> dict[str, Array]:
    """Compute the gradients of neural_loss, given that at its loss.

    Arguments:
        dJ: a number, the gradient at J; 1 if J itself is to become small
        cache: the tuple (words, targets, x, a, p, parameters) that neural_loss returned

    Returns a dict with dC (V, n_c), dH (h, (n-1) n_c), dd (h, 1), dU (V, h), db (V, 1), and dW (V, (n-1) n_c) if the
    parameters have W.
    """
    words, targets, x, a, p, parameters = cache
    found = bengio_backward(targets, (p, x, a, words, parameters))
    return {name: dJ * gradient for name, gradient in found.items()}


def reshaped(
    p: Array, temperature: float = 1.0, top_k: int | None = None, nucleus: float = 1.0, rejected: Sequence[int] = ()
) -> Array:
    """Reshape a distribution before a word is drawn from it.

    First the rejected words are ruled out, then the temperature is applied, then top_k, then the nucleus.

    Arguments:
        p (V,): a distribution, which may hold zeros
        temperature: T, larger than zero (anything else raises a ValueError); p becomes p^(1/T), divided by its sum
        top_k: how many of the most probable words to keep, 1 or more; of equally probable ones the first; None keeps
            all
        nucleus: a share, larger than 0 and at most 1; of the most probable words as few are kept as reach it together,
            the word that reaches it included; of equally probable ones the first
        rejected: the numbers of words that must not come; if nothing is left, a ValueError is raised

    Returns an array (V,): zeros for what was not kept, the rest divided by its sum.
    """
    q = at_temperature(reject(p, rejected), temperature)
    return keep_nucleus(keep_top_k(q, top_k or len(q)), nucleus)


def write(
    next_word: NextWord,
    generator: np.random.Generator,
    end: int,
    start: Sequence[int] = (),
    max_length: int = 100,
) -> list[int]:
    """Let a language model write: draw a word, append it, and ask again.

    Arguments:
        next_word: the model, a function from the list of the numbers of the words so far to the distribution (V,) of
            the next one
        generator: a np.random.Generator, from which all chance comes
        end: the number of <EOS>; when it is drawn the sentence is over, and it is not returned
        start: the numbers of words that the sentence begins with; they are returned and count in max_length
        max_length: the most words that are returned, those in start included, which are never more

    Returns a list of the numbers of words.
    """
    sentence = [*start]
    for _ in range(max_length - len(sentence)):
        p = next_word(sentence)  # (V,)
        word = int(generator.choice(len(p), p=p))
        if word == end:
            break
        sentence.append(word)
    return sentence


def places_of(next_word: NextWord, end: int, start: Sequence[int] = (), max_length: int = 100) -> Array:
    """Return how probable each word is at each place of what `write` returns, (max_length, V), for its check."""
    certain = np.eye(len(next_word([])))[list(start)]  # (len(start), V)
    drawn = [next_word([end] * place) for place in range(len(start), max_length)]
    return np.concatenate([certain.reshape(len(start), -1), np.stack(drawn)])


def laid_out(names: Sequence[Sequence[int]]) -> tuple[Numbers, Numbers]:
    """Lay names, lists of the numbers of their letters, side by side in two tables of whole numbers (m, T).

    In X stands what is read at each place: 0, then the letters. In Y stands what is to be guessed there: the letters,
    then 0. Where a name is over, X holds 0, and Y holds -1, for there is nothing to guess.
    """
    T = max(len(name) for name in names) + 1
    X, Y = np.zeros((len(names), T), dtype=np.int64), np.full((len(names), T), -1)
    for row, name in enumerate(names):
        X[row, 1 : len(name) + 1] = name
        Y[row, : len(name) + 1] = [*name, 0]
    return X, Y


def states_forward(X: Numbers, parameters: Parameters) -> Array:
    """Read names, and return the states a (n, m, T) after each place: a<t> = tanh(Wax[:, X[:, t]] + Waa a<t-1> + ba).

    X (m, T) are the numbers of the letters; parameters are a dict with Wax (n, V), Waa (n, n), ba (n, 1) and others.
    The state before a<0> is all zeros.
    """
    a = np.zeros((len(parameters["ba"]), *X.shape))
    before = np.zeros(a.shape[:2])  # (n, m)
    for t in range(X.shape[1]):
        before = np.tanh(parameters["Wax"][:, X[:, t]] + parameters["Waa"] @ before + parameters["ba"])
        a[:, :, t] = before
    return a


def states_backward(da: Array, a: Array, X: Numbers, parameters: Parameters) -> Parameters:
    """Return a dict with the gradients dWax (n, V), dWaa (n, n), dba (n, 1) of what states_forward(X, parameters) did.

    da (n, m, T) is the gradient that enters at each state from outside; a (n, m, T) are the states.
    """
    dz, later = np.zeros(a.shape), np.zeros(a.shape[:2])  # at the arguments of tanh; what the next step sends back
    for t in reversed(range(X.shape[1])):
        dz[:, :, t] = (da[:, :, t] + later) * (1 - a[:, :, t] ** 2)
        later = parameters["Waa"].T @ dz[:, :, t]
    dWax = np.zeros(parameters["Wax"].shape)
    np.add.at(dWax.T, X, np.moveaxis(dz, 0, 2))
    flat, before = dz[:, :, 1:].reshape(len(dz), -1), a[:, :, :-1].reshape(len(a), -1)
    return {"dWax": dWax, "dWaa": flat @ before.T, "dba": dz.sum(axis=(1, 2))[:, None]}


def optimise(
    X: Numbers, Y: Numbers, parameters: Parameters, rate: float = 4.0, limit: float = 0.5
) -> tuple[float, Parameters]:
    """Take one step of learning: guess the letters, find the gradients, clip them, and go downhill.

        p<t> = softmax(Wya a<t> + by)        J = -mean of log p<t> of the letter that came, over all that are guessed

    Arguments:
        X (m, T): the numbers of the letters that are read, as laid_out has them
        Y (m, T): the numbers of the letters that are to be guessed; -1 where there is nothing to guess
        parameters: a dict with Wax (n, V), Waa (n, n), ba (n, 1), Wya (V, n), by (V, 1); it must stay as it is
        rate: the learning rate
        limit: larger than zero; if the root of the sum of the squares of all entries of all gradients is larger, all
            are multiplied by one factor so that it is the limit

    Returns the tuple (J, parameters):
        J: a number, the loss before the step
        parameters: a dict of the parameters after the step, with the same names
    """
    a = states_forward(X, parameters)  # (n, m, T)
    rows, places = np.nonzero(Y >= 0)  # N of them
    targets, N = Y[rows, places], len(rows)
    seen = a[:, rows, places]  # (n, N)
    p = softmax(parameters["Wya"] @ seen + parameters["by"])  # (V, N)
    J = -np.log(p[targets, np.arange(N)]).mean()
    dz = (p - np.eye(len(p))[:, targets]) / N  # (V, N), at the scores
    da = np.zeros(a.shape)
    da[:, rows, places] = parameters["Wya"].T @ dz
    gradients = states_backward(da, a, X, parameters)
    gradients |= {"dWya": dz @ seen.T, "dby": dz.sum(axis=1, keepdims=True)}
    norm = np.sqrt(sum((gradient**2).sum() for gradient in gradients.values()))
    scale = limit / norm if norm > limit else 1.0
    return float(J), {name: theta - rate * scale * gradients[f"d{name}"] for name, theta in parameters.items()}


def train(
    start: Parameters,
    X: Numbers,
    Y: Numbers,
    epochs: int,
    seed: int,
    rate: float = 4.0,
    limit: float = 0.5,
    batch: int = 50,
    *,
    step: Step = optimise,
) -> tuple[Parameters, list[float]]:
    """Train the recurrent network of letters, and watch how its loss falls.

    Arguments:
        start: the dict of its parameters before the training; they must stay as they are
        X, Y (m, T): what is read and what is to be guessed, as laid_out has them
        epochs: how often to go through the names, 1 or more
        seed: an integer; all chance comes from np.random.default_rng(seed)
        rate: the learning rate of the first epoch; epoch e, counted from 0, has rate * (1 - e / epochs)
        limit: that of the clipping
        batch: how many names make a batch; the last one of an epoch may be smaller

    Returns the tuple (parameters, losses):
        parameters: the dict of the parameters after the training, arrays with the names and shapes of `start`
        losses: epochs + 1 numbers, the loss J of all names together, before the training and after each epoch

    Parts: `step` is optimise.
    """
    generator = np.random.default_rng(seed)
    parameters, losses = start, [step(X, Y, start, 0.0, limit)[0]]
    for epoch in range(epochs):
        order = generator.permutation(len(X))
        for first in range(0, len(X), batch):
            chosen = order[first : first + batch]
            _, parameters = step(X[chosen], Y[chosen], parameters, rate * (1 - epoch / epochs), limit)
        losses.append(step(X, Y, parameters, 0.0, limit)[0])
    return parameters, losses


def loss_after(parameters: Parameters, inputs: Mapping[str, Any]) -> float:
    """Return the loss of parameters on the names that they were trained on."""
    return optimise(inputs["X"], inputs["Y"], parameters, 0.0, 1.0)[0]


def untrained(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> Parameters:  # noqa: ARG001  (as every baseline)
    """Answer as the parameters do before the training."""
    return dict(inputs["start"])


def three_letters(inputs: Mapping[str, Any], held_out: Mapping[str, Any]) -> Array:
    """Answer with the trigrams of Kneser and Ney, counted in the same names: a log-probability for each letter."""
    names = [[str(letter) for letter in row[row > 0]] for row in np.asarray(inputs["Y"])]
    counts, discounts = n_gram_model(names, 3)
    V, found = len(inputs["start"]["by"]), []
    for row in np.asarray(held_out["Y"]):
        marked = ["<START>", "<START>", *(str(letter) for letter in row[row > 0]), "<EOS>"]
        found += [kneser_ney_probability(marked[t], marked[:t], counts, discounts, V) for t in range(2, len(marked))]
    return np.log(found)


def lstm_step(x: Array, a: Array, c: Array, parameters: Parameters) -> tuple[Array, Array]:
    """Take one step of an LSTM, and return the state and the memory after it, each (n_a, m).

    x (n_c, m) is what is read, a and c (n_a, m) are state and memory before; parameters are a dict with Wf, Wi, Wc, Wo
    (n_a, n_a + n_c), bf, bi, bc, bo (n_a, 1) and others.
    """
    both = np.concatenate([a, x])  # (n_a + n_c, m)
    forget, take, show = (sigmoid(parameters[f"W{gate}"] @ both + parameters[f"b{gate}"]) for gate in "fio")
    c = forget * c + take * np.tanh(parameters["Wc"] @ both + parameters["bc"])
    return show * np.tanh(c), c


def lstm_log_probabilities(sentence: Sequence[int], end: int, parameters: Parameters) -> Array:
    """Read a sentence with an LSTM, and return how probable it held each word, and the end.

        a<t>, c<t> = lstm_step(C[the word before], a<t-1>, c<t-1>)        p<t> = softmax(Wy a<t> + by)

    Arguments:
        sentence: a list of the numbers of T words, without marks; it may be empty
        end: the number of <EOS>, which is read before the first word, and guessed after the last one
        parameters: a dict with C (V, n_c), Wf, Wi, Wc, Wo (n_a, n_a + n_c), bf, bi, bc, bo (n_a, 1), Wy (V, n_a),
            by (V, 1)

    Returns log_p (T + 1,): the natural logarithms of p<t> of each word and of the end. State and memory begin with
    zeros.
    """
    read, guessed = [end, *sentence], [*sentence, end]
    x = parameters["C"][read].T[:, None]  # (n_c, 1, T + 1)
    _, y, _, _ = lstm_forward(x, np.zeros((len(parameters["bf"]), 1)), parameters)  # (V, 1, T + 1)
    log_p: Array = np.log(y[guessed, 0, np.arange(len(guessed))])
    return log_p
