"""Convolutions and pooling, worked out by hand: which products an explanation names, at the border, too."""

import numpy as np
import pytest
from test_explain import check

from glassnet import layers
from glassnet.models import Sequential

OPTIONS = {"dtype": "float64"}
IMAGE = np.array([[1.0, 5.0, 2.0, 0.0], [3.0, 4.0, 7.0, 6.0], [0.0, 2.0, 1.0, 3.0], [8.0, 1.0, 2.0, 2.0]])
KERNEL = np.array([[1.0, 2.0, 0.5], [-1.0, 3.0, 0.25], [4.0, -2.0, 1.5]])


def traced(*parts):
    model = Sequential([layers.Input((4, 4, 1), **OPTIONS), *parts, layers.Flatten(**OPTIONS)])
    model.compile("sgd", "sum_of_squares")
    x = np.stack([IMAGE, 10 - IMAGE])[..., None]
    return model, lambda: model.trace(x, np.zeros((2, *model.output_shape[1:])))


def names(e):
    return {tuple(factor.name for factor in term.factors) for term in e.terms}


@pytest.fixture
def filtered():
    layer = layers.Conv2D(1, 3, padding="same", name="c", **OPTIONS)
    model, trace = traced(layer)
    layer.set_weights([KERNEL[:, :, None, None], [0.5]])
    return trace()


def test_a_weighted_sum_is_the_patch_times_the_kernel(filtered):
    e = check(filtered, "c/z[0, 1, 2, 0]")
    assert e.value == (IMAGE[0:3, 1:4] * KERNEL).sum() + 0.5
    pairs = {(f"input[0, {h}, {w + 1}, 0]", f"c/kernel[{h}, {w}, 0, 0]") for h in range(3) for w in range(3)}
    assert names(e) == pairs | {("c/bias[0]",)}
    assert "weighted sum of filter 0 of c at 1, 2, in example 0" in e.text


def test_at_the_border_nothing_outside_counts(filtered):
    e = check(filtered, "c/z[0, 0, 0, 0]")
    assert e.value == (IMAGE[:2, :2] * KERNEL[1:, 1:]).sum() + 0.5 and len(e.terms) == 5


def test_a_weight_of_the_kernel_adds_up_all_places_of_all_examples(filtered):
    e = check(filtered, "c/kernel[0, 1, 0, 0]")  # reads the row above: 3 rows of 4 in each of 2 examples
    assert len(e.terms) == 24 and ("input[1, 0, 3, 0]", "d c/z[1, 1, 3, 0]") in names(e)
    assert e.value == pytest.approx(float((filtered["input"][:, :3] * filtered["d c/z"][:, 1:]).sum()))
    assert "the weight at 0, 1 of filter 0 for channel 0 of c" in e.text
    assert len(check(filtered, "c/bias[0]").terms) == 32


def test_a_pixel_is_wanted_by_the_kernel_turned_round(filtered):
    e = check(filtered, "d input[0, 0, 1, 0]")
    places = [(p, q) for p in (0, 1) for q in (0, 1, 2)]
    assert names(e) == {(f"c/kernel[{1 - p}, {2 - q}, 0, 0]", f"d c/z[0, {p}, {q}, 0]") for p, q in places}
    assert "[::-1, ::-1]" in e.python


def test_pooling_names_the_one_that_won_and_the_share_of_each():
    _, trace = traced(layers.MaxPooling2D(2, name="m", **OPTIONS))
    assert names(check(trace(), "m/a[0, 0, 1, 0]")) == {("input[0, 1, 2, 0]",)}  # the 7
    assert names(check(trace(), "d input[0, 1, 2, 0]")) == {("d m/a[0, 0, 1, 0]",)}
    assert check(trace(), "d input[0, 1, 3, 0]").value == 0
    _, trace = traced(layers.AveragePooling2D(2, name="m", **OPTIONS))
    e = check(trace(), "m/a[0, 0, 1, 0]")
    assert e.value == 15 / 4 and len(e.terms) == 4 and e.terms[0].factors[1].name == "input[0, 1, 2, 0]"
    assert names(check(trace(), "d input[0, 1, 3, 0]")) == {("1/4", "d m/a[0, 0, 1, 0]")}
