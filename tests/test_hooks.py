"""Every hook: its signature is documented, a shipped plugin uses it, and a stranger's plugin can."""

import inspect
import json
from pathlib import Path

import pluggy
import pytest

from autograder import hookspecs
from autograder.assignment import load_assignment
from autograder.conversation import Case, Conversation, Setting, Verdict
from autograder.errors import PluginError
from autograder.given import given_files
from autograder.grade import Grade, GradeRecord, Stamp
from autograder.hookspecs import hookimpl
from autograder.metric import Metric
from autograder.registry import SHIPPED, Registry, build_registry
from autograder.submission import Cell

ROOT = Path(__file__).resolve().parent.parent
HOOKS = sorted(name for name, thing in vars(hookspecs).items() if hasattr(thing, "gradmark_spec"))


def _with(plugin: object) -> Registry:
    registry = build_registry()
    registry.manager.register(plugin)
    return registry


def _record() -> GradeRecord:
    return GradeRecord(
        "ada", "ada.ipynb", "0", Stamp("a", "0", "v", 1, "full"), "title", 10.0, Grade(), "2026-01-01T00:00:00+00:00"
    )


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_signature(hook: str) -> None:
    parameters = ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters)
    assert f"`{hook}({parameters})`" in (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_used_by_something_shipped(hook: str) -> None:
    registries = [build_registry(ROOT / "assignments" / name) for name in ("recurrent", "vectorizers")]
    assert any(getattr(registry.hook, hook).get_hookimpls() for registry in registries)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_a_test_of_its_name(hook: str) -> None:
    assert f"test_{hook}" in globals()


def test_register_references() -> None:
    class Plugin:
        @hookimpl
        def register_references(self) -> dict[str, object]:
            return {"rnn_forward": len, "mine": max}

    references = _with(Plugin()).references
    assert references["mine"] is max
    assert references["rnn_forward"] is len, "a later plugin replaces an earlier one's reference"


def test_register_checks() -> None:
    def flattery(setting: Setting) -> Conversation:
        """Everybody is right."""
        yield []
        return Verdict("passed", setting.function)

    class Plugin:
        @hookimpl
        def register_checks(self) -> dict[str, object]:
            return {"flattery": flattery}

    assert _with(Plugin()).checks["flattery"] is flattery


def test_register_samplers() -> None:
    class Plugin:
        @hookimpl
        def register_samplers(self) -> dict[str, object]:
            return {"nothing": lambda *_: Case({})}

    assert "nothing" in _with(Plugin()).samplers


def test_register_conventions() -> None:
    class Plugin:
        @hookimpl
        def register_conventions(self) -> dict[str, object]:
            return {"any case": str.lower}

    assert _with(Plugin()).conventions["any case"]("A") == "a"


def test_register_metrics() -> None:
    class Plugin:
        @hookimpl
        def register_metrics(self) -> dict[str, Metric]:
            return {"length": Metric(lambda answer, expected: len(answer) / len(expected))}

    metrics = _with(Plugin()).metrics
    assert metrics["length"].score([1], expected=[1, 2]) == 0.5
    assert metrics["accuracy"].score([1, 2], expected=[1, 3]) == 0.5


def test_register_datasets() -> None:
    class Plugin:
        @hookimpl
        def register_datasets(self) -> dict[str, object]:
            return {"mine": ROOT, "lee": ROOT}

    datasets = _with(Plugin()).datasets
    assert datasets["mine"] is ROOT
    assert datasets["lee"] is ROOT, "a later plugin replaces an earlier one's data"
    assert datasets["wordsim353"].tier == "shipped"


def test_register_given_files() -> None:
    class Plugin:
        @hookimpl
        def register_given_files(self) -> dict[str, object]:
            return {"mine.txt": lambda: b"mine"}

    walk = load_assignment(ROOT / "tests" / "build" / "walk")
    assert given_files(walk, _with(Plugin()))["given/mine.txt"] == b"mine"


def test_read_submission() -> None:
    class Plugin:
        @hookimpl
        def read_submission(self, name: str, data: bytes) -> list[Cell] | None:
            return [Cell("code", data.decode())] if name.endswith(".sage") else None

    hook = _with(Plugin()).hook
    assert hook.read_submission(name="x.sage", data=b"1") == [Cell("code", "1")]
    notebook = json.dumps({"cells": [{"cell_type": "code", "source": ["a\n", "b"]}]}).encode()
    assert hook.read_submission(name="x.ipynb", data=notebook) == [Cell("code", "a\nb")]


def test_grade_finished(tmp_path: Path) -> None:
    seen = []

    class Plugin:
        @hookimpl
        def grade_finished(self, record: GradeRecord, folder: Path) -> None:
            seen.append((record.student, folder))

    _with(Plugin()).hook.grade_finished(record=_record(), folder=tmp_path)
    assert seen == [("ada", tmp_path)]
    assert list((tmp_path / "feedback").iterdir())


def test_run_finished(tmp_path: Path) -> None:
    seen = []

    class Plugin:
        @hookimpl
        def run_finished(self, records: list[GradeRecord]) -> None:
            seen.extend(records)

    _with(Plugin()).hook.run_finished(records=[_record()], folder=tmp_path)
    assert len(seen) == 1
    assert "ada" in (tmp_path / "grades.csv").read_text(encoding="utf-8")


def test_a_misspelt_hook_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text(
        "from autograder.hookspecs import hookimpl\n@hookimpl\ndef register_sampler():\n    return {}\n"
    )
    with pytest.raises(PluginError, match="did you mean 'register_samplers'"):
        build_registry(tmp_path)


def test_what_ships_is_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import autograder.registry

    monkeypatch.setattr(autograder.registry, "HOME", tmp_path)
    with pytest.raises(PluginError, match="another package of that name"):
        build_registry()


def test_the_list_of_what_ships_is_all_of_it() -> None:
    registry = build_registry()
    assert isinstance(registry.manager, pluggy.PluginManager)
    assert set(SHIPPED) <= set(registry.origins)
