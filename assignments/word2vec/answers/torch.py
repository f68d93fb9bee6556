"""Torch with autograd for the gradients, index_add_ for training, small classes; written from the handout alone."""

import heapq

import numpy as np
import torch
import torch.nn.functional as F


def tensor(array):
    """Return a float64 tensor with a copy of an array's entries."""
    return torch.from_numpy(np.array(array, dtype=np.float64, order="C"))


def numbers(array):
    """Return an int64 tensor with a copy of the numbers of words."""
    return torch.from_numpy(np.array(array, dtype=np.int64, order="C"))


class Question:
    """A vector that predicts and the output vectors, as leaves whose gradients can be asked for."""

    def __init__(self, h, U):
        self.h = tensor(h).requires_grad_()
        self.U = tensor(U).requires_grad_()

    def softmax(self, target):
        scores = self.U @ self.h
        return torch.logsumexp(scores, dim=0) - scores[int(target)]

    def sampling(self, target, negatives):
        yes = self.U[int(target)] @ self.h
        no = self.U[numbers(negatives)] @ self.h
        return -F.logsigmoid(yes) - F.logsigmoid(-no).sum()

    def gradients(self, loss):
        dh, dU = torch.autograd.grad(loss, (self.h, self.U))
        return {"dh": dh.numpy(), "dU": dU.numpy()}


class Tree:
    """A node of Huffman's tree: a leaf with a word, or a fork with a rarer and a more frequent tree."""

    def __init__(self, word=None, rarer=None, other=None):
        self.word, self.rarer, self.other = word, rarer, other


class Blocks:
    """The tables that are the same for each block: which pairs there are, and what noise weighs."""

    size = 50

    def __init__(self, window, negatives):
        place = torch.arange(self.size)
        distance = (place[:, None] - place).abs()
        self.pairs = ((distance > 0) & (distance <= window)).double()
        self.weights = self.pairs.sum(dim=1, keepdim=True) * negatives / self.size

    def cut(self, tokens):
        """Cut a text into rows of one block each; what is left over is left out."""
        n = len(tokens) // self.size
        return numbers(tokens[:n * self.size]).reshape(n, self.size)

    def learn(self, W, U, block, drawn, step):
        """Take one step against the gradients of one block, in W and U themselves."""
        H, N, M = W[block], U[block], U[drawn]
        right = (torch.sigmoid(H @ N.T) - 1) * self.pairs
        wrong = torch.sigmoid(H @ M.T) * self.weights
        W.index_add_(0, block, right @ N + wrong @ M, alpha=-step)
        U.index_add_(0, block, right.T @ H, alpha=-step)
        U.index_add_(0, drawn, wrong.T @ H, alpha=-step)


def skip_gram_pairs(sentence, window):
    words = numbers(sentence)
    T = len(words)
    window = min(window, max(T - 1, 0))
    offsets = torch.cat([torch.arange(-window, 0), torch.arange(1, window + 1)])
    centres = torch.arange(T)[:, None].expand(T, len(offsets))
    contexts = centres + offsets
    inside = (contexts >= 0) & (contexts < T)
    return list(zip(words[centres[inside]].tolist(), words[contexts[inside]].tolist()))


def keep_probability(counts, t=0.001):
    counts = tensor(counts)
    if t == 0:
        return torch.ones_like(counts).numpy()
    seen = counts > 0
    f = torch.where(seen, counts, 1.0) / counts.sum().clamp(min=1e-300)
    keep = ((torch.sqrt(f / t) + 1) * t / f).clamp(max=1.0)
    return torch.where(seen, keep, 1.0).numpy()


def subsample(tokens, keep, generator):
    tokens = numbers(tokens)
    coins = torch.from_numpy(generator.random(len(tokens)))
    return tokens[coins < tensor(keep)[tokens]].numpy()


def softmax_loss(h, U, target):
    return Question(h, U).softmax(target).item()


def softmax_gradients(h, U, target):
    question = Question(h, U)
    return question.gradients(question.softmax(target))


def noise_distribution(counts, power=0.75):
    counts = tensor(counts)
    powers = torch.where(counts > 0, counts ** power, 0.0)
    return (powers / powers.sum()).numpy()


def draw_negatives(q, n, generator):
    q = tensor(q)
    possible = torch.nonzero(q > 0).flatten()
    ends = torch.cumsum(q[possible], dim=0)
    darts = torch.from_numpy(generator.random(n)) * ends[-1]
    pieces = torch.searchsorted(ends, darts, right=True).clamp(max=len(possible) - 1)
    return possible[pieces].numpy()


def negative_sampling_loss(h, U, target, negatives):
    return Question(h, U).sampling(target, negatives).item()


def negative_sampling_gradients(h, U, target, negatives):
    question = Question(h, U)
    return question.gradients(question.sampling(target, negatives))


def huffman_codes(counts):
    counts = np.asarray(counts).tolist()
    codes = [""] * len(counts)
    heap = [(count, word, Tree(word)) for word, count in enumerate(counts)]
    heapq.heapify(heap)
    # Words have the numbers up to V - 1, the trees that are joined those from V on.
    for number in range(len(counts), 2 * len(counts) - 1):
        rare, _, rarer = heapq.heappop(heap)
        frequent, _, other = heapq.heappop(heap)
        heapq.heappush(heap, (rare + frequent, number, Tree(None, rarer, other)))
    ways = [("", tree) for _, _, tree in heap]
    while ways:
        code, tree = ways.pop()
        if tree.word is None:
            ways += [(code + "0", tree.rarer), (code + "1", tree.other)]
        else:
            codes[tree.word] = code
    return codes


def cbow_loss_and_gradients(W, U, context, target, negatives):
    W = tensor(W).requires_grad_()
    mean = W[numbers(context)].mean(dim=0)
    h = mean.detach().numpy()
    loss = negative_sampling_loss(h, U, target, negatives)
    gradients = negative_sampling_gradients(h, U, target, negatives)
    # The mean is the last step that autograd has not seen: it hands dh back to the rows.
    mean.backward(tensor(gradients["dh"]))
    return loss, W.grad.numpy(), gradients["dU"]


def train(start, text, keep, q, exam, epochs, seed, window=5, negatives=5, rate=0.04):
    generator = np.random.default_rng(seed)
    blocks = Blocks(window, negatives)
    W, U = tensor(start["W"]), tensor(start["U"])
    vectors = {"W": W.numpy(), "U": U.numpy()}  # these share their memory with the tensors
    losses = [exam_loss(vectors, exam)]
    for epoch in range(epochs):
        rows = blocks.cut(subsample(text, keep, generator))
        rows = rows[torch.from_numpy(generator.permutation(len(rows)))]
        noise = numbers(draw_negatives(q, rows.numel(), generator)).reshape(rows.shape)
        for n, (block, drawn) in enumerate(zip(rows, noise)):
            step = rate * (1 - (epoch + n / len(rows)) / epochs)
            blocks.learn(W, U, block, drawn, step)
        losses.append(exam_loss(vectors, exam))
    return vectors, losses
