"""Grading the grader: selftest finds what it is there to find."""

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autograder.cli.course import load
from autograder.cli.selftest import command
from autograder.errors import AssignmentError
from autograder.selftest import mutants
from autograder.selftest.answers import load_answers
from autograder.selftest.findings import on_aims, on_answers, on_notebooks, on_verdicts
from autograder.selftest.mutants import Trials, judged_mutants
from autograder.selftest.page import BEGIN, END, write_report
from autograder.selftest.report import Numbers
from autograder.selftest.selftest import SelfTest
from autograder.selftest.trial import Trial
from autograder.selftest.variants import on_variants
from autograder.selftest.verdicts import Court, Seeds, everything_said
from autograder.selftest.workers import spread
from tests.handouts import ASSIGNMENTS, FOLDERS

pytestmark = pytest.mark.slow

CONTRACTS = Path(__file__).parent / "contracts"
WINDOWS = Path(__file__).parent / "windows"
RECURRENT = ASSIGNMENTS / "recurrent"


def _trial(folder: Path, only: str | None = None) -> Trial:
    loaded = load(folder)
    return Trial(loaded.assignment, loaded.solution, loaded.registry, only)


def _wrong(folder: Path, seeds: int = 1, trained: int = 1) -> dict[str, str]:
    """Return the wrong findings of a folder that need neither sandbox nor mutants."""
    trial = _trial(folder)
    said = everything_said(Court(trial, load_answers(trial)), Seeds(seeds, trained), lambda: None)
    found = [*on_verdicts(said), *on_answers(trial)]
    return {finding.subject: finding.words for finding in found if not finding.right}


