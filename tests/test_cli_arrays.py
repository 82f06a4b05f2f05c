"""The command line on files of arrays: models of several inputs and outputs, sequences, rows of tables."""

import json

import numpy as np
import pytest
from test_cli_models import folder, run  # noqa: F401 - fixtures

import glassnet
from glassnet import Input, Model, layers


@pytest.fixture(scope="module")
def paths(folder):  # noqa: F811
    """`{name: (path of a model, path of its arrays)}`."""
    glassnet.utils.set_random_seed(0)
    rng, found = np.random.default_rng(0), {}
    left, right = Input((3,), name="left"), Input((2,), name="right")
    both = layers.Dense(4, "tanh", name="hidden")(layers.concatenate([left, right]))
    kind, size = layers.Dense(3, "softmax", name="kind")(both), layers.Dense(1, name="size")(both)
    words, last = Input((4,)), layers.Dense(1, "sigmoid", name="said")
    made = {
        "two": (Model([left, right], [kind, size], name="two"), ["sparse_categorical_crossentropy", "mse"]),
        "pair": (Model([left, right], {"kind": kind}, name="pair"), "sparse_categorical_crossentropy"),
        "words": (Model(words, last(layers.LSTM(3)(layers.Embedding(9, 3)(words))), name="words"), "binary_crossentropy"),
    }
    x = [rng.normal(size=(30, 3)), rng.normal(size=(30, 2))]
    y = [rng.integers(0, 3, 30), rng.normal(size=(30, 1))]
    arrays = {
        "two": {"x_0": x[0], "x_1": x[1], "y_0": y[0], "y_1": y[1]},
        "pair": {"x_0": x[0], "x_1": x[1], "y": y[0]},
        "words": {"x": rng.integers(0, 9, (30, 4)), "y": rng.integers(0, 2, 30)},
    }
    for name, (model, loss) in made.items():
        model.compile("adam", loss, metrics={"kind": ["accuracy"]} if name == "two" else ["accuracy"])
        model.save(folder / f"{name}.safetensors")
        held = {f"{key[0]}_val{key[1:]}": array[:10] for key, array in arrays[name].items()}
        np.savez(folder / f"{name}.npz", **arrays[name], **(held if name == "pair" else {}))
        found[name] = folder / f"{name}.safetensors", folder / f"{name}.npz"
    return found


@pytest.mark.parametrize("name", ["two", "pair", "words"])
def test_arrays_are_evaluated_diagnosed_reported_and_traced(run, folder, paths, name):  # noqa: F811
    model, data = paths[name]
    count = 10 if name == "pair" else 30
    assert json.loads(run("evaluate", model, data, "--json"))["examples"] == count
    found = json.loads(run("diagnose", model, data, "--json"))
    assert found["examples"] == 30 and found["healthy"]
    document = json.loads(run("report", model, data, "--out", folder / "page.html", "--json"))
    assert document["examples"] == count and (folder / "page.html").stat().st_size == document["bytes"]
    trace = json.loads(run("trace", model, f"{data}:3", "--json"))
    assert {"d loss", "loss", "target" if name != "two" else "size/target"} <= trace.keys()
    assert "of hidden" in run("trace", model, f"{data}:3", "--step") or name == "words"


def test_an_answer_from_two_inputs_is_explained(run, paths):  # noqa: F811
    model, data = paths["pair"]
    found, network = json.loads(run("explain", model, f"{data}:1", "--json")), glassnet.load_model(model)
    with np.load(data) as file:
        x = [file["x_val_0"][1], file["x_val_1"][1]]
    assert set(found["inputs"]) == {*(f"left/input[{n}]" for n in range(3)), *(f"right/input[{n}]" for n in range(2))}
    changed = [part + np.array(change) for part, change in zip(x, found["smallest_change"]["change"], strict=True)]
    answer = network.predict([part[None] for part in changed], verbose=0)["kind"][0].argmax()
    assert str(answer) == found["smallest_change"]["new_answer"] != found["smallest_change"]["answer"]
    text = run("explain", model, f"{data}:1")
    assert "left/input[" in text and "Which neurons made kind/z[0, " in text and "What would make it surer of" in text


def test_numbers_of_words_have_no_slope(run, paths):  # noqa: F811
    model, data = paths["words"]
    text = run("explain", model, f"{data}:1")
    assert text.count("choose rows of a table (Embedding)") == 2 and "Which neurons made said/z[0, 0]" in text
    assert "inputs" not in json.loads(run("explain", model, f"{data}:1", "--json"))


