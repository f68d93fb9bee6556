"""torch inside, with autograd for the way back, and arrays at the door."""

import numpy as np
import torch
from torch.nn.functional import cross_entropy, logsigmoid


def tensors(*arrays):
    return [torch.tensor(np.asarray(array), dtype=torch.float64, requires_grad=True) for array in arrays]


def skip_gram_pairs(sentence, window):
    T = len(sentence)
    far = torch.arange(T)[None] - torch.arange(T)[:, None]
    return [(sentence[i], sentence[j]) for i, j in ((far != 0) & (far.abs() <= window)).nonzero().tolist()]


def keep_probability(counts, t=1e-3):
    f = torch.tensor(counts, dtype=torch.float64) / counts.sum()
    if t == 0:
        return torch.ones_like(f)
    keep = ((f / t).sqrt() + 1) * t / f
    return torch.where(f > 0, keep.clamp(max=1), 1.0)


def subsample(tokens, keep, generator):
    tossed = torch.from_numpy(generator.random(len(tokens)))
    tokens = torch.from_numpy(np.array(tokens))
    return tokens[tossed < torch.from_numpy(np.array(keep))[tokens]].numpy()


def softmax_of(h, U, target):
    return cross_entropy((U @ h)[None], torch.tensor([target]))


def softmax_loss(h, U, target):
    return softmax_of(*tensors(h, U), target).item()


def softmax_gradients(h, U, target):
    h, U = tensors(h, U)
    softmax_of(h, U, target).backward()
    return {"dh": h.grad.numpy(), "dU": U.grad.numpy()}


def noise_distribution(counts, power=0.75):
    weights = torch.tensor(counts, dtype=torch.float64).pow(power) * torch.tensor(counts > 0)
    return (weights / weights.sum()).numpy()


def draw_negatives(q, n, generator):
    ends = torch.cumsum(torch.tensor(q, dtype=torch.float64), 0)
    return torch.searchsorted(ends, torch.from_numpy(generator.random(n)) * ends[-1], right=True).numpy()


def sampled(h, U, target, negatives):
    return -logsigmoid(U[target] @ h) - logsigmoid(-(U[torch.as_tensor(np.array(negatives))] @ h)).sum()


def negative_sampling_loss(h, U, target, negatives):
    return sampled(*tensors(h, U), target, negatives).detach().numpy()


def negative_sampling_gradients(h, U, target, negatives):
    h, U = tensors(h, U)
    sampled(h, U, target, negatives).backward()
    return {"dh": h.grad, "dU": U.grad}


def huffman_codes(counts):
    codes = [""] * len(counts)
    trees = {frozenset([word]): count for word, count in enumerate(counts)}
    while len(trees) > 1:
        rare, common = sorted(trees, key=trees.get)[:2]
        for turn, words in zip("01", (rare, common)):
            for word in words:
                codes[word] = turn + codes[word]
        trees[rare | common] = trees.pop(rare) + trees.pop(common)
    return tuple(codes)


def cbow_loss_and_gradients(W, U, context, target, negatives):
    W, U = tensors(W, U)
    loss = sampled(W[torch.as_tensor(np.array(context))].mean(0), U, target, negatives)
    loss.backward()
    return loss.item(), W.grad.numpy(), U.grad.numpy()


def train(start, text, keep, q, exam, epochs, seed, window=5, negatives=5, rate=0.04):
    generator = np.random.default_rng(seed)
    W, U = (torch.tensor(start[name]) for name in "WU")
    losses = [exam_loss({"W": W.numpy(), "U": U.numpy()}, exam)]
    far = (torch.arange(50)[None] - torch.arange(50)[:, None]).abs()
    near = ((far > 0) & (far <= window)).to(W.dtype)
    weight = near.sum(1, keepdim=True) * negatives / 50
    for epoch in range(epochs):
        words = torch.from_numpy(subsample(text, keep, generator))
        blocks = words[: len(words) // 50 * 50].reshape(-1, 50)
        order = generator.permutation(len(blocks))
        for n, block in enumerate(blocks[order]):
            drawn = torch.from_numpy(np.array(draw_negatives(q, 50, generator)))
            h, u, v = W[block], U[block], U[drawn]
            right = (torch.sigmoid(h @ u.T) - 1) * near
            wrong = torch.sigmoid(h @ v.T) * weight
            step = rate * (1 - (epoch + n / len(blocks)) / epochs)
            W.index_add_(0, block, right @ u + wrong @ v, alpha=-step)
            U.index_add_(0, block, right.T @ h, alpha=-step)
            U.index_add_(0, drawn, wrong.T @ h, alpha=-step)
        losses.append(exam_loss({"W": W.numpy(), "U": U.numpy()}, exam))
    return {"W": W.numpy(), "U": U.numpy()}, losses
