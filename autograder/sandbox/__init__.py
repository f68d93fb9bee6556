"""The wall: the only place where student code runs. Everything outside treats what comes back as hostile."""

from autograder.sandbox.sandbox import Sandbox, open_sandbox
from autograder.sandbox.session import Notebook, Program, TaskSession
from autograder.sandbox.tiers import Tier

__all__ = ["Notebook", "Program", "Sandbox", "TaskSession", "Tier", "open_sandbox"]
