"""What shows itself in a notebook: well-formed, escaped, light and dark."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from glassnet import Sequential, layers
from glassnet.callbacks import History
from glassnet.inspect.doctor import diagnose

X, Y = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], [1, 1, 0, 0]


@pytest.fixture(scope="module")
def model():
    model = Sequential([layers.Input((2,)), layers.Dense(20, activation="tanh"), layers.Dense(1, activation="sigmoid")],
                       name="a<b")  # fmt: skip
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    model.fit(X, Y, epochs=3, verbose=0, validation_data=(X, Y))
    return model


def shown(thing):
    """What a notebook shows; fails where elements are not closed."""
    text = thing._repr_html_()
    tree = re.sub("<style>.*?</style>|<br>", "", text, flags=re.DOTALL)
    ElementTree.fromstring(tree)
    assert "prefers-color-scheme:dark" in text and "data-jp-theme-light" in text and "<script" not in text
    return text


def test_a_model(model):
    text = shown(model)
    assert "a&lt;b" in text and "a<b" not in text
    assert text.count("<circle") == 2 + 8 + 1, "of 20 neurons 8 are drawn"
    assert "81 parameters" in text and "tanh" in text
    assert "not built" in shown(Sequential([layers.Dense(2)]))


def test_the_drawing_shows_the_sign_of_weights(model):
    drawn = shown(model)[shown(model).index("<svg") :]
    kernels = [layer.kernel.value[:8, :8] for layer in model.layers]
    assert drawn.count('stroke="var(--positive)"') == sum((kernel >= 0).sum() for kernel in kernels)
    assert drawn.count('stroke="var(--negative)"') == sum((kernel < 0).sum() for kernel in kernels)


def test_a_history(model):
    text = shown(model.history)
    assert text.count("<svg") == 2 and text.count('stroke-dasharray="5 4"') == 2
    assert "no epoch" in shown(History())


def test_a_diagnosis(model):
    assert "Nothing was found" in shown(diagnose(model, X, Y))
    sick = Sequential([layers.Input((2,)), layers.Dense(1, activation="softmax")])
    sick.compile("sgd", "binary_crossentropy")
    text = shown(diagnose(sick, X, Y))
    assert "softmax of one unit" in text and "<b>Try:</b>" in text


def test_a_trace(model):
    text = shown(trace := model.trace(X[0], [Y[0]]))
    assert all(f"<td>{name}</td>" in text for name in (*trace.tensors, *trace.variables))
