"""How notebooks run: everything that real ones contain, and no cell that harms another."""

import contextlib
import os
import signal

import numpy as np
import pytest

from autograder.conversation import Call, Kept, Made, Opaque, Seeded, Sparse, Tensor
from autograder.errors import SandboxError
from autograder.sandbox.box import processes_under
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.session import TaskSession
from tests.sandbox.conftest import Behind

pytestmark = pytest.mark.slow


def _text(behind: Behind, *sources: str) -> str:
    notebook = behind.run(*sources)
    notebook.close()
    outputs = notebook.outcomes[len(sources)].outputs
    return "".join(output.get("text", "") for output in outputs)


def test_a_failing_an_unparseable_and_a_slow_cell_harm_no_other(behind: Behind) -> None:
    notebook = behind.run("1/0", "def f(:", "while True: pass", "def g():\n    return 'alive'")
    try:
        assert [notebook.outcomes[n].status for n in range(1, 5)] == ["error", "error", "slow", "ok"]
        [reply] = TaskSession(notebook).call([Call("g")])
        assert reply.value == "alive"
    finally:
        notebook.close()


def test_a_cell_that_ends_the_process_is_left_out_and_the_rest_runs(behind: Behind) -> None:
    notebook = behind.run("x = 1", "import os\nos._exit(3)", "def f():\n    return x")
    try:
        assert notebook.outcomes[2].status == "killed"
        assert TaskSession(notebook).call([Call("f")])[0].value == 1
    finally:
        notebook.close()


def test_a_slow_cell_is_stopped_also_where_a_shell_has_started_the_grader_in_the_background(behind: Behind) -> None:
    """Such a grader ignores Ctrl-C, and what it starts would inherit that."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Sandbox(behind.sandbox.start, behind.limits, pin=False) as sandbox:
            notebook = Behind(sandbox, behind.limits).run("while True: pass")
            notebook.close()
    finally:
        signal.signal(signal.SIGINT, before)
    assert notebook.outcomes[1].status == "slow"


def test_a_cell_that_ignores_the_interrupt_is_killed_and_left_out(behind: Behind) -> None:
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"
    notebook = behind.run(stubborn, "def f():\n    return 2")
    try:
        assert notebook.outcomes[1].status == "killed"
        assert "could not be stopped" in notebook.outcomes[1].note
        assert TaskSession(notebook).call([Call("f")])[0].value == 2
    finally:
        notebook.close()


def test_a_notebook_that_ends_its_process_three_times_is_not_run_a_fourth_time(behind: Behind) -> None:
    notebook = behind.run(*(["import os\nos._exit(1)"] * 4), "def f():\n    return 1")
    try:
        statuses = [notebook.outcomes[n].status for n in range(1, 6)]
        assert statuses == ["killed", "killed", "killed", "late", "late"]
        assert TaskSession(notebook).call([Call("f")])[0].status == "crashed"
    finally:
        notebook.close()


FILLS_MEMORY = """
kept = []
while True:
    kept.append(bytearray(1 << 20))
"""
FILLS_IT_TO_THE_LAST_BYTE = """
kept = []
for size in (1 << 20, 1 << 14, 1 << 9, 40):
    try:
        while True:
            kept.append(bytearray(size))
    except MemoryError:
        pass
