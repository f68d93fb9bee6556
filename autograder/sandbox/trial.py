"""What this machine can confine, found by trying: each tier starts a real child, which tries to get out."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autograder.assignment import Limits
from autograder.conversation import Call
from autograder.errors import SandboxError
from autograder.sandbox.cgroup import find_hierarchy
from autograder.sandbox.environment import Environment, prepare_environment
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.session import Program, TaskSession
from autograder.sandbox.tiers import BEST_FIRST, Tier
from autograder.sandbox.zygote import PROJECT, Staged, start_zygote
from autograder.submission import Cell

PROBE = """
import os, socket
def reads(path):
    try:
        return bool(os.listdir(path))
    except OSError:
        return False
def connects():
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
        return True
    except OSError:
        return False
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was tried."""

    name: str
    works: bool
    words: str


def try_everything() -> list[Finding]:
    """Return what was found of the students' environment and of every tier."""
    try:
        environment = prepare_environment()
    except SandboxError as error:
        return [Finding("environment", works=False, words=str(error))]
    findings = [Finding("environment", works=True, words=str(environment.prefix))]
    findings.append(_try_groups())
    return findings + [_try_tier(tier, environment) for tier in BEST_FIRST]


def _try_groups() -> Finding:
    """Say whether the kernel bounds a box's memory and processes, or the watchdog alone does."""
    hierarchy = find_hierarchy()
    if hierarchy is None:
        return Finding("control groups", works=False, words="not writable: the watchdog bounds memory and processes")
    return Finding("control groups", works=True, words=f"version {hierarchy.version}: memory and processes")


def _try_tier(tier: Tier, environment: Environment) -> Finding:
    name = f"tier {tier}"
    limits = Limits()
    with tempfile.TemporaryDirectory(prefix="gradmark-") as folder:
        Path(folder).chmod(0o755)
        try:
            start = partial(start_zygote, tier, environment, Staged(Path(folder)), limits)
            with Sandbox(start, limits, pin=False) as sandbox:
                leaks = _leaks(sandbox)
        except SandboxError as error:
            return Finding(name, works=False, words=str(error))
    if leaks and tier is not Tier.NONE:
        return Finding(name, works=False, words=f"the walls stand, but a child {leaks}")
    return Finding(name, works=True, words=tier.means)


def _leaks(sandbox: Sandbox) -> str:
    """Return what a child could do that it must not."""
    notebook = sandbox.run(Program((Cell("code", PROBE),), "", Limits()))
    try:
        calls = [Call("reads", (str(PROJECT / "reference"),)), Call("connects")]
        reads, connects = TaskSession(notebook).call(calls)
    finally:
        notebook.close()
    found = [(reads, "could read the references"), (connects, "could open an Internet socket")]
    return " and ".join(words for reply, words in found if reply.status != "value" or reply.value is not False)
