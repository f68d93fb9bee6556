"""An assignment whose numbers are each student's own."""

WINDOW = 2
PAD = "<s>"


def padded(tokens):
    """Return the tokens with WINDOW pads on either side."""
    return [PAD] * WINDOW + list(tokens) + [PAD] * WINDOW


def neighbours(tokens, window=WINDOW):
    """Return for each token the list of those at most WINDOW places away, pads among them."""
    whole = padded(tokens)
    return [whole[i : i + window] + whole[i + window + 1 : i + 2 * window + 1] for i in range(len(tokens))]


def count_pairs(tokens):
    """Return how many pairs of different places are at most WINDOW apart."""
    total = 0
    for i in range(len(tokens)):
        total += len(tokens[max(0, i - WINDOW) : i]) + len(tokens[i + 1 : i + 1 + WINDOW])
    return total