def _changed(tmp_path: Path, file: str, old: str, new: str) -> Path:
    folder = tmp_path / "copy"
    if not folder.exists():
        shutil.copytree(CONTRACTS, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def _with_answer(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "answered"
    shutil.copytree(CONTRACTS, folder, dirs_exist_ok=True)
    (folder / "answers").mkdir()
    (folder / "answers" / "loops.py").write_text(text, encoding="utf-8")
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
    assert "count: nothing" in _wrong(folder)


def test_a_solution_that_fails_its_own_check_is_found(tmp_path: Path) -> None:
    folder = _changed(tmp_path, "solution.py", "found = {}", "found = {str(object()): 1}")
    assert "count: the solution" in _wrong(folder)


def test_a_verdict_that_hangs_on_the_seed_is_found(tmp_path: Path) -> None:
    folder = _changed(tmp_path, "plugin.py", 'text = {"": " ".join(', 'text = {"": "".join(')
    folder = _changed(tmp_path, "plugin.py", '_words(random, size["words"])), "empty"', '_words(random, 1)), "empty"')
    assert any("and not under most" in words for words in _wrong(folder, seeds=8).values())


def test_another_right_answer_may_have_some_of_the_tasks(tmp_path: Path) -> None:
    text = '"""With a loop."""\n\ndef count(tokens):\n    return {token: tokens.count(token) for token in tokens}\n'
    folder = _with_answer(tmp_path, text)
    assert _wrong(folder) == {}
    [answer] = load_answers(_trial(folder))
    assert (answer.way, list(answer.functions)) == ("With a loop.", ["count"])


def test_an_answer_that_loses_points_is_found(tmp_path: Path) -> None:
    text = '"""Hasty."""\n\ndef count(tokens):\n    return {token: 1 for token in tokens}\n'
    assert "count: answer loops" in _wrong(_with_answer(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"""Wrong name."""\n\ndef cuont(tokens):\n    return {}\n', "did you mean 'count'"),
        ("def count(tokens):\n    return {}\n", "how it was written"),
        ('"""Broken."""\n1 / 0\n', "ZeroDivisionError"),
    ],
)
def test_a_file_that_is_no_answer_is_refused(tmp_path: Path, text: str, words: str) -> None:
    trial = _trial(_with_answer(tmp_path, text))
    with pytest.raises(AssignmentError, match=words):
        load_answers(trial)


def _mutants(folder: Path, function: str) -> dict[str, tuple[bool, bool]]:
    """Return for each mutant of a function, in words, whether it differs and whether it is killed."""
    judged = judged_mutants(Trials(_trial(folder, function)), lambda: None)
    return {each.mutant.words: (each.differs, each.killed) for each in judged}


def test_mutants_of_a_function_are_killed_where_they_differ() -> None:
    found = _mutants(CONTRACTS, "square_loss")
    assert len(found) > 10
    assert all(killed == differs for differs, killed in found.values())
    assert any(differs for differs, _ in found.values())


def test_mistakes_are_made_in_the_functions_that_a_task_needs_and_not_in_what_is_given(tmp_path: Path) -> None:
    helper = "def halved(x):\n    return x / 2\n\n\ndef square_loss(w, b, x, y):"
    folder = _changed(tmp_path, "solution.py", "def square_loss(w, b, x, y):", helper)
    folder = _changed(tmp_path, "solution.py", "return 0.5 * np.mean(", "return halved(np.mean(")
    folder = _changed(tmp_path, "solution.py", "- y) ** 2)", "- y) ** 2))")
    found = _mutants(folder, "square_loss")
    assert found["halved, line 2: operator: x / 2 -> x * 2"] == (True, True)
    assert not any(words.startswith("Tree") for words in _mutants(CONTRACTS, "depth"))


def test_a_mutant_that_is_a_slip_is_counted_as_a_slip() -> None:
    trials = Trials(_trial(CONTRACTS, "square_loss_gradient"))
    [task] = trials.trial.tasks
    assert trials.slips_made(task) == 1
    assert not any(each.mutant.words.endswith("x.T @ error / len(y) -> x.T @ error") for each in trials.suspects)
    assert any(each.mutant.words.endswith("x.T @ error / len(y) -> x.T @ error * len(y)") for each in trials.suspects)


def test_a_mutant_that_no_check_fails_is_found(tmp_path: Path) -> None:
    folder = _changed(
        tmp_path, "assignment.toml", 'raises = ["ValueError"] }', 'raises = ["ValueError"], absolute = 100.0 }'
    )
    found = _mutants(folder, "mix")
    assert found["mix, line 5: operator: weight * a + (1 - weight) * b -> weight * a - (1 - weight) * b"] == (
        True,
        False,
    )


def test_a_mutant_that_never_ends_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutants, "SECONDS", 0.3)
    trials = Trials(_trial(CONTRACTS, "count"))
    one, *_ = trials.suspects
    endless = replace(one.mutant, source="def count(tokens):\n    while True:\n        pass\n")
    trials.__dict__["_made"] = [replace(one, mutant=endless)]
    assert [(each.differs, each.killed) for each in judged_mutants(trials, lambda: None)] == [(True, True)]


def test_work_that_does_not_end_or_ends_its_process_is_stopped_and_the_rest_is_done() -> None:
    def work(item: str) -> str:
        if item == "loops":
            while True:
                pass
        if item == "sleeps":
            time.sleep(60)
        if item == "ends":
            os._exit(0)
        return item.upper()

    found = dict(spread(work, ["a", "loops", "b", "ends", "sleeps", "c"], 0.1, processes=2))
    assert found == {"a": "A", "loops": None, "b": "B", "ends": None, "sleeps": None, "c": "C"}


def test_an_error_in_the_work_itself_is_not_taken_for_a_result() -> None:
    with pytest.raises(ZeroDivisionError):
        list(spread(lambda item: 1 / item, [1, 0], 5.0))


def _with_own_clipping(tmp_path: Path, first_argument: str) -> Path:
    folder = tmp_path / first_argument
    shutil.copytree(RECURRENT, folder)
    text = (folder / "solution.py").read_text(encoding="utf-8")
    own = f"\n\ndef clip_gradients({first_argument}, limit, by='value'):\n    return {{k: v.clip(-limit, limit) for k, v in {first_argument}.items()}}\n"
    (folder / "solution.py").write_text(text + own, encoding="utf-8")
    (folder / "slips.toml").unlink()
    return folder


def _wrong_answers(folder: Path) -> set[str]:
    return {finding.subject for finding in on_answers(_trial(folder)) if not finding.right}


def test_a_solution_that_parts_from_its_reference_is_found(tmp_path: Path) -> None:
    assert "clip_gradients: the reference" in _wrong_answers(_with_own_clipping(tmp_path, "gradients"))


def test_a_reference_of_the_same_name_with_other_arguments_is_another_contract(tmp_path: Path) -> None:
    assert "clip_gradients: the reference" not in _wrong_answers(_with_own_clipping(tmp_path, "named_arrays"))


@pytest.mark.slow
def test_every_value_of_a_students_own_numbers_is_tried() -> None:
    assert {each.subject: each.right for each in on_variants(_trial(WINDOWS))} == {
        "with WINDOW = 1": True,
        "with WINDOW = 3": True,
        "with PAD = '<pad>'": True,
    }


def test_a_slip_that_is_right_for_some_students_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "windows"
    shutil.copytree(WINDOWS, folder)
    slips = (folder / "slips.toml").read_text(encoding="utf-8")
    known = """
[[slips]]
name = "one to the right"
function = "count_pairs"
find = "tokens[i + 1 : i + 1 + WINDOW]"
replace = "tokens[i + 1 : i + 2]"
sentence = "It is what you get when only one place to the right is counted."
"""
    (folder / "slips.toml").write_text(slips + known, encoding="utf-8")
    wrong = {each.subject: each.words for each in on_variants(_trial(folder)) if not each.right}
    assert wrong == {"with WINDOW = 1: count_pairs: slip one to the right": "no check fails it"}


def test_the_recurrent_assignments_notebooks_earn_what_they_must() -> None:
    from autograder.sandbox.sandbox import open_sandbox
    from autograder.sandbox.tiers import Tier
    from autograder.staging import staged

    trial = _trial(RECURRENT)
    with (
        staged(trial.assignment, trial.registry) as stage,
        open_sandbox(stage, trial.assignment.limits, accept=Tier.REDUCED) as sandbox,
    ):
        findings, seconds = on_notebooks(trial, sandbox)
    assert [finding for finding in findings if not finding.right] == []
    assert len(findings) == 2
    assert seconds > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", FOLDERS)
def test_no_verdict_of_a_check_that_does_not_train_hangs_on_the_seed(name: str) -> None:
    assert _wrong(ASSIGNMENTS / name, seeds=5, trained=0) == {}


@pytest.mark.slow
@pytest.mark.parametrize("function", ["rnn_cell_forward", "rnn_backward", "clip_gradients"])
def test_the_recurrent_assignments_mutants_are_killed(function: str) -> None:
    found = _mutants(RECURRENT, function)
    assert len(found) > 30
    assert [words for words, (differs, killed) in found.items() if differs and not killed] == []


def _selftest(*words: str) -> Result:
    return CliRunner().invoke(command, [*words, "--accept-tier", "reduced"], standalone_mode=False)


@pytest.mark.slow
def test_the_command_tries_one_task_of_every_assignment_in_a_folder(tmp_path: Path) -> None:
    shutil.copytree(CONTRACTS, tmp_path / "contracts")
    done = _selftest(str(tmp_path), "--task", "count", "--json")
    found = json.loads(done.output)
    [report] = found["assignments"]
    assert done.return_value == 0, found
    assert found["wrong"] == 0
    assert list(report["tasks"]) == ["count"]
    assert report["tasks"]["count"]["killed"] == report["tasks"]["count"]["differing"] > 0


def test_a_report_is_of_a_whole_assignment(tmp_path: Path) -> None:
    done = _selftest(str(CONTRACTS), "--task", "count", "--report", str(tmp_path))
    assert "leave out --task or --report" in str(done.exception)


def test_a_folder_without_assignments_is_refused(tmp_path: Path) -> None:
    assert "holds none" in str(_selftest(str(tmp_path)).exception)


def test_a_report_is_kept_with_the_page_of_all_of_them(tmp_path: Path) -> None:
    report = SelfTest(_trial(CONTRACTS, "count"), Seeds(1)).in_process()
    page = tmp_path / "kept.md"
    page.write_text(f"Before.\n{BEGIN}\nold\n{END}\nAfter.\n", encoding="utf-8")
    write_report(report, tmp_path / "kept")
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.\n")
    assert text.endswith("After.\n")
    assert "old" not in text
    numbers = report.tasks["count"]
    assert f"| count | 0 of 0 | 0 | {numbers.inputs} | 0 | {numbers.mutants} |" in text
    killed = f"{numbers.killed} of {numbers.differing}"
    assert f"| contracts | 1 | 0 of 0 | {killed} | {numbers.named} | {numbers.wrong} | 0 of 0 | 0 | - |" in text
    assert json.loads((tmp_path / "kept" / "contracts.json").read_text(encoding="utf-8"))["wrong"] == 0


@pytest.mark.parametrize(
    ("numbers", "wrong"),
    [
        (Numbers(slips=10, slips_named=9, differing=100, killed=98, wrong=2), []),
        (Numbers(slips=10, slips_named=8), ["slips named"]),
        (Numbers(differing=100, killed=97), ["mutants killed"]),
        (Numbers(differing=200, killed=200, named=100, wrong=3), ["mutants named wrongly"]),
    ],
)
def test_an_aim_that_is_missed_is_a_wrong_finding(numbers: Numbers, wrong: list[str]) -> None:
    assert [finding.subject for finding in on_aims(numbers) if not finding.right] == wrong