kept.append(bytearray(1 << 20))
"""


@pytest.mark.parametrize("filling", [FILLS_MEMORY, FILLS_IT_TO_THE_LAST_BYTE])
def test_a_cell_that_fails_and_keeps_the_memory_is_left_out_so_that_later_ones_have_room(
    behind: Behind, filling: str
) -> None:
    notebook = behind.run("a = 1", filling, "b = bytearray(200 << 20)\ndef f():\n    return a + len(b)")
    try:
        assert [notebook.outcomes[n].status for n in (1, 2, 3)] == ["ok", "killed", "ok"]
        assert "MB of memory" in notebook.outcomes[2].note
    finally:
        notebook.close()


def test_a_cell_that_asks_for_too_much_memory_and_gets_none_keeps_what_it_defined(behind: Behind) -> None:
    [reply] = behind.call("def f():\n    return 1\nf.table = bytearray(1 << 40)", Call("f"))
    assert reply.value == 1


def test_magics_display_top_level_await_and_figures_work(behind: Behind) -> None:
    notebook = behind.run(
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        "import pandas\npandas.DataFrame({'a': [1]})",
        "import asyncio\nawait asyncio.sleep(0.001)\n'awaited'",
        "%%time\nprint('timed')",
        "from IPython.display import display, HTML\ndisplay(HTML('<b>bold</b>'))",
        "!echo from the shell",
    )
    notebook.close()
    figure, table, awaited, timed, html, shell = (notebook.outcomes[n].outputs for n in range(1, 7))
    assert "image/png" in figure[0]["data"]
    assert "<table" in table[0]["data"]["text/html"]
    assert awaited[0]["data"]["text/plain"] == "'awaited'"
    assert timed[0]["text"].startswith("timed")
    assert html[0]["data"]["text/html"] == "<b>bold</b>"
    assert shell[0]["text"] == "from the shell\n"


def test_the_namespace_is_a_real_main_module(behind: Behind) -> None:
    source = "import pickle, __main__\nclass A: pass\nx = 1\nprint(__name__, __main__.x, type(pickle.loads(pickle.dumps(A()))) is A)"
    assert _text(behind, source) == "__main__ 1 True\n"


def test_installing_asking_and_colab_neither_hang_nor_kill(behind: Behind) -> None:
    notebook = behind.run(
        "%pip install nothing", "input('name? ')", "from google.colab import drive", "exit()", "'still here'"
    )
    notebook.close()
    statuses = [notebook.outcomes[n].status for n in range(1, 6)]
    assert statuses[1:3] == ["error", "error"]
    assert statuses[4] == "ok"
    assert "killed" not in statuses
    assert "slow" not in statuses


SET_UP = ["%matplotlib notebook", "%matplotlib widget", "%load_ext tensorboard", "%autosave 30", "%conda install torch"]


@pytest.mark.parametrize("magic", SET_UP)
def test_a_magic_for_what_is_not_here_costs_the_lines_below_it_nothing(behind: Behind, magic: str) -> None:
    notebook = behind.run(f"{magic}\nx = 1", "print(x)")
    notebook.close()
    assert [notebook.outcomes[n].status for n in (1, 2)] == ["ok", "ok"]
    assert "had no effect" in notebook.outcomes[1].outputs[-1]["text"]


def test_an_error_under_a_magic_of_the_students_own_is_still_one(behind: Behind) -> None:
    notebook = behind.run("y = 2\n%time z = y\nprint(z)", "%time 1/0")
    notebook.close()
    assert [notebook.outcomes[n].status for n in (1, 2)] == ["ok", "error"]


def test_output_without_end_is_cut(behind: Behind) -> None:
    text = _text(behind, "for n in range(100_000): print('x' * 50)")
    assert len(text) < 3000
    assert text.endswith("[the rest of the output was cut]")


def test_the_last_definition_that_ran_wins(behind: Behind) -> None:
    notebook = behind.run("def f(): return 1", "def f(): return 2", "1/0\ndef f(): return 3")
    try:
        assert TaskSession(notebook).call([Call("f")])[0].value == 2
        assert notebook.defined["f"] == 2
    finally:
        notebook.close()


def test_given_code_is_there_even_if_its_cell_is_not(behind: Behind) -> None:
    notebook = behind.run("def f(x): return double(x)", given="def double(x): return 2 * x")
    try:
        assert TaskSession(notebook).call([Call("f", (3,))])[0].value == 6
    finally:
        notebook.close()


def test_given_files_lie_beside_the_notebook(behind: Behind) -> None:
    assert _text(behind, "print(open('words.txt').read())") == "the quick brown fox\n"
    assert _text(behind, "from check import check\ncheck('f')") == "later\n"


def test_no_task_sees_what_another_left_behind(behind: Behind) -> None:
    notebook = behind.run("count = 0\ndef f():\n    global count\n    count += 1\n    return count")
    try:
        for _ in range(2):
            session = TaskSession(notebook)
            assert [reply.value for reply in session.call([Call("f"), Call("f")])] == [1, 2]
            session.close()
    finally:
        notebook.close()


@pytest.mark.parametrize(
    "start", ["", "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()"]
)
def test_a_session_apart_knows_nothing_of_the_calls_so_far(behind: Behind, start: str) -> None:
    notebook = behind.run(start, "calls = []\ndef f():\n    calls.append(1)\n    return len(calls)")
    try:
        session = TaskSession(notebook)
        assert [reply.value for reply in session.call([Call("f"), Call("f")])] == [1, 2]
        assert [reply.value for reply in session.apart.call([Call("f")])] == [1]
        assert [reply.status for reply in session.call([Call("f")])] == ["value"]
        session.close()
        if not start:
            assert notebook.box is not None
            assert notebook.box.forks == []
    finally:
        notebook.close()


def test_a_notebook_with_threads_is_run_again_instead_of_forked(behind: Behind) -> None:
    source = """
