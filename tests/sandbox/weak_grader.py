"""A grader as one must not build it: the student's code runs beside the answers and its reply is unpickled.

Every attack of `test_attacks.py` is shown to succeed against it, so that its failure against the sandbox means something.
Run as a script, it is the process in which the student's code runs.
"""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from typing import Any

SECONDS = 4
HUNG = "hung"


def ask(source: str, function: str, *arguments: Any, seconds: float = 3 * SECONDS) -> Any:
    """Return what the student's function returns, or the word HUNG if the weak grader's own time limit did not work."""
    with subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            answer, _ = process.communicate(pickle.dumps((source, function, arguments)), timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return HUNG
    return pickle.loads(answer) if answer else None


def _serve() -> None:
    source, function, arguments = pickle.load(sys.stdin.buffer)
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(SECONDS)
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    sys.stdout.buffer.write(pickle.dumps(namespace[function](*arguments)))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _serve()
