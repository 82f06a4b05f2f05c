"""Reports and notebooks on networks other than stacks of dense layers: several inputs and outputs, pictures, sequences."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from glassnet import Input, Model, Sequential, layers, utils
from glassnet.inspect.answers import Answers
from glassnet.inspect.report import report


def two_sided():
    """A picture and a row of a table; three classes and a number."""
    utils.clear_session()
    utils.set_random_seed(0)
    picture, row = Input((9, 9, 1), name="picture"), Input((3,), name="row")
    seen = layers.Flatten()(layers.Conv2D(3, 3, activation="relu", name="filters")(picture))
    both = layers.concatenate([seen, layers.Dense(4, "relu")(row)])
    model = Model([picture, row], [layers.Dense(3, "softmax", name="kind")(both), layers.Dense(1, name="size")(both)])
    model.compile("adam", ["sparse_categorical_crossentropy", "mse"], metrics={"kind": ["accuracy"]})
    rng = np.random.default_rng(0)
    return model, [rng.random((40, 9, 9, 1)), rng.normal(size=(40, 3))], [rng.integers(0, 3, 40), rng.normal(size=(40, 1))]


def tagger():
    """A class for each step of a sequence."""
    utils.set_random_seed(0)
    read = layers.Bidirectional(layers.GRU(4, return_sequences=True))
    model = Sequential([Input((5, 2)), read, layers.TimeDistributed(layers.Dense(3, "softmax"))])
    model.compile("adam", "sparse_categorical_crossentropy")
    rng = np.random.default_rng(0)
    return model, rng.normal(size=(20, 5, 2)), rng.integers(0, 3, (20, 5))


def written(folder, model, x, y, **arguments):
    page = report(model, x, y, folder / "r.html", **arguments).read_text(encoding="utf-8")
    body = page[page.index("<body>") : page.index("</html>")]
    ElementTree.fromstring(re.sub("<(img|br)([^>]*)>", r"<\1\2/>", body))
    assert not re.search(r'(src|href)="(?!data:)', page)
    return page


def test_several_inputs_and_outputs(tmp_path):
    model, x, y = two_sided()
    model.fit(x, y, epochs=2, verbose=0)
    named = dict(zip(model.input_names, x, strict=True)), dict(zip(model.output_names, y, strict=True))
    page = written(tmp_path, model, *named, class_names={"kind": ["ant", "bee", "cat"]})
    assert re.findall("<h2>(.*?)</h2>", page) == [
        "Architecture", "Learning curves", "Confusion matrix of kind", "Most confident mistakes of kind", "Calibration of kind",
        "Residuals of size", "What the first layer looks for", "The doctor's findings", "To repeat this run",
    ]  # fmt: skip
    outputs = model.predict(x, verbose=0)
    right = (outputs[0].argmax(axis=1) == y[0]).mean()
    assert f"<b>{right:.2%}</b><span class='muted'>accuracy of kind</span>" in page
    assert f"<b>{np.abs(outputs[1] - y[1]).mean():.4g}</b><span class='muted'>mean absolute error of size</span>" in page
    assert page.count("neuron ") >= 3 and "Weights of the neurons of filters (all)" in page
    assert "<th>bee</th>" in page and "training data x/1" in page and "model.fit([x_0, x_1], [y_0, y_1]" in page


def test_class_names_of_several_outputs_are_a_dictionary(tmp_path):
    model, x, y = two_sided()
    for names in (["ant", "bee", "cat"], {"kin": ["ant"]}):
        with pytest.raises(ValueError, match="dictionary with lists for some of the outputs kind, size"):
            report(model, x, y, tmp_path / "r.html", names)
    with pytest.raises(ValueError, match="Expected no class_names"):
        report(model, x, y, tmp_path / "r.html", {"size": ["small", "large"]})


def test_a_class_for_each_step(tmp_path):
    model, x, y = tagger()
    answers, outputs = Answers(model, x, y), model.predict(x, verbose=0)
    np.testing.assert_array_equal(answers.predicted.reshape(20, 5), outputs.argmax(axis=-1))
    np.testing.assert_array_equal(answers.right, (outputs.argmax(axis=-1) == y).ravel())
    np.testing.assert_array_equal(y[answers.example, answers.place], answers.truth)
    one_hot = np.eye(3)[y]
    model.compile("adam", "categorical_crossentropy")
    np.testing.assert_array_equal(Answers(model, x, one_hot).truth, answers.truth)
    page = written(tmp_path, model, x, one_hot)
    assert f"{(~answers.right).sum()} of 100 answers, one for each step, are wrong" in page and ">step</th>" in page


def padded(units, activation, loss):
    """A network that answers at each step of sequences, some of which end early."""
    stack = [layers.Masking(), layers.GRU(4, return_sequences=True), layers.Dense(units, activation)]
    model = Sequential([Input((5, 2)), *stack])
    model.compile("adam", loss)
    rng = np.random.default_rng(0)
    x, there = rng.normal(size=(20, 5, 2)), np.arange(5) < rng.integers(1, 6, (20, 1))
    x[~there] = 0
    return model, x, there, rng


def test_masked_steps_are_no_answers(tmp_path):
    model, x, there, rng = padded(3, "softmax", "sparse_categorical_crossentropy")
    y = rng.integers(0, 3, (20, 5))
    answers, said = Answers(model, x, y), model.predict(x, verbose=0).argmax(axis=-1)
    assert 0 < answers.masked == (~there).sum()
    np.testing.assert_array_equal(answers.predicted, said[there])
    np.testing.assert_array_equal(answers.truth, y[there])
    np.testing.assert_array_equal(there.nonzero(), [answers.example, answers.place])
    page = written(tmp_path, model, x, y)
    counted = [int(cell) for cell in re.findall('<td style="[^"]*">([0-9]+)</td>', page[page.index('class="confusion"') :])]
    assert sum(counted) == there.sum() and f"{(~there).sum()} steps are left out, because they are masked." in page
    model.compile("adam", "categorical_crossentropy")
    one_hot = np.eye(3)[y] * there[..., None]  # no class at all where it is padded
    np.testing.assert_array_equal(Answers(model, x, one_hot).truth, answers.truth)
    with pytest.raises(ValueError, match="Expected an answer that counts. Received: examples whose steps are all masked"):
        Answers(model, x * 0, one_hot)


def test_masked_steps_are_no_residuals():
    model, x, there, rng = padded(2, None, "mse")
    y = rng.normal(size=(20, 5, 2))
    answers = Answers(model, x, y)
    np.testing.assert_array_equal(answers.truth, y[there])
    np.testing.assert_array_equal(answers.predicted, model.predict(x, verbose=0)[there])


@pytest.mark.parametrize("make", [two_sided, tagger])
def test_everything_shows_itself_in_a_notebook(make):
    model, x, y = make()
    model.fit(x, y, verbose=0)
    shown = [model, model.history, model.trace(x, y), model.diagnose(x, y)]
    for html in (thing._repr_html_() for thing in shown):
        ElementTree.fromstring(html.replace("&nbsp;", " "))
    assert model._repr_html_().count("<rect") == len(model.places)


def test_layers_other_than_dense_ones_are_drawn_as_boxes():
    dense = Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)])
    assert "<circle" in dense._repr_html_() and "<rect" not in dense._repr_html_()
    pictures = Sequential([Input((6, 6, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)])
    assert pictures._repr_html_().count("<rect") == 4 and "<circle" not in pictures._repr_html_()
