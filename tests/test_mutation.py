"""Automatic mistakes: which are made in which line, and which are left out."""

import pytest

from autograder.selftest.mutation.mutants import mutants_of
from autograder.selftest.naming import MEANT, can_be
from plugins.checks.advice import ADVICE


def _lines(line: str, *known: str, before: str = "") -> dict[str, str]:
    """Return what becomes of the last line of a small function, and by which kind of mistake."""
    head = f'def f(a, b, n=3):\n    """Say something."""\n{before}'
    sources = [f"{head}    {each}\n" for each in (line, *known)]
    made = mutants_of("f", sources[0], sources[1:])
    wanted = [mutant for mutant in made if "n=3" in mutant.source and not mutant.is_known]
    return {mutant.source.splitlines()[-1].strip(): mutant.kind for mutant in wanted}


@pytest.mark.parametrize(
    ("line", "mutated", "kind"),
    [
        ("return a + b", "return a - b", "operator"),
        ("return a - b", "return b - a", "sides turned round"),
        ("return a - b", "return -b", "missing term"),
        ("return a / n", "return a", "missing term"),
        ("return -a", "return a", "missing sign"),
        ("return a < b", "return a <= b", "comparison"),
        ("return 0 <= a < n", "return 0 < a < n", "comparison"),
        ("return a and b", "return a or b", "and, or"),
        ("return a and b", "return b", "missing condition"),
        ("return a if n else b", "return b", "one branch always"),
        ("return [x for x in a if x]", "return [x for x in a]", "missing condition"),
        ("return a * 0.5", "return a * 1.0", "constant"),
        ("return a[2]", "return a[1]", "constant"),
        ("return a[n]", "return a[n - 1]", "index"),
        ("return a[:, n:]", "return a[:, n + 1:]", "slice"),
        ("return a[:n]", "return a[:n - 1]", "slice"),
        ("return a[1:]", "return a", "missing slice"),
        ("return a['x'] + a['y']", "return a['y'] + a['y']", "another key"),
        ("return a.T @ b", "return a @ b", "missing transpose"),
        ("return a @ b", "return a @ b.T", "transpose"),
        ("return a.sum(axis=0)", "return a.sum(axis=1)", "axis"),
        ("return a.sum(axis=0, keepdims=True)", "return a.sum(axis=0)", "missing keyword"),
        ("return np.sum(a)", "return np.mean(a)", "function"),
        ("return np.log(a)", "return np.log2(a)", "function"),
        ("return np.tanh(a)", "return a", "missing function"),
        ("return a.copy()", "return a", "missing function"),
        ("return np.dot(a, b)", "return np.dot(b, a)", "arguments swapped"),
        ("return a, b", "return (b, a)", "entries swapped"),
        ("return list(range(n))", "return list(range(n - 1))", "range"),
        ("return list(range(n))", "return list(reversed(range(n)))", "range"),
        ("a[0] += b", "a[0] = b", "overwritten"),
        ("a = a + b", "a += b", "in place"),
        ("raise ValueError(a)", "pass", "missing statement"),
    ],
)
def test_each_operator_makes_its_mistake(line: str, mutated: str, kind: str) -> None:
    assert _lines(line).get(mutated) == kind


def test_a_difference_that_is_named_otherwise_may_spoil_an_input() -> None:
    made = {mutant.source for mutant in mutants_of("f", "def f(a, b):\n    c = a - b\n    return c")}
    assert "def f(a, b):\n    a -= b\n    c = a\n    return c" in made


def test_a_default_is_mutated_and_a_part_that_students_do_not_see_is_not() -> None:
    made = {mutant.source.splitlines()[0] for mutant in mutants_of("f", "def f(a, n=3, *, part=5):\n    return a")}
    assert made == {f"def f(a, n={n}, *, part=5):" for n in (2, 3, 4, 0)}


def test_words_are_no_part_of_an_answer() -> None:
    source = 'def f(a):\n    """Return 1 + 1."""\n    raise ValueError(f"{a + 1} is more than {2}")'
    assert [mutant.kind for mutant in mutants_of("f", source)] == ["missing statement"]


def test_a_slip_is_no_mutant_however_it_is_laid_out() -> None:
    assert "return a - b" not in _lines("return a + b", "return (a  -  b)  # forgot the sign")


def test_no_mutant_comes_twice() -> None:
    made = [mutant.source for mutant in mutants_of("f", "def f(a):\n    return a[1:3] + a[0:2]")]
    assert len(made) == len(set(made))


def test_what_a_cause_can_mean_is_laid_down_for_causes_that_there_are() -> None:
    assert set(MEANT) <= set(ADVICE)


def test_a_cause_that_says_what_was_done_is_true_of_some_mistakes_alone() -> None:
    assert can_be("transposed axis", "missing transpose") is True
    assert can_be("float32", "missing transpose") is False
    assert can_be("left at zero", "missing transpose") is None


def test_every_kind_that_a_cause_can_mean_is_made_by_an_operator() -> None:
    source = (
        "def f(a, b, n=1):\n    for i in range(n):\n        if a and not b:\n            continue\n"
        "        a += -b\n    c = a + b\n    x = c if n < 1 else a['x'] - a['y']\n"
        "    return np.sum(x[1:].T @ x[n], axis=0), np.dot(a, b)\n"
    )
    assert set().union(*MEANT.values()) <= {mutant.kind for mutant in mutants_of("f", source)}
