"""The command line's looks inside: explain, diagnose, report, trace."""

import json
import os
import pty
import re
import select
import sys

import numpy as np
import pytest
from PIL import Image
from test_cli import PROGRAM
from test_cli_models import digits, flats, folder, pets, run  # noqa: F401 - fixtures

import glassnet
from glassnet import layers, optimizers
from glassnet.datasets import mnist


@pytest.fixture(scope="module")
def picture(folder):  # noqa: F811
    path = folder / "picture.png"
    Image.fromarray(255 - mnist.load_data()[1][0][0]).save(path)  # a seven, dark on light
    return path


@pytest.fixture(scope="module")
def pet_model(folder, pets):  # noqa: F811
    path = folder / "pet_model.safetensors"
    with pytest.raises(SystemExit):
        glassnet.cli.main(["train", str(pets), "--target", "pet", "--epochs", "5", "--out", str(path)])
    return path


# -- explain -----------------------------------------------------------------------------------------------------------


def test_an_answer_is_explained(run, digits, picture):  # noqa: F811
    text = run("explain", digits, picture)
    assert text.startswith(f"{picture}  7  ")
    titles = ["Which inputs made the answer", "Which neurons made dense_1/z[0, 7]", "What would change the answer"]
    assert [text.index(title) for title in [*titles, "What would make it surer of 7"]] == sorted(
        text.index(title) for title in [*titles, "What would make it surer of 7"]
    )
    assert re.search(r"7 becomes \d by a change of length", text) and "dense_1/kernel[" in text and "\x1b" not in text


def test_an_explained_answer_as_a_document(run, digits, picture):  # noqa: F811
    found = json.loads(run("explain", digits, picture, "--json", "--label", "3"))
    model = glassnet.load_model(digits)
    x = model.preprocessing.transform(picture)
    said = model.predict(x[None], verbose=0)[0]
    assert found["prediction"] == "7" and found["probability"] == pytest.approx(said[7], rel=1e-6)
    assert sum(found["inputs"].values()) == pytest.approx(said[7] - model.predict(0 * x[None], verbose=0)[0, 7], abs=2e-3)
    sums = found["neurons"][0]
    assert sums["name"] == "dense_1/z[0, 7]"
    assert sums["bias"] + sum(part["value"] for part in sums["parts"]) == pytest.approx(sums["value"], abs=1e-4)
    changed = x + np.array(found["smallest_change"]["change"])
    answer = model.predict(changed[None].astype("float32"), verbose=0)[0].argmax()
    assert answer == int(found["smallest_change"]["new_answer"]) != 7
    assert found["wanted"] == "surer of 3" and found["nudges"]["dense_1"]["bias"]["dense_1/bias[3]"] > 0


def test_one_number_is_explained(run, digits, picture):  # noqa: F811
    text = run("explain", digits, picture, "--number", "dense_1/kernel[5, 3]", "--label", "3")
    assert text.startswith("d dense_1/kernel[5, 3] = ") and "Proof: finite difference" in text and "Python: t[" in text
    found = json.loads(run("explain", digits, "mnist:0", "--number", "dense_1/z[3]", "--json"))
    model, (_, (x, y)) = glassnet.load_model(digits), mnist.load_data()
    trace = model.trace(x[0], y[0])
    assert found["value"] == trace["dense_1/z"][0, 3] and found["finite_difference"] is None
    assert eval(found["python"], {"t": trace, "np": np}) == pytest.approx(found["value"], rel=1e-5)
    assert found["latex"].startswith(r"\begin{aligned}") and found["mathml"].startswith("<math")


def test_rows_have_the_names_of_their_columns(run, pets, pet_model):  # noqa: F811
    text = run("explain", pet_model, "4.1,red", "--label", "dog")
    assert "weight_kg" in text and "colour=" in text and "What would make it surer of dog" in text
    assert json.loads(run("explain", pet_model, f"{pets}:1", "--json"))["wanted"] == "surer of dog"


