"""The checks of this assignment, for your own notebook: `from check import check`, then `check("name_of_a_task")`.

They are the checks that judge what you hand in, on public cases; other cases are drawn when it is judged.
`check.before_submitting()` looks at the whole notebook before you hand it in.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036  (the project needs more, but its students may have less)
    raise ImportError(f"The checks need Python 3.10 or later; this is Python {sys.version.split()[0]}.")

from autograder.build.bundle.front import check

__all__ = ["check"]