def test_of_several_outputs_numbers_are_explained(run, paths):  # noqa: F811
    model, data = paths["two"]
    assert run("explain", model, f"{data}:1", "--number", "size/z[0]").startswith("size/z[0, 0] = ")
    text = run("explain", model, f"{data}:1", "--number", "d kind/loss")
    assert text.startswith("d kind/loss = 1") and "Proof: finite difference" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain", "two", "two.npz:1"], "one output to explain its answer. 'two' has kind, size. Explain a number, such as"),
        (["explain", "two", "1,2,3"], "such as data.npz:0, as 'two' has the inputs left, right. Received: 1,2,3"),
        (["explain", "two", "two.npz:1", "--label", "2"], "Expected no --label, as the model has the outputs kind, size"),
        (["explain", "two", "two.npz:30"], "Expected an example from"),
        (["diagnose", "two", "mnist"], "Expected a file of arrays, .npz, as 'two' has the inputs left, right"),
        (["diagnose", "two", "words.npz"], "Expected the arrays x_0, x_1, y_0, y_1 (inputs left, right; outputs kind, size) in"),
        (["report", "words", "missing.npz"], "No such file"),
        (["trace", "words", "words.safetensors:0"], "Expected a text in UTF-8"),
        (["predict", "two", "1,2,3"], "such as data.npz:0, as 'two' has the inputs left, right. Received: 1,2,3"),
        (["predict", "words", "words.npz:30"], "Expected an example from"),
    ],
)
def test_what_is_not_there_is_told(run, folder, paths, arguments, message):  # noqa: F811
    command, name, data, *rest = arguments
    given = data if data in ("1,2,3", "mnist") else folder / data
    assert message in run(command, paths[name][0], given, *rest, status=1)


def test_a_file_that_is_none_is_refused(run, folder, paths):  # noqa: F811
    (folder / "broken.npz").write_bytes(b"PK\x03\x04 not really")
    assert "as numpy.savez writes it" in run("diagnose", paths["two"][0], folder / "broken.npz", status=1)


@pytest.fixture
def pictures(folder):  # noqa: F811
    """A network that reads pictures of two colours, its arrays, and these with one-hot labels."""
    glassnet.utils.set_random_seed(0)
    stack = [layers.Conv2D(2, 3, activation="relu"), layers.DepthwiseConv2D(2), layers.Flatten(), layers.Dense(2, "softmax")]
    model = glassnet.Sequential([Input((5, 5, 2)), *stack], name="pictures")
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 5, 5, 2)), np.eye(2)[rng.integers(0, 2, 9)]
    model.save(folder / "pictures.safetensors")
    np.savez(folder / "pictures.npz", x=x, y=y)
    return folder / "pictures.safetensors", folder / "pictures.npz"


def test_arrays_are_predicted_whole_and_one_by_one(run, folder, paths, pictures):  # noqa: F811
    model, data = paths["two"]
    with np.load(data) as file:
        kind, size = glassnet.load_model(model).predict([file["x_0"], file["x_1"]], verbose=0)
    lines = run("predict", model, data).splitlines()
    assert lines[0] == "kind_1,kind_2,kind_3,size" and len(lines) == 31
    assert [float(cell) for cell in lines[3].split(",")] == pytest.approx([*kind[2], *size[2]], rel=1e-4)
    (answer,) = json.loads(run("predict", model, f"{data}:2", "--json"))
    assert answer["prediction"]["kind"] == pytest.approx(kind[2].tolist()) and answer["prediction"]["size"] == float(size[2, 0])
    np.savez(folder / "unlabelled.npz", x=np.arange(4)[None])
    assert run("predict", paths["words"][0], folder / "unlabelled.npz:0").startswith("prediction,probability\n")
    assert "Which neurons made said/z" in run("explain", paths["words"][0], folder / "unlabelled.npz:0")
    model, data = pictures
    lines = run("predict", model, data, f"{data}:4").splitlines()
    assert len(lines) == 10 and lines[4] == lines[9] and lines[4].startswith(f"{data}:4  ")


def test_classes_that_are_one_hot_are_counted_and_explained(run, pictures):  # noqa: F811
    model, data = pictures
    counts = np.array(json.loads(run("evaluate", model, data, "--json"))["confusion_matrix"])
    with np.load(data) as file:
        predicted = glassnet.load_model(model).predict(file["x"], verbose=0).argmax(axis=1)
        truth = file["y"].argmax(axis=1)
    assert counts.tolist() == [[int(((truth == i) & (predicted == j)).sum()) for j in (0, 1)] for i in (0, 1)]
    text = run("explain", model, f"{data}:0")
    assert "What would make it surer of" in text and " 0 * " not in text  # no weights outside of the kernel


def test_every_output_is_measured_and_every_network_described(run, paths, pictures):  # noqa: F811
    model, data = paths["two"]
    measured = json.loads(run("evaluate", model, data, "--json"))["outputs"]
    assert sum(map(sum, measured["kind"]["confusion_matrix"])) == 30 and measured["size"] == {}
    assert "kind: " in run("evaluate", model, data) and "truth | predicted" in run("evaluate", model, data)
    told = run("info", model)
    assert "two.safetensors: 6 layers" in told and "loss       sparse_categorical_crossentropy, mean_squared_error" in told
    assert json.loads(run("info", pictures[0], "--json"))["network"] == "4 layers"


def test_training_on_arrays_is_left_to_python(run, paths):  # noqa: F811
    assert "Use model.fit(x, y) in Python" in run("train", paths["words"][1], status=1)
