"""What is remembered with a model: how rows of a table and pictures become numbers."""

import copy
import io
import json

import numpy as np
import pytest

from glassnet.datasets import mnist
from glassnet.preprocessing import ImagePreprocessing, PointFeatures, TablePreprocessing, preprocessings

ROWS = [
    {"age": 20, "town": "Ulm", "pet": "cat"},
    {"age": 40, "town": "Bonn", "pet": "dog"},
    {"age": None, "town": "Ulm", "pet": "dog"},
    {"age": 60, "town": "", "pet": "cat"},
]


@pytest.fixture
def table():
    return TablePreprocessing.fit(ROWS, "pet")


def test_features_by_hand(table):
    deviation = np.sqrt((20**2 + 0 + 20**2) / 3)
    expected = [[-20 / deviation, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 1], [20 / deviation, 0, 0, 0]]
    assert table.feature_names == ["age", "age is missing", "town=Bonn", "town=Ulm"]
    assert table.transform(ROWS) == pytest.approx(np.array(expected), abs=1e-6)
    assert table.transform(ROWS).dtype == np.float32
    assert table.transform_target(ROWS).tolist() == [0, 1, 1, 0]
    assert (table.kind, table.class_names) == ("binary", ["cat", "dog"])


def test_rows_to_come(table):
    new = [{"age": "40", "town": "Paris"}, {"age": "nan", "town": "Bonn", "shoe size": 43}, {"town": None}]
    assert table.transform(new).tolist() == [[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 0, 0]]
    with pytest.raises(ValueError, match="Expected the columns age, town. Received: age. Do add town"):
        table.transform([{"age": 3}])
    with pytest.raises(ValueError, match="finite number in column 'age', row 2. Received: 'old'"):
        table.transform({"age": [1, "old"], "town": ["Ulm", "Ulm"]})
    with pytest.raises(ValueError, match="does not fit in 32 bits"):
        table.transform([{"age": 1e200, "town": "Ulm"}])


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([], "at least one row"),
        ({"age": 3, "town": "Ulm"}, "Expected a list of values in column 'age'. Received: 3"),
        ({"age": [1, 2], "town": ["Ulm"]}, "columns of one length"),
        (np.zeros((2, 2)), "Received: ndarray"),
        ([[1, 2]], "Received: list"),
    ],
)
def test_what_is_no_table(table, bad, said):
    with pytest.raises(ValueError, match=said):
        table.transform(bad)


def test_missing_only_at_prediction_adds_no_feature():
    table = TablePreprocessing.fit({"x": [1, 2, 3], "y": ["a", "b", "a"]}, "y")
    assert table.feature_names == ["x"]
    assert table.transform({"x": [None, 2]}).tolist() == [[0], [0]]


def test_statistics_of_the_training_rows_only():
    data = {"x": [0, 2, 100, -7], "c": ["u", "v", "w", "w"], "y": [1.5, 2.5, 50, 60]}
    table = TablePreprocessing.fit(data, "y", rows=[0, 1])
    assert table.columns[0] == {"name": "x", "kind": "numeric", "mean": 1.0, "std": 1.0, "missing": False}
    assert table.columns[1]["categories"] == ["u", "v"]
    assert table.target == {"name": "y", "kind": "regression", "mean": 2.0, "std": 0.5}
    assert table.transform_target(data).tolist() == [-1, 1, 96, 116]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 1] * 10, "binary"),
        (["no", "yes"] * 5, "binary"),
        ([0, 1, 2] * 5, "classification"),
        (list(range(10)) * 3, "classification"),
        (list(range(11)) * 3, "regression"),  # more than 10 different
        ([1, 2, 2.5] * 9, "regression"),  # a fraction
        ([3, 7, 9, 4], "regression"),  # more than half are different
        ([0, 1], "binary"),
        (["1", "2", "3+"] * 5, "classification"),
    ],
)
def test_rule_for_the_kind_of_target(values, kind):
    table = TablePreprocessing.fit({"x": range(len(values)), "y": values}, "y")
    assert table.kind == kind


def test_kind_by_hand():
    data = {"x": [1, 2, 3, 4], "y": [10, 9, 2, 10]}
    classes = TablePreprocessing.fit(data, "y", kind="classification")
    assert classes.class_names == ["2", "9", "10"]  # in the order of numbers, not of letters
    assert TablePreprocessing.fit(data, "y", kind="regression").kind == "regression"
    with pytest.raises(ValueError, match="'regression' or 'classification'. Received: 'ranking'"):
        TablePreprocessing.fit(data, "y", kind="ranking")
    with pytest.raises(ValueError, match="Expected a finite number"):
        TablePreprocessing.fit(ROWS, "pet", kind="regression")
    with pytest.raises(ValueError, match="one of the columns age, town, pet. Received: 'pat'"):
        TablePreprocessing.fit(ROWS, "pat")
    with pytest.raises(ValueError, match="Received: 'shoes'"):
        TablePreprocessing.fit(ROWS, "pet", ignore=["shoes"])


