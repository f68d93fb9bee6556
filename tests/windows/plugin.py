"""Samplers, one of which draws by the student's window."""

from autograder.conversation import Case
from autograder.hookspecs import hookimpl

WINDOW = 2


def sentence(random, size, edge):
    return Case({"tokens": [str(word) for word in random.choice(["a", "b", "c"], size["words"])]})


def four_windows(random, size, edge):
    return Case({"tokens": ["a"] * 4 * WINDOW}, label=f"a window of {WINDOW}")


@hookimpl
def register_samplers():
    return {"sentence": sentence, "four windows": four_windows}
