"""The figures: what they show, and that no label covers another."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.text import Annotation

from reference.figures.attention_map import attention_figure
from reference.figures.curves import gradient_norms_figure, loss_figure
from reference.figures.embedding import embedding_figure
from reference.figures.labels import free_places, overlaps
from reference.figures.vectors import arrows_figure, topics_figure
from tests.reference.oracles import Draw

if TYPE_CHECKING:
    from matplotlib.figure import Figure

pytestmark = pytest.mark.slow

draw = Draw(1)


def drawn(figure: Figure, dpi: int = 100) -> Figure:
    figure.savefig(io.BytesIO(), format="png", dpi=dpi)
    return figure


def label_boxes(figure: Figure) -> dict[str, np.ndarray]:
    figure.canvas.draw()
    texts = [text for text in figure.axes[0].texts if isinstance(text, Annotation) and text.get_text()]
    return {text.get_text(): text.get_window_extent().get_points() for text in texts}


def covered(figure: Figure) -> int:
    boxes = np.array(list(label_boxes(figure).values()))
    shrunk = boxes + 0.01 * np.array([[1, 1], [-1, -1]])  # a hundredth of a pixel for rounding
    return int(np.triu(overlaps(shrunk, shrunk), 1).sum())


@pytest.mark.parametrize("dpi", [100, 144, 300])
@pytest.mark.parametrize("spread", [1, 0.02])
def test_no_label_of_an_embedding_covers_another(spread: float, dpi: int) -> None:
    Y = np.vstack([spread * draw(40, 2), draw(20, 2)])
    figure = embedding_figure(Y, [f"word number {n}" for n in range(60)])
    figure.set_dpi(dpi)
    assert covered(figure) == 0
    assert len(label_boxes(figure)) > 30


def test_labels_would_cover_one_another_where_nobody_looks_for_room() -> None:
    figure = embedding_figure(draw(80, 2), [f"word number {n}" for n in range(80)])
    for text in figure.axes[0].texts:
        text.set_position((0, 0))
    assert covered(figure) > 20


def test_all_labels_are_within_the_picture_and_near_their_points_if_there_is_room() -> None:
    Y, names = draw(25, 2), [f"w{n}" for n in range(25)]
    figure = embedding_figure(Y, names, ["a", "b", "c", "d", "e"] * 5)
    boxes, axes = label_boxes(figure), figure.axes[0]
    assert set(boxes) == set(names)
    edges = axes.get_window_extent().get_points()
    assert figure.legends[0].get_window_extent().y0 > edges[1, 1]
    for name, point in zip(names, axes.transData.transform(Y), strict=True):
        assert (boxes[name][0] >= edges[0]).all()
        assert (boxes[name][1] <= edges[1]).all()
        assert np.linalg.norm(np.clip(point, *boxes[name]) - point) < 40


def test_of_labels_that_want_one_place_the_first_is_nearest_and_one_without_room_stays_away() -> None:
    points, sizes = np.full((9, 2), 50.0), np.full((9, 2), 28.0)
    places = free_places(points, sizes, np.array([[0.0, 0], [100, 100]]))
    placed = places[~np.isnan(places[:, 0])]
    boxes = np.stack([placed, placed + 28], axis=1)
    assert not np.triu(overlaps(boxes, boxes), 1).any()
    assert not np.isnan(places[0]).any()
    assert np.isnan(places).any()
    distances = np.abs(placed + 14 - 50).max(axis=1)
    assert distances[0] == distances.min()


def test_a_label_avoids_other_points_if_it_can() -> None:
    points = np.array([[50.0, 50], [70, 50]])
    place = free_places(points, np.array([[30.0, 10], [0, 0]]), np.array([[0.0, 0], [100, 100]]))[0]
    box = np.stack([place, place + np.array([30, 10])])[None]
    assert not overlaps(box, points[1:, None] + np.array([[-1.0], [1]])).any()


def test_points_without_a_name_are_drawn_and_missing_labels_refused() -> None:
    figure = embedding_figure(draw(3, 2), ["", "one", ""])
    assert list(label_boxes(figure)) == ["one"]
    with pytest.raises(ValueError, match="a label for each of the 3 places, not 2"):
        embedding_figure(draw(3, 2), ["a", "b"])


def test_losses_and_norms_are_drawn_by_name() -> None:
    figure = drawn(loss_figure({"plain": [3.0, 2, 1], "tied": [2.0, 1]}, "epoch"))
    plain, tied = figure.axes[0].lines
    np.testing.assert_array_equal(plain.get_xydata(), [[1, 3], [2, 2], [3, 1]])
    assert tied.get_label() == "tied"
    norms = np.abs(draw(6, 5))
    norms[0] = 0
    figure = drawn(gradient_norms_figure({"RNN": norms}))
    assert figure.axes[0].get_yscale() == "log"
    np.testing.assert_allclose(figure.axes[0].lines[0].get_ydata()[1:], np.median(norms, axis=1)[1:])


def test_an_attention_map_has_its_words_at_its_sides() -> None:
    weights = np.array([[0.9, 0.1, 0], [0.2, 0.3, 0.5]])
    figure = drawn(attention_figure(weights, ["le", "chat", "dort"], ["cat", "sleeps"]))
    axes = figure.axes[0]
    np.testing.assert_array_equal(axes.images[0].get_array(), weights)
    assert [text.get_text() for text in axes.get_xticklabels()] == ["le", "chat", "dort"]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["cat", "sleeps"]
    with pytest.raises(ValueError, match=r"\(3, 2\), not \(2, 3\)"):
        attention_figure(weights, ["a", "b"], ["c", "d", "e"])


def test_arrows_lead_from_word_to_word() -> None:
    Y = np.array([[0.0, 0], [1, 1], [2, 0], [3, 1]])
    figure = arrows_figure(Y, ["man", "king", "woman", "queen"], [("man", "king"), ("woman", "queen")])
    arrows = [text for text in drawn(figure).axes[0].texts if text.arrow_patch]
    assert [(tuple(arrow.xyann), tuple(arrow.xy)) for arrow in arrows] == [((0, 0), (1, 1)), ((2, 0), (3, 1))]
    assert set(label_boxes(figure)) == {"man", "king", "woman", "queen"}
    with pytest.raises(KeyError, match="'prince' has no place"):
        arrows_figure(Y, ["man", "king", "woman", "queen"], [("king", "prince")])


def test_topics_show_their_heaviest_words_first() -> None:
    topics = np.array([[0.1, 0.7, 0.2], [0.5, 0.1, 0.4]])
    figure = drawn(topics_figure(topics, ["sea", "ship", "sun"], 2))
    shown = [[text.get_text() for text in axes.get_yticklabels()] for axes in figure.axes]
    assert shown == [["ship", "sun"], ["sea", "sun"]]


def test_figures_are_drawn_without_the_state_of_pyplot() -> None:
    code = "import reference.figures.vectors as v, numpy, sys; v.topics_figure(numpy.ones((1, 2)), 'ab'); print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