def test_targets_that_do_not_fit(table):
    assert TablePreprocessing.fit({"x": [1, 2], "y": ["1.0", "0"]}, "y").transform_target({"y": [0, "1"]}).tolist() == [
        0,
        1,
    ]
    with pytest.raises(ValueError, match="one of cat, dog. Received: bird"):
        table.transform_target({"pet": ["bird", "cat"]})
    with pytest.raises(ValueError, match="in each row. Received: none in row 2"):
        table.transform_target({"pet": ["dog", ""]})
    with pytest.raises(ValueError, match="target column 'pet'"):
        table.transform_target({"age": [3]})


def test_predictions_in_the_words_of_the_table(table):
    assert table.inverse_target([[0.2], [0.8]]) == ["cat", "dog"]
    assert table.inverse_target([0.2, 0.8]) == ["cat", "dog"]
    assert table.inverse_target([[0.1, 0.9], [0.7, 0.3]]) == ["dog", "cat"]
    three = TablePreprocessing.fit({"x": range(9), "y": ["a", "b", "c"] * 3}, "y")
    assert three.inverse_target([[0.1, 0.2, 0.7]]) == ["c"]
    with pytest.raises(ValueError, match=r"\(B, 3\) for classification. Received: shape \(1, 2\)"):
        three.inverse_target([[0.1, 0.2]])
    with pytest.raises(ValueError, match=r"\(B, 1\) for regression"):
        TablePreprocessing.fit({"x": [1, 2], "y": [0.5, 1]}, "y").inverse_target([[1, 2]])


def test_table_survives_json(table):
    copied = preprocessings.deserialize(json.loads(json.dumps(preprocessings.serialize(table))))
    assert isinstance(copied, TablePreprocessing) and copied.get_config() == table.get_config()
    assert np.array_equal(copied.transform(ROWS), table.transform(ROWS))
    houses = TablePreprocessing.fit(
        {"x": [1, 2, 5], "same": "aaa", "y": [1.25, 2, 9]} | {"same": list("aaa")}, "y", ignore=["same"]
    )
    copied = TablePreprocessing.from_config(json.loads(json.dumps(houses.get_config())))
    assert copied.inverse_target(copied.transform_target({"y": [9]})) == pytest.approx([9], abs=1e-5)
    assert copied.ignored == {"same": "it was to be ignored"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda config: config.update(columns=[]),
        lambda config: config.update(columns="age"),
        lambda config: config["columns"][0].update(std=0),
        lambda config: config["columns"][0].update(mean=float("nan")),
        lambda config: config["columns"][0].update(mean="1"),
        lambda config: config["columns"][0].update(kind="formula"),
        lambda config: config["columns"][0].pop("missing"),
        lambda config: config["columns"][1].update(categories=["a", "a"]),
        lambda config: config["columns"][1].update(categories=[1]),
        lambda config: config["columns"].append(None),
        lambda config: config["target"].update(kind="classification"),
        lambda config: config["target"].update(class_names=["cat"]),
        lambda config: config.update(target=None),
        lambda config: config.update(more=1),
    ],
)
def test_a_spoilt_configuration_is_refused(table, spoil):
    config = copy.deepcopy(table.get_config())
    spoil(config)
    with pytest.raises(ValueError, match="Expected|cannot be built"):
        TablePreprocessing.from_config(config)


@pytest.fixture(scope="module")
def digits():
    return mnist.load_data()[1][0][:60]


def enlarged(digit, times):
    return np.kron(digit, np.ones((times, times), np.uint8))


@pytest.fixture
def picture():
    return ImagePreprocessing()


def test_digits_of_mnist_pass_unchanged(picture, digits):
    for digit in digits:
        assert np.array_equal(picture.transform(digit), digit)
        assert np.array_equal(picture.transform(digit / 255), digit)


