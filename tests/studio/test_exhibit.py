"""A model from Python or from a file in the studio: the page that fits, a copy for each session, or a clear word."""

import os
import pty
import subprocess
import sys

import numpy as np
import pytest

from glassnet import Sequential, layers
from glassnet.studio.exhibit import Exhibit, page_for


def network(inputs, outputs, hidden=4, activation="softmax"):
    model = Sequential(
        [
            layers.Input(inputs),
            layers.Flatten(),
            layers.Dense(hidden, "relu", name="hidden"),
            layers.Dense(outputs, activation, name="out"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy" if activation == "softmax" else "binary_crossentropy")
    return model


def test_no_page_says_what_the_pages_show():
    with pytest.raises(ValueError, match=r"Expected a model that a page of the studio can show.*Received: model .*\(None, 300\)"):
        page_for(network((300,), 7, hidden=200), None)


def test_data_that_do_not_belong_together_are_refused():
    with pytest.raises(ValueError, match=r"Expected data as \(x, y\)"):
        Exhibit.of(network((28, 28), 10), (np.zeros((5, 28, 28)), np.zeros(4)))


@pytest.mark.parametrize(
    ("terminal", "environment", "opens"),
    [
        (True, {"DISPLAY": ":0", "BROWSER": "true"}, True),
        (True, {"DISPLAY": ":0", "BROWSER": "true", "CI": "true"}, False),
        (True, {"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": "true"}, sys.platform == "darwin"),
        (False, {"DISPLAY": ":0", "BROWSER": "true"}, False),
    ],
)
def test_the_demo_opens_a_browser_for_somebody_who_is_there(terminal, environment, opens):
    code = "from glassnet.cli.studio import has_browser; print(has_browser())"
    inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "DISPLAY", "WAYLAND_DISPLAY", "BROWSER")}
    mine, theirs = pty.openpty()
    process = subprocess.run(
        [sys.executable, "-c", code],
        stdin=subprocess.DEVNULL,
        stdout=theirs if terminal else subprocess.PIPE,
        env={**inherited, **environment},
        check=True,
    )
    said = os.read(mine, 100) if terminal else process.stdout
    os.close(mine)
    os.close(theirs)
    assert said.split() == [str(opens).encode()]
