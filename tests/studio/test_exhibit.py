"""A model from Python or from a file in the studio: the page that fits, a copy for each session, or a clear word."""

import os
import pty
import re
import subprocess
import sys

import numpy as np
import pytest
from browser import Watch
from playwright.sync_api import expect
from server import studio

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


def test_every_session_has_a_copy_of_its_own():
    model = small()
    exhibit = Exhibit.of(model)
    assert exhibit.page == "playground"
    first, second = exhibit.model(), exhibit.model()
    assert (first.params.array == model.params.array).all()
    first.params.array[:] = 0
    assert (second.params.array == model.params.array).all()


def test_a_model_file_opens_on_the_page_that_fits(browser, tmp_path):
    small().save(tmp_path / "model.safetensors")
    with studio(str(tmp_path / "model.safetensors")) as address:
        context = browser.new_context(locale="en-US")
        opened = context.new_page()
        opened.goto(address)
        expect(opened.locator('.gn-tab[aria-current="page"]')).to_have_text("Playground")
        context.close()


def small():
    model = Sequential([layers.Input((2,)), layers.Dense(3, "tanh", name="hidden"), layers.Dense(1, "sigmoid", name="out")])
    model.compile("adam", "binary_crossentropy")
    return model


OPEN = """
import sys
import numpy as np
from glassnet import Sequential, layers, studio
model = Sequential([layers.Input((2,)), layers.Dense(3, "tanh", name="hidden"), layers.Dense(1, "sigmoid", name="out")])
model.compile("adam", "binary_crossentropy")
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 3, "float32")
studio.open(model, (x, x[:, 0]), port=0, browser=False)
print("went on")
"""


def test_a_convolutional_network_shows_its_maps(browser, tmp_path):
    model = Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(3, 5, activation="relu", name="maps"),
            layers.MaxPooling2D(4, name="pool"),
            layers.Flatten(name="flat"),
            layers.Dense(12, "relu", name="hidden"),
            layers.Dense(10, "softmax", name="answer"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.save(tmp_path / "model.safetensors")
    with studio(str(tmp_path / "model.safetensors")) as address:
        context = browser.new_context(locale="en-US", viewport={"width": 1440, "height": 900})
        opened = context.new_page()
        watch = Watch(opened, address)
        opened.goto(address)
        card = opened.locator(".gn-digits-network")
        expect(card.get_by_role("group", name="maps").get_by_role("button")).to_have_count(3)
        expect(card.get_by_role("group", name="hidden").get_by_role("button")).to_have_count(12)
        first = card.locator("canvas").first
        before = first.evaluate("node => node.toDataURL()")
        opened.locator(".gn-play").click()
        opened.wait_for_function("([node, had]) => node.toDataURL() !== had", arg=[first.element_handle(), before])
        opened.get_by_role("button", name="What it wants changed").click()
        expect(opened.get_by_text("hidden/a[")).not_to_have_count(0)
        context.close()
        assert not watch.problems, watch.problems


def test_open_in_a_script_serves_until_ctrl_c():
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    process = subprocess.Popen(
        [sys.executable, "-c", OPEN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=inherited
    )
    assert re.match(r"The studio is at http://127.0.0.1:\d+/", process.stdout.readline())
    process.send_signal(2)
    out, errors = process.communicate(timeout=20)
    assert (out, errors, process.returncode) == ("went on\n", "", 0)


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
