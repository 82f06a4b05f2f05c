"""Summaries and drawings of graphs."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

import glassnet
from glassnet import layers, utils
from glassnet.inspect.graph_layout import Layout
from glassnet.models import Model, Sequential


@pytest.fixture(autouse=True)
def _seeded():
    glassnet.utils.clear_session()


def residual(blocks=2):
    x = h = layers.Input((8,), name="x")
    for number in range(blocks):
        h = layers.add([h, layers.Dense(8, activation="relu", name=f"block_{number}")(h)], name=f"sum_{number}")
    shared = layers.Dense(2, name="shared")
    return Model(x, layers.concatenate([shared(h), shared(x)], name="both"), name="<residual>")


def test_the_summary_says_what_each_layer_reads():
    lines = []
    residual().summary(line_length=120, print_fn=lines.append)
    table = {line.split()[0]: line for line in lines if "(None" in line}
    assert "Connected to" in "\n".join(lines)
    assert re.search(r"\(None, 8\)\s+0\s+x, block_0$", table["sum_0"])
    assert re.search(r"18\s+sum_1$", table["shared"]) and re.search(r"as above\s+x$", table["shared_call_1"])
    assert lines[-1].startswith("162 parameters")


def test_the_drawing_has_a_box_for_each_place_and_an_arrow_for_each_link(tmp_path):
    model = residual()
    utils.plot_model(model, tmp_path / "model.svg")
    picture = ElementTree.fromstring((tmp_path / "model.svg").read_text(encoding="utf-8"))
    space = "{http://www.w3.org/2000/svg}"
    places = model.places
    assert len(picture.findall(f"{space}rect")) == len(places) == 8
    assert len(picture.findall(f"{space}path")) == 2 * sum(len(place.sources) for place in places) == 20
    words = [text.text for text in picture.findall(f"{space}text")]
    assert {"shared_call_1", "Dense  2", "input  8"} <= set(words)
    assert "&lt;residual&gt;" in str(model.plot()) and "<svg" in model.plot()._repr_html_()
    assert (
        model._repr_html_().count("<rect") == 8 and "<rect" not in Sequential([layers.Input((2,)), layers.Dense(2)])._repr_html_()
    )


@pytest.mark.parametrize("blocks", [1, 3, 6])
def test_boxes_do_not_overlap_and_lines_pass_beside_them(blocks):
    places = residual(blocks).places
    widths = {place.name: 100 for place in places}
    links = [(source, place.name) for place in places for source in place.sources]
    layout = Layout(widths, links, height=40)
    boxes = list(layout.places.items())
    for number, (_, (x, y)) in enumerate(boxes):
        assert 50 <= x <= layout.size[0] - 50 and 20 <= y <= layout.size[1] - 20
        assert all(abs(u - x) >= 100 or abs(v - y) >= 40 for _, (u, v) in boxes[number + 1 :])
    for (source, target), points in layout.lines.items():
        assert points[0] == layout.places[source] and points[-1] == layout.places[target]
        for u, v in points[1:-1]:
            assert all(abs(u - x) > 50 or abs(v - y) > 20 for _, (x, y) in boxes)
        assert all(above[1] < below[1] for above, below in zip(points, points[1:], strict=False))


def test_what_cannot_be_drawn_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no shapes to draw yet"):
        Sequential([layers.Dense(2)]).plot()
    with pytest.raises(ValueError, match="ends in .svg"):
        utils.plot_model(residual(), tmp_path / "model.png")