def test_large_dark_on_light_comes_back(picture, digits):
    """Ten times as large, ink on paper, moved into a corner of the sheet: nearly the same 28 x 28 pixels.

    Where a centre of mass lies half-way between two pixels, the digit may come out one pixel beside.
    """
    beside = 0
    for digit in digits:
        sheet = np.full((500, 700), 230, np.uint8)
        sheet[200:480, 15:295] -= (enlarged(digit, 10) * 0.8).astype(np.uint8)
        made = picture.transform(sheet)
        assert made.shape == (28, 28) and made.dtype == np.uint8
        shifts = {(i, j): np.roll(made.astype(float), (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)}
        error = {shift: np.abs(moved - digit).mean() for shift, moved in shifts.items()}
        best = min(error, key=error.get)
        beside += best != (0, 0)
        assert error[best] < 4  # of 255; one pixel beside, it is about 20
        assert np.corrcoef(shifts[best].ravel(), digit.ravel())[0, 1] > 0.99
    assert beside <= 0.1 * len(digits)


def test_ground_does_not_matter(picture, digits):
    large = enlarged(digits[0], 7)
    light_on_dark = picture.transform(large)
    assert np.array_equal(light_on_dark, picture.transform(255 - large))
    assert np.array_equal(light_on_dark, picture.transform(np.stack([large] * 3, axis=2)))
    assert np.array_equal(light_on_dark, picture.transform(large / 255))
    assert np.array_equal(picture.transform(255 - digits[0]), picture.transform(np.pad(digits[0], 9)))


def test_proportions_and_centre(picture):
    sheet = np.full((90, 300), 255, np.uint8)
    sheet[30:50, 20:270] = 0  # a bar, 250 x 20
    made = picture.transform(sheet)
    rows, columns = (np.flatnonzero(made.any(axis=axis)) for axis in (1, 0))
    assert (columns[0], columns[-1]) == (4, 23) and len(rows) == 2 and rows[0] == 13
    sheet = np.zeros((100, 100), np.uint8)
    sheet[10:90, 20:36] = 255
    sheet[74:90, 20:68] = 255  # a letter L: its mass is low and to the left
    made = picture.transform(sheet).astype(float)
    for axis in (0, 1):
        assert abs(made.sum(axis=1 - axis) @ np.arange(28) / made.sum() - 14) <= 0.51
    assert np.flatnonzero(made.any(axis=1))[[0, -1]].tolist() != [4, 23]  # the middle of the box is elsewhere
    sheet[10:74, 24:36] = 0  # so thin a stem that its top would be cut off
    assert np.flatnonzero(picture.transform(sheet).any(axis=1))[0] == 0
    assert np.flatnonzero(picture.transform(sheet).any(axis=1)).size == 20


def test_noise_of_a_scan_does_not_count(picture, digits):
    rng = np.random.default_rng(0)
    sheet = 200.0 - 0.6 * np.pad(enlarged(digits[3], 8), 60) + rng.normal(0, 4, (344, 344))
    made = picture.transform(sheet)
    assert np.corrcoef(made.ravel(), digits[3].ravel())[0, 1] > 0.95
    assert (made[:3] == 0).all()


def test_files_and_pillow_images(picture, digits, tmp_path):
    from PIL import Image

    grey = Image.fromarray(255 - enlarged(digits[1], 5))
    expected = picture.transform(grey)
    for name in ("a.png", "a.bmp", "a.gif", "a.tiff"):
        grey.save(tmp_path / name)
        assert np.array_equal(picture.transform(tmp_path / name), expected)
    grey.convert("RGB").save(tmp_path / "a.jpg")
    assert np.corrcoef(picture.transform(str(tmp_path / "a.jpg")).ravel(), expected.ravel())[0, 1] > 0.99
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    deep.save(tmp_path / "deep.png")
    assert np.array_equal(picture.transform(tmp_path / "deep.png"), expected)
    ink = Image.fromarray(enlarged(digits[1], 5))
    for colour in ("black", "white"):  # on a transparent ground
        drawing = Image.new("RGBA", grey.size, colour)
        drawing.putalpha(ink)
        assert np.abs(picture.transform(drawing).astype(float) - expected).max() <= 1
    turned = grey.rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me by 90 degrees clockwise", as telephones write
    turned.save(tmp_path / "b.png", exif=exif)
    assert np.array_equal(picture.transform(tmp_path / "b.png"), expected)


def test_pictures_that_are_refused(picture, tmp_path):
    from PIL import Image

    whole = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 90), np.uint8)).save(whole, "png")
    (tmp_path / "half.png").write_bytes(whole.getvalue()[:3000])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "program.eps").write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    for name, said in (
        ("half.png", "a damaged one"),
        ("text.png", "cannot be read"),
        ("program.eps", "cannot be read"),
    ):
        with pytest.raises(ValueError, match=said):
            picture.transform(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        picture.transform(tmp_path / "absent.png")
    nan = np.zeros((30, 30))
    nan[3, 3] = np.nan
    for array, said in (
        (np.full((40, 40), 128, np.uint8), "a blank one"),
        (np.zeros((28, 28), np.uint8), "a blank one"),
        (np.zeros((0, 5), np.uint8), "Received: 5 x 0"),
        (np.zeros((2, 28, 28), np.uint8), r"shape \(2, 28, 28\)"),
        (np.zeros(784), r"shape \(784,\)"),
        (np.array([["a"]]), "<U1"),
        (np.full((9, 9), 300), "from 300 to 300"),
        (nan, "from nan to nan"),
        (np.broadcast_to(np.uint8(0), (10_000, 10_000)), "at most 50000000 pixels. Received: 10000 x 10000"),
        ([[0, 255]], "Received: list"),
    ):
        with pytest.raises(ValueError, match=said):
            picture.transform(array)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp", "gif", "ppm"])
def test_damaged_files_give_a_picture_or_a_clear_error(picture, digits, tmp_path, kind):
    from PIL import Image

    whole = io.BytesIO()
    Image.fromarray(255 - enlarged(digits[1], 3)).save(whole, kind)
    rng = np.random.default_rng(0)
    path = tmp_path / "damaged"
    refused = 0
    for _ in range(60):
        data = bytearray(whole.getvalue())
        for _ in range(3):
            data[rng.integers(min(len(data), 60))] = rng.integers(256)
        path.write_bytes(data[: rng.integers(len(data) // 2, len(data) + 1)])
        try:
            assert picture.transform(path).shape == (28, 28)
        except ValueError as error:
            refused += 1
            assert str(error).startswith("Expected"), error
    assert refused > 20


@pytest.mark.parametrize("side", [8_000, 40_000])
def test_a_picture_file_that_is_too_large_is_not_unpacked(picture, tmp_path, side):
    """A PNG's header says its size: millions of pixels are refused before any pixel is read."""
    import struct
    import zlib

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))
    with pytest.raises(ValueError, match="at most 50000000 pixels. Received"):
        picture.transform(path)


def test_picture_survives_json(picture):
    copied = preprocessings.deserialize(json.loads(json.dumps(preprocessings.serialize(picture))))
    assert isinstance(copied, ImagePreprocessing)


# -- points --------------------------------------------------------------------------------------------------------------


def test_features_of_points_are_the_formulas_in_order():
    points = np.array([[0.5, -2.0], [3.0, 1.0]])
    features = PointFeatures(["y", "x", "x*y", "1", "sin(x)"]).transform(points)
    assert features.dtype == np.float32
    assert features.tolist() == np.float32([[-2, 0.5, -1, 1, np.sin(0.5)], [1, 3, 3, 1, np.sin(3.0)]]).tolist()


def test_points_from_a_table_survive_a_model_file(tmp_path):
    from glassnet import Sequential, layers, load_model

    rows = [{"width": w, "height": 10 - w, "kind": "ab"[w > 5]} for w in range(10)]
    preprocessing = PointFeatures(["x", "x*y"], TablePreprocessing.fit(rows, "kind"))
    model = Sequential([layers.Input((2,)), layers.Dense(1, activation="sigmoid")])
    model.preprocessing = preprocessing
    model.save(tmp_path / "points.safetensors")
    loaded = load_model(tmp_path / "points.safetensors").preprocessing
    assert np.array_equal(loaded.transform(rows), preprocessing.transform(rows)) and loaded.transform(rows).shape == (10, 2)
    assert loaded.class_names == ["a", "b"] and loaded.inverse_target([[0.9]]) == ["b"]
    assert [column["name"] for column in loaded.columns] == ["width", "height"]


@pytest.mark.parametrize(
    ("formulas", "said"),
    [
        ([], "1 to 20 formulas"),
        ("x", "1 to 20 formulas"),
        (["x"] * 21, "1 to 20 formulas"),
        (["x", "x"], "different formulas"),
        (["x", "__import__('os').system('true')"], "Expected numbers, x, y"),
        (["9**9**9"], "'9\\*\\*9\\*\\*9', which is inf at x = 1, y = 2"),
        (["log(x - 2)"], "which is nan"),
        (["exp(20*x)"], "between -1e\\+06 and 1e\\+06"),
    ],
)
def test_unfit_formulas_are_refused(formulas, said):
    with pytest.raises(ValueError, match=said):
        PointFeatures(formulas).transform([[1.0, 2.0]])


def test_unfit_points_are_refused():
    features = PointFeatures(["x"])
    for points, said in (([[1.0]], r"points \(B, 2\)"), ({"x": [1]}, "Do add y"), ({"x": [1], "y": ["far"]}, "finite number")):
        with pytest.raises(ValueError, match=said):
            features.transform(points)
    three = TablePreprocessing.fit([{"a": 1, "b": 2, "c": 3, "d": 1}, {"a": 2, "b": 3, "c": 1, "d": 0}], "d")
    with pytest.raises(ValueError, match="two features"):
        PointFeatures(["x"], three)