import threading, time, random
number = random.SystemRandom().random()
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
def f():
    return number
"""
    notebook = behind.run(source)
    try:
        values = set()
        for _ in range(2):
            session = TaskSession(notebook)
            values.add(session.call([Call("f")])[0].value)
            session.close()
        assert len(values) == 2
    finally:
        notebook.close()


def test_a_function_that_is_late_again_and_again_is_waited_for_three_times_in_all(behind: Behind) -> None:
    notebook = behind.run("import time\ndef hangs():\n    time.sleep(60)\ndef answers():\n    return 1")
    try:
        replies = [TaskSession(notebook).call([Call("hangs")])[0] for _ in range(6)]
        assert [reply.status for reply in replies] == ["timed out"] * 6
        assert len({reply.error for reply in replies}) == 1
        assert notebook.late == {"hangs": 3}
        before, after = TaskSession(notebook).call([Call("answers"), Call("hangs")])
        assert (before.value, after.status) == (1, "timed out")
    finally:
        notebook.close()


def test_a_list_too_long_to_hand_over_is_named_by_its_length(behind: Behind) -> None:
    [reply] = behind.call("def f():\n    return [0] * 10_000_000", Call("f"))
    assert reply.value == Opaque("list of 10,000,000 entries")


def test_what_is_kept_stays_with_the_student_and_its_parts_can_be_used(behind: Behind) -> None:
    source = """
class Vocabulary:
    def __init__(self, words): self.words = words
    def index(self, word): return self.words.index(word)
def forward(x): return x, {"cache": lambda: x}
def backward(cache): return cache() + 1
"""
    replies = behind.call(
        source,
        Call("forward", (1,), keep="out"),
        Call("backward", (Kept("out")[1]["cache"],)),
        Call("Vocabulary", (["a", "b"],), keep="v"),
        Call("index", ("b",), on="v"),
        Call("backward", (Kept("out")[7],)),
    )
    assert replies[1].value == 2
    assert replies[3].value == 1
    assert "no entry [7]" in replies[4].error


UNCOPIED = """
import threading, torch
def forward(x):
    return x, (threading.Lock(), (n for n in [4]), torch.ones(1, requires_grad=True) * 2, {}.keys())
def backward(cache):
    return next(cache[1]) + cache[2]
"""


def test_what_has_no_copy_is_kept_all_the_same(behind: Behind) -> None:
    replies = behind.call(UNCOPIED, Call("forward", (1,), keep="out"), Call("backward", (Kept("out")[1],)))
    assert replies[1].value.array == [6], replies[1].error


def test_a_class_of_the_notebook_that_builds_nothing_is_told_by_its_error(behind: Behind) -> None:
    source = "class Tree:\n    def __init__(self, left):\n        raise TypeError('no')\ndef f(tree):\n    return 1"
    notebook = behind.run(source, given="class Tree: pass")
    try:
        replies = TaskSession(notebook).call([Call("f", (Made("Tree", (5,)),)), Call("f", (5,))])
        assert [reply.status for reply in replies] == ["error", "value"]
        assert "TypeError: no (in cell 1" in replies[0].error
    finally:
        notebook.close()


SEVERE = """
import warnings
import numpy as np
np.seterr(all="raise")
warnings.simplefilter("error")
def f(x):
    warnings.warn("careful")
    return 1 / (1 + np.exp(-x))
