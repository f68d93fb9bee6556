"""Grading the grader: selftest finds what it is there to find."""

import shutil
from pathlib import Path

import pytest

from autograder.cli.course import load
from autograder.selftest import SelfTest

CONTRACTS = Path(__file__).parent / "contracts"


def _wrong(folder: Path) -> dict[str, str]:
    """Return the wrong findings of a folder that need no sandbox."""
    loaded = load(folder)
    test = SelfTest(loaded.assignment, loaded.solution, loaded.registry, (1,))
    return {finding.subject: finding.words for finding in test.in_process() if not finding.right}


def _changed(tmp_path: Path, file: str, old: str, new: str) -> Path:
    folder = tmp_path / "copy"
    shutil.copytree(CONTRACTS, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_a_sound_assignment_has_no_wrong_finding() -> None:
    assert _wrong(CONTRACTS) == {}


def test_a_slip_that_no_check_fails_is_found(tmp_path: Path) -> None:
    folder = _changed(tmp_path, "slips.toml", 'replace = "x.T @ error"', 'replace = "error @ x / len(y)"')
    assert any("no check fails it" in words for words in _wrong(folder).values())


def test_two_slips_with_the_same_answers_are_found(tmp_path: Path) -> None:
    twin = '[[slips]]\nname = "twin"\nfunction = "tokenize"\nfind = "text.lower()"\nreplace = "str(text)"\nsentence = "Twin."\n\n[[slips]]\nname = "case kept"'
    folder = _changed(tmp_path, "slips.toml", '[[slips]]\nname = "case kept"', twin)
    wrong = _wrong(folder)
    assert "they give the same answers on every case" in wrong.values()
    assert any("taken for twin" in words for words in wrong.values())


def test_a_check_that_passes_nothing_is_found(tmp_path: Path) -> None:
    folder = _changed(tmp_path, "solution.py", "return found", "return None")
    assert "count: None" in _wrong(folder)


def test_a_solution_that_fails_its_own_check_is_found(tmp_path: Path) -> None:
    folder = _changed(tmp_path, "solution.py", "found = {}", "found = {str(object()): 1}")
    assert "count: the solution" in _wrong(folder)


def _with_own_clipping(tmp_path: Path, first_argument: str) -> Path:
    folder = tmp_path / first_argument
    shutil.copytree(CONTRACTS.parent.parent / "assignments" / "recurrent", folder)
    text = (folder / "solution.py").read_text(encoding="utf-8")
    own = f"\n\ndef clip_gradients({first_argument}, limit, by='value'):\n    return {{k: v.clip(-limit, limit) for k, v in {first_argument}.items()}}\n"
    (folder / "solution.py").write_text(text + own, encoding="utf-8")
    (folder / "slips.toml").unlink()
    return folder


def test_a_solution_that_parts_from_its_reference_is_found(tmp_path: Path) -> None:
    assert "clip_gradients: the reference" in _wrong(_with_own_clipping(tmp_path, "gradients"))


def test_a_reference_of_the_same_name_with_other_arguments_is_another_contract(tmp_path: Path) -> None:
    assert "clip_gradients: the reference" not in _wrong(_with_own_clipping(tmp_path, "named_arrays"))


@pytest.mark.slow
def test_the_recurrent_assignment_passes_its_own_selftest() -> None:
    from autograder.sandbox.sandbox import open_sandbox
    from autograder.sandbox.tiers import Tier
    from autograder.staging import staged

    loaded = load(CONTRACTS.parent.parent / "assignments" / "recurrent")
    test = SelfTest(loaded.assignment, loaded.solution, loaded.registry, (1,))
    with (
        staged(loaded.assignment, loaded.registry) as stage,
        open_sandbox(stage, loaded.assignment.limits, accept=Tier.REDUCED) as sandbox,
    ):
        findings = list(test.findings(sandbox))
    assert len(findings) > 130
    assert [finding for finding in findings if not finding.right] == []
