"""What usually makes each kind of mistake, and what to look at: the second half of what a student reads of a cause."""

from plugins.checks.parts import Clue

ADVICE = {
    # how a function answers
    "nothing returned": "A function that ends without `return` does. See whether each way through it ends with one.",
    "results missing": "Look at the line with `return`: all that the task names belongs into it, in that order.",
    "changed in place": "`+=` and `a[…] = …` write into the caller's array. Make a new one, or begin with `.copy()`.",
    "a list, not an array": "Make one array of the list at the end: `np.stack` with an `axis`, or `np.array`.",
    # what an error says
    "shapes do not fit": "Write down each shape on that line. Often one is transposed, or a sum lost an axis.",
    "index out of bounds": "Look at where the loop ends, and at which axis the index belongs to.",
    "off by one": "Look at where the loop, slice or window begins and ends, and which index is read and which written.",
    "shifted by one": "Look at what is read and what is written, and at whether the first or last belongs there.",
    "number of axes": "Print the shape just before that line, and say for each axis what it counts.",
    "key not there": "Compare it with the names in the task; where a key may be missing, ask with `in` first.",
    "name not defined": "Look for a misspelling, a missing import, or a way through an `if` or a loop without it.",
    "None in a calculation": "A function without `return` gives None, as `list.append` does; or an argument is None.",
    "wrong kind of value": "Print the `type` of what stands on that line, just before it.",
    "module not there": "Use what the task names.",
    "number of results": "Compare the names on the left with what that call returns.",
    "number of arguments": "Compare the call with the first line of the function that is called.",
    "division by zero": "Think of inputs that are empty or all zero, and say what the answer is there.",
    "endless recursion": "Look at the case in which the function must stop, and whether each call comes closer to it.",
    "nothing collected": "Look at whether anything is appended, and whether the loop runs at all.",
    "a number in a loop": "`for` needs something to go through: `range(n)` for a number n.",
    # where numbers stand
    "transposed axis": "Say for each axis what it counts, and see which product or reshape turns them round.",
    "an axis of length 1": "A sum loses its axis, unless `keepdims=True` keeps it; `[:, np.newaxis]` brings one back.",
    "another slice": "Look at the slice with which it ends, or at how much is put together.",
    "some too many": "Look at where a window or loop begins and ends, and at what should not be counted.",
    "some missing": "Look at where a window or loop begins and ends, and at what is left out.",
    "order reversed": "Look at the direction of the loop, and at where each result is put.",
    "the border": "Look at where a loop begins and ends, and at what it starts from.",
    "repetition lost": "A set, or a dict with these as its keys, forgets repetitions.",
    "always the last": "One array that is filled anew and stored again gives this. Store a new one each time.",
    "always the first": "Look at whether what changes from step to step is really handed on.",
    "another order": "Read in the task which order is asked for, and what decides between equals.",
    "the diagonal": "Decide what an item is to itself, and whether that counts.",
    "one side only": "Look at whether both directions are to count, or one is to be hidden.",
    "repeated indices": "`array[indices] += …` keeps one share of an index that comes twice; all must add up.",
    "one for the other": "Look at which of the two is used where: one seems to stand in the place of the other.",
    "mixed up": "Look at the order or the names in which the results are put together.",
    # how large numbers are
    "left at zero": "Look at whether what is computed is put into it, and whether the loop that fills it runs at all.",
    "not a finite number": "`exp` of a large number, `log` or root of a number below 0, and `0 / 0` give that.",
    "left as it came": "See whether the line that changes it is reached, and which variable is returned.",
    "whole numbers": "An array of whole numbers or `//` cuts fractions off: use `dtype=float`, and `/`.",
    "float32": "Look for an array or a `dtype` of 32 bits, as torch has it by default. NumPy computes in 64.",
    "wrong sign": "Look for a minus that is missing or one too many, or for what is taken the other way round.",
    "base of the logarithm": "`np.log` is the natural one. Read which of them the task asks for.",
    "sum against mean": "Look at whether a sum or a mean is asked for, and over which axis.",
    "root of a length": "Look for a scaling by that root, which is missing or done twice.",
    "n or n - 1": "Read in the task whether n or n - 1 divides; `np.var` and `np.std` have `ddof` for that.",
    "scaled by an input": "Look at whether that factor is missing, used twice, or multiplied where it should divide.",
    "constant factor": "Look for a factor, such as 2 or 1/2, that is missing or one too many.",
    "constant term": "Look for a number that is added though it is not asked for, or left out.",
    "one within the logarithm": "Smoothing adds 1 before the logarithm where the task says so, and only there.",
    "missing bias": "Look for the sum in which it belongs.",
    "missing term": "Look for the sum or product in which it belongs.",
    "missing factor": "Look for the product in which it belongs.",
    "a term twice": "Look for a sum that it enters twice, or from which it should be taken away.",
    "softmax missing": "Scores are not probabilities yet: softmax makes them so.",
    "not normalised": "Look for a division that is missing, or that divides by the wrong sum.",
    "sum missing": "Look for a sum, a mean or a product with `@` that is asked for.",
    "wrong axis": "Name the `axis` of each sum, mean and softmax: the one that disappears, or sums to 1.",
    "root missing": "Look for a square root that is asked for.",
    "square missing": "Look for a square that is asked for.",
    "logarithm missing": "Look for a logarithm that is asked for.",
    "exponential missing": "Look for an `exp` that is asked for.",
    "activation missing": "Look at what the sum goes through before it is returned.",
    "negative numbers": "Look for the place where what is negative is to become 0.",
    "another activation": "Look at what the sum goes through before it is returned.",
    "activation twice": "Look at what the sum goes through before it is returned, and how often.",
    "complement": "Look at which of the two shares belongs here.",
    "reciprocal": "Look at which of the two is divided by which.",
    "presence, not count": "Look at whether a thing that comes again is counted again.",
}
"""By the name of the cause; a fact about the answers stands before it."""


def hint(clue: Clue) -> str:
    """Return what a student reads of a cause: the fact, and what to look at."""
    fact = clue.fact[:1].upper() + clue.fact[1:]
    return f"{fact} {ADVICE[clue.cause]}".strip()
