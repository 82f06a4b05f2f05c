"""The command line's way round: train, look inside, measure, ask."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

import glassnet
from glassnet import cli, utils
from glassnet.datasets import mnist


@pytest.fixture
def run(capsys):
    """Runs a command in this process, expects success, returns its standard output."""

    def run(*arguments, status=0):
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        output, error = capsys.readouterr()
        assert ended.value.code == status, error
        return output if status == 0 else error

    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def digits(folder):
    """A network for digits, trained by the command line for one epoch."""
    path = folder / "digits.safetensors"
    utils.clear_session()  # as in a process of its own: the layers are dense and dense_1
    with pytest.raises(SystemExit) as ended:
        cli.main(["train", "mnist", "--layers", "32", "--epochs", "1", "--out", str(path)])
    assert ended.value.code == 0
    return path


@pytest.fixture(scope="module")
def pets(folder):
    """A table with two classes: the cats are light; some weights are missing."""
    path = folder / "pets.csv"
    rng = np.random.default_rng(1)
    rows = ["weight_kg,colour,pet"]
    for number in range(200):
        pet = ("cat", "dog")[number % 2]
        weight = rng.normal((4, 20)[number % 2], 1)
        rows.append(f"{'' if number % 20 == 0 else f'{weight:.2f}'},{rng.choice(['black', 'red'])},{pet}")
    path.write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def flats(folder):
    """A table with a price: 2000 a square metre and 50000 on top by the lake; some areas are missing."""
    path = folder / "flats.csv"
    rng = np.random.default_rng(2)
    rows = ["area;place;price"]
    for number in range(300):
        area, lake = rng.uniform(30, 150), number % 2
        price = 2000 * area + 50000 * lake
        rows.append(f"{'NA' if number % 50 == 0 else f'{area:.1f}'};{('town', 'lake')[lake]};{price:.2f}")
    path.write_text("\n".join(rows) + "\n")
    return path


# -- tables ------------------------------------------------------------------------------------------------------------


def test_a_table_with_classes(run, folder, pets):
    model = folder / "pets.safetensors"
    arguments = ["train", pets, "--target", "pet", "--epochs", 60, "--layers", "8", "--out", model]
    trained = json.loads(run(*arguments, "--json"))
    assert trained["network"] == "4-8-1"  # weight, "weight is missing", two colours
    assert trained["loss"] == "binary_crossentropy" and not trained["interrupted"]
    assert len(trained["history"]["loss"]) == 60
    assert trained["test"]["accuracy"] > 0.85

    rows = folder / "new_pets.csv"
    rows.write_text("colour,weight_kg\nred,3.5\nblack,21\n")
    answers = list(csv.DictReader(io.StringIO(run("predict", model, rows))))
    assert [answer["pet"] for answer in answers] == ["cat", "dog"]
    assert all(0.5 < float(answer["probability"]) <= 1 for answer in answers)
    first = json.loads(run("predict", model, rows, "--json"))[0]
    assert first["prediction"] == "cat" and set(first["probabilities"]) == {"cat", "dog"}
    assert run("predict", model, "4.1,red").splitlines()[1].startswith("cat,")

    measured = json.loads(run("evaluate", model, pets, "--json"))
    assert measured["examples"] == 200 and measured["class_names"] == ["cat", "dog"]
    counts = np.array(measured["confusion_matrix"])
    assert counts.sum() == 200 and np.trace(counts) / 200 == pytest.approx(measured["accuracy"])
    assert "truth | predicted" in run("evaluate", model, pets)
    told = run("info", model)
    assert "weight_kg  number" in told and "one of black, red" in told and "predicts pet: one of cat, dog" in told


def test_a_row_of_a_table_is_asked_by_its_number_in_the_file(run, folder, pets):
    model, rows = folder / "numbered.safetensors", folder / "unlabelled.csv"
    run("train", pets, "--target", "pet", "--epochs", 20, "--layers", "8", "--out", model)
    rows.write_text("weight_kg,colour,pet\n20,red,\n4,red,dog\n")
    assert run("predict", model, rows).splitlines()[1:] == [
        run("predict", model, f"{rows}:{number}").splitlines()[1] for number in (0, 1)
    ]
    label, said = ("loss/values" in json.loads(run("trace", model, f"{rows}:{n}", "--json")) for n in (1, 0))
    assert label and said  # without a label what the network says is the label
    assert "surer of dog" in run("explain", model, f"{rows}:1")
    assert "from" in run("predict", model, f"{rows}:2", status=1)
    rows.write_text("weight_kg,colour\n20,red\n")
    assert run("explain", model, f"{rows}:0").startswith(f"{rows}:0  ")


def test_a_table_with_a_number_to_predict(run, folder, flats):
    model = folder / "flats.safetensors"
    options = ["--epochs", 200, "--learning-rate", 0.01, "--out", model]
    output = run("train", flats, "--target", "price", *options)
    assert output.splitlines()[0] == "flats: 240 examples to learn from, 60 to test on"
    assert sum(line.startswith("Epoch") for line in output.splitlines()) == 10

    rows = folder / "new_flats.csv"
    rows.write_text("area,place\n100,town\n100,lake\n")
    answers = [float(row["price"]) for row in csv.DictReader(io.StringIO(run("predict", model, rows)))]
    assert answers == pytest.approx([200_000, 250_000], rel=0.05)
    assert json.loads(run("predict", model, rows, "--json"))[0]["prediction"] == pytest.approx(answers[0], rel=1e-4)

    measured = json.loads(run("evaluate", model, flats, "--json"))
    assert measured["examples"] == 300 and measured["mean_error"] < 20_000
    assert "On average price is off by" in run("evaluate", model, flats)
    assert "predicts price: number" in run("info", model)


def test_a_table_of_standard_input(run, folder, pets, monkeypatch):
    model = folder / "piped.safetensors"
    run("train", pets, "--target", "pet", "--epochs", 1, "--out", model)
    monkeypatch.setattr("sys.stdin", io.StringIO("colour,weight_kg\nred,3.5\n"))
    assert run("predict", model, "-").startswith("pet,probability\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("colour,weight_kg\nred\n"))
    assert "as many cells" in run("predict", model, "-", status=1)


def test_a_table_needs_a_target_that_it_has(run, folder, pets):
    assert "weight_kg, colour, pet" in run("train", pets, status=2)
    assert "'price'" in run("train", pets, "--target", "price", status=1)


def test_what_does_not_fit_a_table_is_refused(run, folder, pets):
    model = folder / "refusing.safetensors"
    run("train", pets, "--target", "pet", "--epochs", 1, "--out", model)
    assert "weight_kg, colour" in run("predict", model, "1,2,3", status=1)
    assert "evaluate" in run("evaluate", model, status=2)
    assert "pictures" in run("evaluate", model, "mnist", status=1)
    other = folder / "other.csv"
    other.write_text("weight_kg,colour\n3,red\n")
    assert "'pet'" in run("evaluate", model, other, status=1)


def test_kind_and_ignore(run, folder, pets):
    model = folder / "one.safetensors"
    options = ["--target", "pet", "--ignore", "colour", "--epochs", 1, "--layers", "none", "--out", model]
    assert json.loads(run("train", pets, *options, "--json"))["network"] == "2-1"


# -- named sets --------------------------------------------------------------------------------------------------------


def test_parity_is_learnt_and_asked_by_bits(run, folder):
    model = folder / "parity.safetensors"
    output = run("train", "parity", "--layers", "none", "--learning-rate", 0.1, "--epochs", 30, "--out", model)
    assert "Test  loss" in output and "accuracy 1.0000" in output
    answers = run("predict", model, "1,0,0,1,1,1,0,1", "1,0,0,0,0,1,1,0").splitlines()
    assert [line.split(",")[0] for line in answers] == ["odd", "1", "0"]
    assert json.loads(run("evaluate", model, "--json"))["accuracy"] == 1


@pytest.mark.parametrize("name", [d.name for d in glassnet.datasets.catalogue() if len(d.inputs) == 1])
def test_every_named_set_can_be_trained_and_measured(run, folder, name):
    model = folder / f"{name}_short.safetensors"
    trained = json.loads(run("train", name, "--epochs", 2, "--out", model, "--json"))
    measured = json.loads(run("evaluate", model, "--json"))
    assert {key: measured[key] for key in trained["test"]} == trained["test"]


def test_the_spiral_is_learnt_without_any_option(run, folder):
    trained = json.loads(run("train", "spiral", "--out", folder / "spiral.safetensors", "--json"))
    assert trained["test"]["accuracy"] > 0.9


def test_the_same_seed_gives_the_same_bytes(run, folder):
    one, other, third = (folder / f"seed_{number}.safetensors" for number in range(3))
    for path, seed in ((one, 5), (other, 5), (third, 6)):
        run("train", "moons", "--epochs", 3, "--dropout", 0.1, "--seed", seed, "--out", path)
    weights = [glassnet.load_model(path).params.array.tobytes() for path in (one, other, third)]
    assert weights[0] == weights[1] != weights[2]


def test_options_reach_the_network(run, folder):
    model = folder / "options.safetensors"
    options = ["--layers", "8x4", "--activation", "tanh", "--optimizer", "sgd", "--learning-rate", 0.5, "--l2", 0.001]
    more = ["--dropout", 0.25, "--loss", "mse", "--epochs", 2, "--batch-size", 16, "--out", model]
    run("train", "circle", *options, *more)
    told = json.loads(run("info", model, "--json"))
    assert told["network"] == "2-8-4-1"
    assert [layer["class"] for layer in told["layers"]] == ["Dense", "Dropout", "Dense", "Dropout", "Dense"]
    network = glassnet.load_model(model)
    assert network.layers[0].activation.name == "tanh" and network.layers[1].rate == 0.25
    assert network.layers[0].kernel_regularizer.l2 == pytest.approx(0.001)
    assert float(network.optimizer.learning_rate) == 0.5 and network.loss.name == "mean_squared_error"
    assert told["steps"] == 2 * 16  # 250 examples


def test_patience_stops_early_and_says_where(run, folder):
    options = ["--epochs", 500, "--validation", 0.2, "--patience", 3, "--out", folder / "patient.safetensors"]
    output = run("train", "weather", *options)
    last = [line for line in output.splitlines() if line.startswith("Epoch")][-1]
    assert "val_loss" in last and int(last.split("/")[0].split()[1]) < 500


# -- pictures ----------------------------------------------------------------------------------------------------------


def test_pictures_are_read(run, folder, digits):
    _, (x, y) = mnist.load_data()
    probabilities = glassnet.load_model(digits).predict(x, verbose=0)
    sure = int(np.argmax(probabilities.max(axis=1) * (y == 7)))
    path, large = folder / "seven.png", folder / "[large] seven.png"
    paper = Image.fromarray(255 - x[sure])  # dark on light
    paper.save(path)
    paper.resize((140, 140), Image.Resampling.BICUBIC).save(large)
    lines = run("predict", digits, path, large).splitlines()
    assert [line.split("  ")[:2] for line in lines] == [[str(path), "7"], [str(large), "7"]]
    answer = json.loads(run("predict", digits, path, "--json"))[0]
    assert answer["prediction"] == "7" and answer["input"] == str(path)
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-4)


def test_a_digit_is_drawn_on_a_terminal(run, folder, digits, monkeypatch):
    _, (x, _) = mnist.load_data()
    path = folder / "digit.png"
    Image.fromarray(255 - x[0]).save(path)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    output = run("predict", digits, path)
    assert output.count("\n") == 14 + 1 and "▀" in output and "\x1b[" in output


def test_digits_of_the_test_are_asked_by_number(run, digits):
    _, (x, _) = mnist.load_data()
    probabilities = glassnet.load_model(digits).predict(x[2:4], verbose=0)
    answers = json.loads(run("predict", digits, "mnist:2", "mnist:3", "--json"))
    assert [answer["input"] for answer in answers] == ["mnist:2", "mnist:3"]
    assert [answer["probability"] for answer in answers] == pytest.approx(probabilities.max(axis=1).tolist())
    assert "from mnist:0 to mnist:9999" in run("predict", digits, "mnist:10000", status=1)


def test_what_is_no_picture_is_refused(run, folder, digits):
    text = folder / "text.png"
    text.write_text("no picture")
    blank = folder / "blank.png"
    Image.new("L", (50, 50), 255).save(blank)
    assert "text.png" in run("predict", digits, text, status=1)
    assert "blank" in run("predict", digits, blank, status=1)
    assert "none.png" in run("predict", digits, folder / "none.png", status=1)


def test_digits_are_measured(run, digits):
    output = run("evaluate", digits)
    assert output.startswith("mnist: 10,000 examples\nloss 0.")
    assert sum(line.strip()[:1].isdigit() for line in output.splitlines()) >= 10
    assert "pictures of a digit" in run("info", digits)


def test_digits_with_squared_error(run, folder):
    model = folder / "squares.safetensors"
    options = [
        "--layers",
        "16",
        "--activation",
        "sigmoid",
        "--loss",
        "mean_squared_error",
        "--epochs",
        1,
        "--out",
        model,
    ]
    trained = json.loads(run("train", "mnist", *options, "--json"))
    measured = json.loads(run("evaluate", model, "--json"))
    assert measured["loss"] == trained["test"]["loss"] and measured["accuracy"] > 0.5


def test_a_model_without_preprocessing_reads_rows_of_numbers(run, folder):
    model = glassnet.Sequential([glassnet.layers.Dense(1, input_dim=2)])
    model.set_weights([np.array([[2.0], [3.0]]), np.array([1.0])])
    path = folder / "sum.safetensors"
    model.save(path)
    assert run("predict", path, "10,100") == "prediction\n321\n"
    assert json.loads(run("predict", path, "--json", "--", "-1,0")) == [{"prediction": -1.0}]
    assert "2 values (x1, x2)" in run("predict", path, "1", status=1)
    table = folder / "gap.csv"
    table.write_text("a,b\n1,\n")
    assert "missing values" in run("predict", path, table, status=1)


def test_a_model_of_pictures_without_preprocessing_takes_them_as_they_are(run, folder):
    _, (x, _) = mnist.load_data()
    layers = glassnet.layers
    model = glassnet.Sequential([layers.Input((28, 28)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    model.set_weights([np.zeros((784, 3)), np.log([1.0, 2.0, 1.0])])
    path, picture, large = folder / "plain.safetensors", folder / "plain.png", folder / "plain_large.png"
    model.save(path)
    Image.fromarray(x[0]).save(picture)
    Image.fromarray(x[0]).resize((56, 56)).save(large)
    answer = json.loads(run("predict", path, picture, "--json"))[0]
    assert answer["prediction"] == "1" and answer["probability"] == pytest.approx(0.5)
    assert "(28, 28)" in run("predict", path, large, status=1)


def test_a_model_written_in_python_is_measured_where_it_was_compiled(run, folder):
    path = folder / "by_hand.safetensors"
    model = glassnet.Sequential([glassnet.layers.Dense(1, activation="sigmoid", input_dim=8)])
    model.set_weights([20.0 * np.eye(8)[:, 7:], np.array([-10.0])])  # looks at the last bit only
    model.save(path)
    assert "compile" in run("evaluate", path, "parity", status=1)
    assert "Training" not in run("info", path)
    model.compile(loss="binary_crossentropy", metrics=["accuracy"])
    model.save(path)
    assert json.loads(run("evaluate", path, "parity", "--json"))["confusion_matrix"] == [[31, 0], [0, 33]]


def test_a_table_may_be_learnt_whole(run, folder, pets):
    options = ["--test-split", 0, "--epochs", 1, "--out", folder / "whole.safetensors"]
    assert json.loads(run("train", pets, "--target", "pet", *options, "--json"))["test"] is None
