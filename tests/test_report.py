"""The report: one file, self-contained, with everything in it that it promises."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from glassnet import Sequential, datasets, layers
from glassnet.inspect.answers import Answers
from glassnet.inspect.calibration import calibration
from glassnet.inspect.picture import image_shape
from glassnet.inspect.report import report
from glassnet.inspect.svg import curves, ticks


@pytest.fixture(scope="module")
def digits():
    (x, y), (x_test, y_test) = datasets.mnist.load_data()
    model = Sequential(
        [layers.Input((28, 28)), layers.Flatten(), layers.Rescaling(1 / 255), layers.Dense(12, activation="relu"),
         layers.Dense(10, activation="softmax")], name="<b>digits</b>",
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[:2000], y[:2000], epochs=3, validation_split=0.1, verbose=0)
    return model, x_test[:500], y_test[:500]


@pytest.fixture(scope="module")
def page(digits, tmp_path_factory):
    names = [f"<i>{number}</i>" for number in range(10)]
    before = digits[0].params.array.tobytes()
    path = report(*digits, tmp_path_factory.mktemp("report") / "digits.html", names)
    assert digits[0].params.array.tobytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["digits.html"]
    return path.read_text(encoding="utf-8")


def test_it_has_every_section(page):
    assert re.findall("<h2>(.*?)</h2>", page) == [
        "Architecture", "Learning curves", "Confusion matrix", "Most confident mistakes", "Calibration",
        "What the first layer looks for", "The doctor's findings", "To repeat this run",
    ]  # fmt: skip


def test_it_needs_nothing_from_elsewhere(page):
    outside = re.sub('xmlns="http://www.w3.org/2000/svg"', "", page)
    assert not re.search(r"https?://|<script|<link|@import|url\(", outside)
    assert set(re.findall(r'src="(.{15})', page)) == {"data:image/png;"}


def test_it_is_for_light_dark_and_paper(page):
    assert "prefers-color-scheme:dark" in page and "@media print" in page


def test_names_are_escaped(page):
    assert "&lt;b&gt;digits&lt;/b&gt;" in page and "<b>digits</b>" not in page
    assert "&lt;i&gt;7&lt;/i&gt;" in page and "<i>7" not in page


def test_its_elements_are_closed(page):
    body = page[page.index("<body>") : page.index("</html>")]
    body = re.sub("<(img|br)([^>]*)>", r"<\1\2/>", body)
    ElementTree.fromstring(body)


def test_its_numbers_are_those_of_the_model(page, digits):
    model, x, y = digits
    predicted = model.predict(x, verbose=0).argmax(axis=1)
    assert f"<b>{(predicted == y).mean():.2%}</b>" in page
    assert f"{(predicted != y).sum():,} of 500 examples are wrong" in page
    cells = re.search('<table class="confusion">.*?</table>', page).group()
    counts = [0 if cell == "&#183;" else int(cell) for cell in re.findall(r'<td style="[^"]*">([^<]*)</td>', cells)]
    expected = np.zeros((10, 10), int)
    np.add.at(expected, (y, predicted), 1)
    assert counts == expected.ravel().tolist()


def test_it_says_how_to_repeat_the_run(page, digits):
    about = digits[0].training_runs[-1].data.describe()
    for text in (str(digits[0].seed), np.__version__, about["x"]["sha256"], "datasets.mnist.load_data()", "model.fit(x, y"):
        assert text in page


def test_mistakes_come_with_the_surest_first(digits):
    answers = Answers(*digits)
    chosen = answers.surest_mistakes(10)
    assert not answers.right[chosen].any() and (np.diff(answers.confidence[chosen]) <= 0).all()
    assert answers.confidence[chosen[0]] == answers.confidence[~answers.right].max()


def test_a_regression_has_residuals(tmp_path):
    (x, y), test = datasets.regression_plane.load_data()
    model = Sequential([layers.Input((2,)), layers.Dense(1)], name="heights")
    model.compile("sgd", "mse")
    model.fit(x, y, epochs=2, verbose=0)
    page = report(model, *test, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<h2>Residuals</h2>" in page and "Confusion" not in page and page.count("<circle") >= len(test[0])
    with pytest.raises(ValueError, match="Expected no class_names"):
        report(model, *test, tmp_path / "r.html", ["a", "b"])


def test_a_model_whose_training_cannot_be_repeated_says_why(tmp_path, digits):
    model, x, y = digits
    other = Sequential.from_config(model.get_config())
    other.compile("adam", "sparse_categorical_crossentropy")
    page = report(other, x, y, tmp_path / "r.html").read_text(encoding="utf-8")
    assert "has no call of fit to repeat" in page


def test_wrong_arguments(digits, tmp_path):
    with pytest.raises(ValueError, match="Expected 10 class_names. Received: 1"):
        report(*digits, tmp_path / "r.html", ["a"])
    with pytest.raises(ValueError, match="ends in .html"):
        report(*digits, tmp_path / "r.pdf")
    with pytest.raises(FileNotFoundError, match="There is no"):
        report(*digits, tmp_path / "no" / "r.html")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("y", [[0, 1, 1, 0], [[0], [1], [1], [0]]])
def test_two_classes_from_logits(y):
    from glassnet.losses import BinaryCrossentropy

    model = Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", BinaryCrossentropy(from_logits=True))
    answers = Answers(model, [[-2.0], [2.0], [-1.0], [0.5]], y)
    assert answers.right.tolist() == [True, True, False, False]
    assert answers.confidence == pytest.approx(1 / (1 + np.exp([-2.0, -2.0, -1.0, -0.5])), rel=1e-5)


def test_calibration_by_hand():
    measured = calibration([0.55, 0.65, 0.65, 0.95], [False, True, False, True], bins=10)
    assert measured.count.tolist() == [0, 0, 0, 0, 0, 1, 2, 0, 0, 1]
    assert measured.error == pytest.approx((0.55 + 2 * 0.15 + 0.05) / 4)
    with pytest.raises(ValueError, match="from 0 to 1"):
        calibration([1.5], [True])


def test_a_perfectly_calibrated_classifier_has_a_small_error_and_a_boaster_a_large_one():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.3, 1, 100_000)
    assert calibration(sure, rng.uniform(size=100_000) < sure).error < 0.01
    assert calibration(np.full(1000, 0.99), rng.uniform(size=1000) < 0.5).error > 0.4


def test_curves_skip_what_is_not_finite():
    (picture,) = curves({"loss": [1.0, float("nan"), 0.5], "val_loss": [2.0, 1.0, 0.5]})
    ElementTree.fromstring(picture)
    assert "nan" not in picture and picture.count("<polyline") == 2
    assert curves({"loss": [float("nan")]}) == [] and curves({}) == []


def test_ticks_lie_within():
    for low, high in ((0, 1e-9), (-3.7, 12), (1e6, 1e6 + 1), (0.5, 0.50001)):
        found = ticks(low, high)
        assert 2 <= len(found) <= 7 and low - 1e-12 <= min(found) and max(found) <= high + 1e-9


def test_colour_images_and_tables_are_told_apart():
    assert image_shape((32, 32, 3)) == (32, 32, 3)
    assert image_shape((3, 2)) is None and image_shape((63,)) is None and image_shape((8, 8, 5)) is None


@pytest.mark.parametrize("outputs", [1, 3])
def test_a_training_that_diverged_can_be_reported(tmp_path, outputs):
    x, y = np.random.default_rng(0).uniform(size=(20, 64)), np.random.default_rng(1).normal(size=(20, outputs))
    model = Sequential([layers.Input((64,)), layers.Dense(outputs, name="dense")])
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0)
    model.set_weights([np.full((64, outputs), np.nan), np.zeros(outputs)])
    with pytest.warns(RuntimeWarning, match="NaN or infinity"):
        page = report(model, x, y, tmp_path / "r.html").read_text(encoding="utf-8")
    assert not re.search(r'="[^"]*nan', page), "no coordinate is NaN"
    assert page.count("<img") == page.count("<source") == outputs, "a picture for light and for dark"


def test_labels_of_either_kind_are_read_by_their_middle():
    def right(loss, y, weight=1.0):
        model = Sequential([layers.Input((1,)), layers.Dense(1)])
        model.set_weights([[[weight]], [0.0]])
        model.compile("sgd", loss)
        return Answers(model, [[0.2], [0.7], [-3.0], [3.0]], y).right.tolist()

    assert right("mse", [0, 1, 0, 1]) == [True] * 4
    assert right("mse", [1, 1, -1, 1]) == [True] * 4
    assert right("hinge", [1, 1, 0, 1]) == [True] * 4


def test_one_hot_labels_count_as_classes():
    model = Sequential([layers.Input((2,)), layers.Dense(2, activation="sigmoid")])
    model.set_weights([np.eye(2), [0.0, 0.0]])
    model.compile("sgd", "mse")
    answers = Answers(model, [[1.0, 0.0], [0.0, 1.0]], [[1, 0], [1, 0]])
    assert answers.kind == "classes" and answers.right.tolist() == [True, False]
    assert answers.confidence == pytest.approx([1 / (1 + np.exp(-1))] * 2, rel=1e-5)