def severe(x):
    with np.errstate(over="raise"):
        return np.exp(x)
"""


def test_a_notebook_that_made_errors_of_warnings_does_not_fail_for_one(behind: Behind) -> None:
    replies = behind.call(SEVERE, *(Call(name, (np.array([-1000.0, 1000.0]),)) for name in ("f", "severe")))
    assert replies[0].status == "value", replies[0].error
    assert replies[0].value.tolist() == [0, 1]
    assert "careful" in replies[0].printed
    assert "FloatingPointError" in replies[1].error


def test_what_is_made_is_made_from_what_is_given(behind: Behind) -> None:
    notebook = behind.run(
        "def f(tree): return tree.left", given="class Tree:\n    def __init__(self, left): self.left = left"
    )
    try:
        assert TaskSession(notebook).call([Call("f", (Made("Tree", (5,)),))])[0].value == 5
    finally:
        notebook.close()


def test_every_value_of_the_closed_list_arrives_as_itself(behind: Behind) -> None:
    source = """
import numpy as np, torch, scipy.sparse
def kind(x): return type(x).__module__.split('.')[0] + '.' + type(x).__name__
def same(x): return x
def draw(r): return r.random()
"""
    sparse = Sparse((1, 2), np.array([3.0]), np.array([1], np.int32), np.array([0, 1], np.int32))
    kinds = behind.call(source, *(Call("kind", (x,)) for x in (Tensor(np.ones(2)), sparse, Seeded(1), b"x", 2**70)))
    assert [reply.value for reply in kinds] == [
        "torch.Tensor", "scipy.csr_matrix", "numpy.Generator", "builtins.bytes", "builtins.int"
    ]  # fmt: skip
    tensor, matrix, big = behind.call(
        source, Call("same", (Tensor(np.ones(2)),)), Call("same", (sparse,)), Call("same", (2**70,))
    )
    assert isinstance(tensor.value, Tensor)
    assert matrix.value.shape == (1, 2)
    assert big.value == 2**70
    [drawn] = behind.call(source, Call("draw", (Seeded(1),)))
    assert drawn.value == np.random.default_rng(1).random()


def test_numbers_longer_than_any_on_the_wire_are_rounded(behind: Behind) -> None:
    source = (
        "import numpy as np\ndef f():\n    return np.ones(2, np.longdouble), np.clongdouble(1j), np.longdouble(0.5)"
    )
    [reply] = behind.call(source, Call("f"))
    array, imaginary, half = reply.value
    assert (array.dtype, array.tolist(), imaginary, half) == (np.float64, [1, 1], 1j, 0.5)


def test_an_argument_that_was_changed_comes_back_changed(behind: Behind) -> None:
    [reply] = behind.call("def f(x):\n    x[0] = 9", Call("f", (np.zeros(2),)))
    assert reply.arguments[0].tolist() == [9, 0]


def test_an_error_names_the_cell_and_the_line(behind: Behind) -> None:
    notebook = behind.run("pass", "def f(x):\n    y = x\n    return y.nothing")
    try:
        [reply] = TaskSession(notebook).call([Call("f", (1,))])
        assert reply.status == "error"
        assert "cell 2, line 3 of f: return y.nothing" in reply.error
    finally:
        notebook.close()


def test_a_sandbox_that_dies_is_started_anew_and_its_end_is_nobodys_fault(behind: Behind) -> None:
    notebook = behind.run("def f():\n    return 1")
    session = TaskSession(notebook)
    assert session.call([Call("f")])[0].value == 1
    for pid in processes_under(behind.sandbox.zygote.process.pid)[:2]:
        os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(SandboxError):  # where no namespace ends it, the fork lives on and answers
        for _ in range(300):
            assert session.call([Call("f")])[0].status == "value"
    session.close()
    notebook.close()
    [reply] = behind.call("def f():\n    return 2", Call("f"))
    assert reply.value == 2
