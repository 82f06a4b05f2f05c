"""Image augmentation: Keras's maps, what is drawn, what stays outside training, and the way back."""

import numpy as np
import pytest
from reference.load import load
from test_gradients import check, dense

from glassnet import datasets, layers, losses
from glassnet.models import Sequential
from glassnet.random import set_random_seed

REFERENCE = load("augmentation")
DOUBLE = {"seed": 3, "dtype": "float64"}
LAYERS = [
    lambda: layers.RandomFlip(**DOUBLE),
    lambda: layers.RandomRotation(0.2, **DOUBLE),
    lambda: layers.RandomRotation(0.2, "wrap", "nearest", **DOUBLE),
    lambda: layers.RandomTranslation(0.3, 0.2, "constant", fill_value=0.5, **DOUBLE),
    lambda: layers.RandomZoom((-0.3, 0.4), 0.2, "nearest", **DOUBLE),
    lambda: layers.ElasticDistortion(3.0, 1.5, "reflect", **DOUBLE),
    lambda: layers.RandomContrast(0.8, (-1.5, 1.5), **DOUBLE),
]


@pytest.mark.parametrize("name", REFERENCE["cases"])
def test_the_maps_are_kerass(name):
    case = REFERENCE["cases"][name]
    layer = getattr(layers, case["class"])(**case["arguments"], dtype="float64")
    # Keras keeps its maps in float32, whatever the dtype of the images.
    np.testing.assert_allclose(layer(REFERENCE["inputs"]), case["float64"]["outputs"], rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("make", LAYERS)
@pytest.mark.parametrize("training", [False, True])
def test_the_way_back(make, training):
    model = Sequential(
        [
            layers.Input((12,), dtype="float64"),
            dense(12, "tanh"),
            layers.Reshape((2, 3, 2), dtype="float64"),
            make(),
            layers.Flatten(dtype="float64"),
            dense(2, "linear"),
        ]
    )
    check(model, losses.MeanSquaredError(), training=training)


@pytest.mark.parametrize("make", LAYERS)
def test_nothing_changes_outside_training(make):
    images = np.random.default_rng(2).normal(size=(3, 4, 5, 2))
    assert np.array_equal(make()(images, training=False), images)
    assert not np.array_equal(make()(images), images)


@pytest.mark.parametrize("make", LAYERS)
def test_a_seed_gives_the_same_images_and_each_call_others(make):
    images = np.random.default_rng(2).normal(size=(20, 6, 5, 1))
    first, second = make(), make()
    once, again = first(images), first(images)
    assert np.array_equal(once, second(images)) and np.array_equal(again, second(images))
    assert not np.array_equal(once, again)


def test_flips_are_exact_and_as_frequent_as_they_should_be():
    image = np.random.default_rng(2).normal(size=(3, 4, 2)).astype("float32")
    kinds = [image, image[:, ::-1], image[::-1], image[::-1, ::-1]]
    for mode, expected in (("horizontal", [1, 1, 0, 0]), ("vertical", [1, 0, 1, 0]), ("horizontal_and_vertical", [1, 1, 1, 1])):
        flipped = layers.RandomFlip(mode, seed=5)(np.stack([image] * 4000))
        shares = np.array([(flipped == kind).all(axis=(1, 2, 3)).mean() for kind in kinds])
        assert shares.sum() == 1
        assert np.abs(shares - np.array(expected) / sum(expected)).max() < 0.03


def drawn(layer, name, shape=(2000, 5, 8, 1)):
    """What a layer draws for the examples of a batch: one of its named tensors."""
    model = Sequential([layers.Input(shape[1:]), layer])
    return model.trace(np.ones(shape), training=True)[f"{layer.name}/{name}"]


def test_ranges_are_filled_evenly():
    turns = drawn(layers.RandomRotation((0.0, 0.2), seed=1), "motion").reshape(-1, 6)
    angles = np.arctan2(turns[:, 1], turns[:, 0]) / (2 * np.pi)
    assert 0 <= angles.min() < 0.002 and 0.198 < angles.max() <= 0.2 and abs(angles.mean() - 0.1) < 0.005
    shifts = drawn(layers.RandomTranslation(0.4, (0, 0.5), seed=1), "motion").reshape(-1, 6)
    assert abs(shifts[:, 2]).max() <= 2 and abs(shifts[:, 2].mean()) < 0.1  # 0.4 of 5 rows
    assert shifts[:, 5].min() >= -4 and shifts[:, 5].max() <= 0 and abs(shifts[:, 5].mean() + 2) < 0.1  # half of 8 columns
    zooms = drawn(layers.RandomZoom(0.5, seed=1), "motion").reshape(-1, 6)
    assert np.array_equal(zooms[:, 0], zooms[:, 4]) and zooms[:, 0].min() >= 0.5 and zooms[:, 0].max() <= 1.5
    apart = drawn(layers.RandomZoom(0.5, 0.5, seed=1), "motion").reshape(-1, 6)
    assert abs(np.corrcoef(apart[:, 0], apart[:, 4])[0, 1]) < 0.1
    factors = drawn(layers.RandomContrast((0.5, 1.0), seed=1), "factor")
    assert 0.5 <= factors.min() < 0.51 and 1.99 < factors.max() <= 2.0


def test_contrast_is_taken_around_the_mean_of_each_channel():
    images = np.random.default_rng(2).random((2, 4, 5, 3))
    layer = layers.RandomContrast(0.9, (0, 1), seed=1, dtype="float64")
    model = Sequential([layers.Input((4, 5, 3), dtype="float64"), layer])
    trace = model.trace(images, training=True)
    mean, factor = images.mean(axis=(1, 2), keepdims=True), trace[f"{layer.name}/factor"][:, None, None, None]
    np.testing.assert_allclose(trace[f"{layer.name}/a"], np.clip((images - mean) * factor + mean, 0, 1), rtol=1e-12)


def test_displacements_are_smoothed_noise():
    """White noise of -1..1 behind a Gaussian of sigma has the standard deviation 1 / sqrt(3) / (2 sqrt(pi) sigma)."""
    moved = drawn(layers.ElasticDistortion(34, 4, seed=1), "motion", (200, 28, 28, 1))
    inner = moved[:, :, 12:16, 12:16]
    assert abs(inner.std() - 34 / np.sqrt(3) / (2 * np.sqrt(np.pi) * 4)) < 0.1
    assert abs(inner.mean()) < 0.1
    for axis in (2, 3):
        neighbours = np.diff(moved, axis=axis)
        assert neighbours.std() < 0.3 * inner.std()


def test_digits_are_learnt_better_from_few_examples_when_they_are_moved():
    (x, y), (x_test, y_test) = datasets.mnist.load_data()
    reached = {}
    for name, moves in (
        ("as they are", []),
        ("moved", [layers.RandomTranslation(0.08, 0.08, "constant", seed=1), layers.ElasticDistortion(seed=2)]),
    ):
        set_random_seed(1)
        model = Sequential(
            [
                layers.Input((28, 28)),
                layers.Rescaling(1 / 255),
                layers.Reshape((28, 28, 1)),
                *moves,
                layers.Flatten(),
                layers.Dense(64, activation="relu"),
                layers.Dense(10, activation="softmax"),
            ]
        )
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(x[:500], y[:500], epochs=80, verbose=0)
        reached[name] = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["accuracy"]
    assert reached["moved"] > reached["as they are"] + 0.02


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.RandomFlip("sideways"), "mode as one of horizontal, vertical, .*: 'sideways'"),
        (lambda: layers.RandomRotation(-0.1), "factor as a number of at least 0"),
        (lambda: layers.RandomRotation((0.2, 0.1)), r"or as \(lowest, highest\)"),
        (lambda: layers.RandomRotation(0.1, fill_mode="mirror"), "fill_mode as one of constant, reflect, wrap, nearest"),
        (lambda: layers.RandomZoom(0.1, interpolation="cubic"), "interpolation as one of bilinear, nearest"),
        (lambda: layers.RandomTranslation(float("nan"), 0), "height_factor as a number"),
        (lambda: layers.RandomContrast(-1), "factor from 0 to 1"),
        (lambda: layers.RandomContrast(0.5, (1, 0)), r"value_range as \(lowest, highest\)"),
        (lambda: layers.ElasticDistortion(1, 0), "sigma above 0"),
        (lambda: layers.RandomFlip().build((None, 28, 28)), r"\(batch, height, width, channels\). .* \(None, 28, 28\)"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