def test_a_number_to_be_met_is_explained(run, folder, flats):  # noqa: F811
    path = folder / "flat_model.safetensors"
    run("train", flats, "--target", "price", "--epochs", "3", "--out", path)
    text = run("explain", path, f"{flats}:0")
    assert "Which inputs made the answer" in text and "nearer to" in text and "change the answer" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "{digits}", "mnist:0", "--number", "dense/kernal[0, 0]"], "Did you mean 'dense/kernel'"),
        (["explain", "{digits}", "mnist:0", "--number", "dense/kernel[900, 0]"], "within the shape (784, 32)"),
        (["explain", "{digits}", "mnist:10000"], "mnist:0 to mnist:9999"),
        (["explain", "{digits}", "mnits:3"], "fashion_mnist"),
        (["explain", "{digits}", "mnist:0", "--label", "ten"], "one of 0, 1, 2"),
        (["explain", "{digits}", "none.png"], "none.png"),
        (["diagnose", "{digits}", "spirals"], "spiral"),
        (["report", "{digits}", "--out", "page.pdf"], "end in .html"),
        (["report", "{digits}", "--out", "nowhere/page.html"], "There is no nowhere"),
        (["trace", "none.safetensors"], "none.safetensors"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(run, digits, arguments, said):  # noqa: F811
    error = run(*(text.format(digits=digits) for text in arguments), status=1)
    assert said in error and error.startswith("glassnet: ") and error.count("\n") == 1


def test_a_model_of_no_known_set_needs_an_example(run, pet_model):  # noqa: F811
    for command, said in (("explain", "which example"), ("trace", "which example"), ("diagnose", "rows.csv"), ("report", "rows")):
        assert said in run(command, pet_model, status=2)


# -- diagnose and report -----------------------------------------------------------------------------------------------


def test_a_healthy_and_an_ill_network(run, folder, pets, digits):  # noqa: F811
    assert "nothing found on 1,024 examples of mnist" in run("diagnose", digits)
    assert json.loads(run("diagnose", digits, "--json"))["healthy"] is True
    ill = folder / "ill.safetensors"
    model = glassnet.Sequential(
        [layers.Input((8,)), layers.Dense(4, "relu", name="dead"), layers.Dense(1, "sigmoid")], name="parity"
    )
    model.get_layer("dead").bias.assign(np.full(4, -50.0))
    model.compile(optimizers.SGD(0.1), "binary_crossentropy")
    model.save(ill)
    text = run("diagnose", ill)
    assert "dead relu in dead" in text and "4 of 4 ReLUs" in text and "try " in text and "Maas" in text
    found = json.loads(run("diagnose", ill, "--json"))
    assert not found["healthy"] and found["findings"][0]["name"] == "dead_relu" and found["findings"][0]["measured"] == 1.0


def test_a_report_is_written(run, folder, pets, pet_model, digits, monkeypatch):  # noqa: F811
    monkeypatch.chdir(folder)
    assert "digits.html" in run("report", digits, "mnist")
    page = (folder / "digits.html").read_text()
    assert "Confusion matrix" in page and "http://" not in page.replace("http://www.w3.org", "")
    found = json.loads(run("report", pet_model, pets, "--out", "pets.html", "--json"))
    assert found["report"] == "pets.html" and found["bytes"] == (folder / "pets.html").stat().st_size
    assert ">cat<" in (folder / "pets.html").read_text()


# -- trace -------------------------------------------------------------------------------------------------------------


def test_every_number_of_a_step(run, digits):  # noqa: F811
    model, (_, (x, y)) = glassnet.load_model(digits), mnist.load_data()
    trace = model.trace(x[0], y[0])
    assert run("trace", digits) == f"{trace}\n"
    found = json.loads(run("trace", digits, "mnist:0", "--json"))
    assert set(found) == set(trace)
    for name in ("dense/z", "d dense_1/z", "new dense_1/bias"):
        np.testing.assert_array_equal(np.array(found[name], "float32"), trace[name])


def test_the_steps_are_listed_where_nobody_presses_keys(run, digits):  # noqa: F811
    trace = glassnet.load_model(digits).trace(*(part[0] for part in mnist.load_data()[1]))
    text = run("trace", digits, "mnist:0", "--step")
    assert [line.split()[0] for line in text.splitlines() if " of 15  " in line] == [str(n) for n in range(1, 16)]
    assert "15 of 15  update  adam" in text
    steps = json.loads(run("trace", digits, "--step", "--json"))
    assert [(step["number"], step["operation"]) for step in steps] == [(s.number, s.operation) for s in trace.steps()]
    np.testing.assert_array_equal(np.array(steps[1]["writes"]["dense/z"], "float32"), trace["dense/z"])


def test_stepping_with_keys(digits):  # noqa: F811
    """On a terminal of its own: space, back, last, quit."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM, "trace", str(digits), "mnist:0", "--step"])
    seen = []
    for key, awaited in ((b" ", "1 of 15"), (b" ", "2 of 15"), (b"b", "3 of 15"), (b"G", "2 of 15"), (b"q", "15 of 15")):
        seen.append(_screen(terminal))
        assert awaited in seen[-1], seen
        os.write(terminal, key)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(terminal)
    assert "weighted sum of neuron" in seen[1] and "The largest move" in seen[-1]


def _screen(terminal):
    """What is written until the line that says which keys there are."""
    text = ""
    while "q quit" not in text:
        assert select.select([terminal], [], [], 60)[0], f"nothing more came after {text!r}"
        text += os.read(terminal, 65536).decode()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
