"""Plain loops over entries, dicts and lists (NumPy only where the handout asks for no loop, and for SVDs); written from the handout alone."""
import itertools
import math

import numpy as np


def dot_of(u, v):
    """Sum of the products of the entries."""
    total = 0.0
    for i in range(len(u)):
        total += u[i] * v[i]
    return float(total)


def length_of(u):
    return math.sqrt(dot_of(u, u))


def distance_of(u, v):
    total = 0.0
    for i in range(len(u)):
        total += (u[i] - v[i]) ** 2
    return math.sqrt(total)


def cosine_of(u, v):
    """Cosine, 0 where a vector is all zeros."""
    length_u = length_of(u)
    length_v = length_of(v)
    if length_u == 0 or length_v == 0:
        return 0.0
    return dot_of(u, v) / (length_u * length_v)


def as_lists(table):
    """A table as a list of lists of Python floats, which loops run through faster."""
    return [[float(entry) for entry in row] for row in table]


def read_vectors(text):
    lines = text.split("\n")
    if lines[-1] == "" and len(lines) > 1:
        lines.pop()

    promised = None
    d = None
    first = lines[0].rstrip(" ").split(" ")
    if len(first) == 2 and first[0].isdecimal() and first[1].isdecimal():
        promised = int(first[0])
        d = int(first[1])

    words = []
    seen = {}
    rows = []
    for n, line in enumerate(lines, start=1):
        if n == 1 and promised is not None:
            continue
        fields = line.rstrip(" ").split(" ")
        if d is None:
            d = len(fields) - 1
            if d == 0:
                raise ValueError(f"line {n}: a word without numbers")
        word = fields[0]
        if word == "":
            raise ValueError(f"line {n}: no word")
        if len(fields) != d + 1:
            raise ValueError(f"line {n}: {len(fields) - 1} numbers instead of {d}")
        if word in seen:
            raise ValueError(f"line {n}: the word was there before, in line {seen[word]}")
        numbers = []
        for field in fields[1:]:
            try:
                number = float(field)
            except ValueError:
                raise ValueError(f"line {n}: {field!r} is not a number") from None
            if math.isinf(number) or math.isnan(number):
                raise ValueError(f"line {n}: {field!r} is not finite")
            numbers.append(number)
        seen[word] = n
        words.append(word)
        rows.append(numbers)

    if promised is not None and promised != len(words):
        raise ValueError(f"line 1: {promised} words promised, {len(words)} found")
    W = np.zeros((len(words), d))
    for i in range(len(words)):
        for j in range(d):
            W[i, j] = rows[i][j]
    return words, W


def compare(u, v):
    distance = distance_of(u, v)
    return cosine_of(u, v), distance, 1 / (1 + distance)


def most_similar(W, row, count, by='cosine'):
    if by != "cosine" and by != "distance":
        raise ValueError(f"by is neither cosine nor distance: {by!r}")
    table = as_lists(W)
    query = table[row]
    ranking = []
    for i in range(len(table)):
        if i == row:
            continue
        if by == "cosine":
            key = -cosine_of(table[i], query)
        else:
            key = distance_of(table[i], query)
        ranking.append((key, i))
    ranking.sort()  # equal keys: the smaller row first
    return [i for _, i in ranking[:count]]


def three_cos_add(W, a, b, c):
    # no loop here, as the handout asks
    targets = b - a + c
    lengths = np.sqrt((targets * targets).sum(axis=1))
    divisors = np.where(lengths == 0, 1.0, lengths)
    return (targets @ W.T) / divisors[:, None]


def three_cos_mul(W, a, b, c, epsilon=0.001):
    table = as_lists(W)
    a, b, c = as_lists(a), as_lists(b), as_lists(c)
    scores = np.zeros((len(a), len(table)))
    for q in range(len(a)):
        for w in range(len(table)):
            near_a = (dot_of(table[w], a[q]) + 1) / 2
            near_b = (dot_of(table[w], b[q]) + 1) / 2
            near_c = (dot_of(table[w], c[q]) + 1) / 2
            scores[q, w] = near_b * near_c / (near_a + epsilon)
    return scores


