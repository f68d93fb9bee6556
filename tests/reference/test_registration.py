"""What students and the grader read off the references: names, signatures and docstrings."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pluggy
import pytest

from autograder import hookspecs
from reference import registration

if TYPE_CHECKING:
    from collections.abc import Callable

REFERENCES = dict(registration.register_references())
NAMES = {f"{model}_{part}" for model in ("rnn", "lstm", "gru") for part in ("cell_forward", "cell_backward")}
NAMES |= {f"{model}_{part}" for model in ("rnn", "lstm", "gru") for part in ("forward", "backward")}


def test_the_hook_gives_every_recurrent_reference_by_name() -> None:
    manager = pluggy.PluginManager("gradmark")
    manager.add_hookspecs(hookspecs)
    manager.register(registration)
    manager.check_pending()
    (found,) = manager.hook.register_references()
    assert NAMES | {"birnn_forward", "clip_gradients"} <= set(found)
    assert all(name == reference.__name__ for name, reference in found.items())


def test_what_assignments_on_counts_and_glove_need_is_there() -> None:
    assert {"one_hot", "bag_of_words", "tf_idf", "cosine_similarity", "euclidean_distance"} <= set(REFERENCES)
    assert {"cooccurrence", "ppmi", "truncated_svd", "glove_loss", "glove_gradients", "glove_step"} <= set(REFERENCES)


def test_no_model_is_imported_before_references_are_asked_for() -> None:
    code = "import sys, reference.registration; print(*(name for name in sys.modules if name in ('scipy', 'torch')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not done.stdout.split()


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES)
def test_the_docstring_reads_right_without_the_parts_that_students_do_not_see(
    reference: Callable[..., object],
) -> None:
    paragraphs = (inspect.getdoc(reference) or "").split("\n\n")
    parameters = inspect.signature(reference).parameters.values()
    parts = [parameter.name for parameter in parameters if parameter.kind is parameter.KEYWORD_ONLY]
    about_parts = [place for place, text in enumerate(paragraphs) if text.startswith("Parts:")]
    assert about_parts == ([len(paragraphs) - 1] if parts else [])
    contract = "\n\n".join(paragraphs[: len(paragraphs) - len(about_parts)])
    for parameter in parameters:
        mentioned = re.search(rf"\b{parameter.name}\b", contract) is not None
        assert mentioned is (parameter.name not in parts), parameter.name
    assert "Returns" in contract