def bias_direction(pairs):
    rows = []
    differ = False
    for first, second in as_lists_of_pairs(pairs):
        for x, y in zip(first, second):
            if x != y:
                differ = True
        middle = [(x + y) / 2 for x, y in zip(first, second)]
        rows.append([x - m for x, m in zip(first, middle)])
        rows.append([y - m for y, m in zip(second, middle)])
    if not differ:
        raise ValueError("the two words of every pair are equal")
    g = np.linalg.svd(np.array(rows), full_matrices=False)[2][0]
    along = 0.0
    for first, second in as_lists_of_pairs(pairs):
        along += dot_of(first, g) - dot_of(second, g)
    if along < 0:
        g = -g
    return g


def as_lists_of_pairs(pairs):
    return [([float(x) for x in pair[0]], [float(y) for y in pair[1]]) for pair in pairs]


def neutralise(e, g):
    square = dot_of(g, g)
    if square == 0:
        raise ValueError("g is the zero vector")
    e = np.asarray(e)
    result = np.zeros(e.shape)
    if e.ndim == 1:
        part = dot_of(e, g) / square
        for i in range(len(g)):
            result[i] = e[i] - part * g[i]
    else:
        for n in range(len(e)):
            part = dot_of(e[n], g) / square
            for i in range(len(g)):
                result[n, i] = e[n, i] - part * g[i]
    return result


def equalise(e1, e2, g):
    length = length_of(g)
    if length == 0:
        raise ValueError("g is the zero vector")
    d = len(g)
    side = 0.0
    for i in range(d):
        side += (e1[i] - e2[i]) * g[i]
    if side == 0:
        raise ValueError("both lie equally far along g")
    middle = np.zeros(d)
    for i in range(d):
        middle[i] = (e1[i] + e2[i]) / 2
    nu = neutralise(middle, g)
    z = math.sqrt(max(0.0, 1 - dot_of(nu, nu)))
    if side < 0:
        z = -z
    new1, new2 = np.zeros(d), np.zeros(d)
    for i in range(d):
        new1[i] = nu[i] + z * g[i] / length
        new2[i] = nu[i] - z * g[i] / length
    return new1, new2


def association(W, A, B):
    W, A, B = as_lists(W), as_lists(A), as_lists(B)
    result = []
    for w in W:
        to_A = 0.0
        for a in A:
            to_A += cosine_of(w, a)
        to_B = 0.0
        for b in B:
            to_B += cosine_of(w, b)
        result.append(to_A / len(A) - to_B / len(B))
    return np.array(result)


def weat(s_X, s_Y):
    n = len(s_X)
    both = [float(s) for s in s_X] + [float(s) for s in s_Y]
    if min(both) == max(both):
        effect = float("nan")
    else:
        mean_X = sum(both[:n]) / n
        mean_Y = sum(both[n:]) / n
        mean = sum(both) / (2 * n)
        squares = 0.0
        for s in both:
            squares += (s - mean) ** 2
        effect = (mean_X - mean_Y) / math.sqrt(squares / (2 * n - 1))

    real = sum(both[:n])
    ways = 0
    reached = 0
    for pile in itertools.combinations(range(2 * n), n):
        total = 0.0
        for place in pile:
            total += both[place]
        ways += 1
        if total >= real - 1e-12:
            reached += 1
    return effect, reached / ways


def ranks(x):
    """The smallest has rank 1; equal numbers share the mean of their ranks."""
    result = []
    for one in x:
        smaller = 0
        equal = 0
        for other in x:
            if other < one:
                smaller += 1
            elif other == one:
                equal += 1
        # they take up smaller + 1, ..., smaller + equal
        result.append(smaller + (equal + 1) / 2)
    return result


def spearman(x, y):
    x = [float(number) for number in x]
    y = [float(number) for number in y]
    if len(x) < 2 or min(x) == max(x) or min(y) == max(y):
        return float("nan")
    r, q = ranks(x), ranks(y)
    mean = (len(x) + 1) / 2
    products = squares_r = squares_q = 0.0
    for i in range(len(x)):
        products += (r[i] - mean) * (q[i] - mean)
        squares_r += (r[i] - mean) ** 2
        squares_q += (q[i] - mean) ** 2
    return products / (math.sqrt(squares_r) * math.sqrt(squares_q))


def improve(W):
    # take the strongest directions out, one after the other, each found by repeated multiplication
    better = np.array(W, dtype=float)
    rng = np.random.default_rng(0)
    for _ in range(2):
        products = better.T @ better
        direction = rng.normal(size=better.shape[1])
        for _ in range(500):
            direction = products @ direction
            length = np.sqrt((direction * direction).sum())
            if length == 0:
                return better
            direction = direction / length
        better = better - (better @ direction)[:, None] * direction[None, :]
    return better
