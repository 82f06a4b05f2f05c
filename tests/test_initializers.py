"""Initializers: distributions, fans, seeds, orthogonality and configurations as Keras has them."""

import json

import numpy as np
import pytest
from reference.load import load

from glassnet import config, initializers
from glassnet.random import set_random_seed

CASES = load("initializers")["cases"]
ALIASES = load("signatures")["aliases"]["initializers"]
RANDOM = [name for name, case in CASES.items() if "seed" in case["config"]]


def build(case, **more):
    return getattr(initializers, case["class"])(**case["arguments"], **more)


def check_distribution(draw, mean, std, low=None, high=None):
    """Mean and deviation within five standard errors; limits kept, and almost reached."""
    error = std / np.sqrt(draw.size)
    assert abs(draw.mean() - mean) < 5 * error
    assert abs(draw.std() - std) < 5 * error
    if low is not None:
        assert low <= draw.min() < low + 0.05 * std
        assert high - 0.05 * std < draw.max() <= high


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "value" in case])
def test_values_that_are_not_drawn(name):
    case = CASES[name]
    value = build(case)(tuple(case["shape"]))
    assert value.dtype == np.float32
    np.testing.assert_array_equal(value, np.asarray(case["value"], dtype=np.float32))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "distribution" in case])
def test_plain_distributions(name):
    check_distribution(build(CASES[name], seed=3)((400, 500), dtype="float64"), **CASES[name]["distribution"])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "shapes" in case and "Orth" not in name])
def test_variance_scaling_follows_the_fans(name):
    for entry in CASES[name]["shapes"]:
        shape = tuple(entry["shape"])
        assert initializers.compute_fans(shape) == tuple(entry["fans"])
        draw = build(CASES[name], seed=3)(shape, dtype="float64")
        assert draw.shape == shape
        if draw.size > 10_000:
            expected = {key: entry[key] for key in ("mean", "std", "low", "high") if key in entry}
            check_distribution(draw, **expected)
        elif "low" in entry:
            assert (entry["low"] <= draw).all()
            assert (draw <= entry["high"]).all()


def test_a_truncated_normal_keeps_its_shape_inside_two_deviations():
    draw = initializers.TruncatedNormal(stddev=1.0, seed=5)((200_000,), dtype="float64")
    # P(|z| < 1) of a normal distribution without its tails beyond 2: 0.6827 / 0.9545.
    assert abs(np.mean(np.abs(draw) < 1.0) - 0.71524) < 0.005


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["class"] == "Orthogonal"])
def test_orthogonal_matrices(name):
    gain = CASES[name]["arguments"].get("gain", 1.0)
    for entry in CASES[name]["shapes"]:
        draw = build(CASES[name], seed=3)(tuple(entry["shape"]), dtype="float64")
        matrix = draw.reshape(-1, draw.shape[-1]) / gain
        if entry["orthonormal"] in ("columns", "both"):
            np.testing.assert_allclose(matrix.T @ matrix, np.eye(matrix.shape[1]), atol=1e-12)
        if entry["orthonormal"] in ("rows", "both"):
            np.testing.assert_allclose(matrix @ matrix.T, np.eye(matrix.shape[0]), atol=1e-12)


def test_orthogonal_matrices_prefer_no_sign():
    corners = [initializers.Orthogonal(seed=seed)((3, 3))[0, 0] for seed in range(200)]
    assert abs(np.mean(np.sign(corners))) < 0.25


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_fixes_the_values_and_none_draws_one(name):
    case = CASES[name]
    shape = (6, 4)
    first = build(case, seed=7)
    np.testing.assert_array_equal(first(shape), first(shape))
    np.testing.assert_array_equal(first(shape), build(case, seed=7)(shape))
    np.testing.assert_array_equal(first(shape), first.clone()(shape))
    assert not np.array_equal(first(shape), build(case, seed=8)(shape))

    unseeded = build(case)
    np.testing.assert_array_equal(unseeded(shape), unseeded(shape))
    assert not np.array_equal(unseeded(shape), unseeded.clone()(shape))
    set_random_seed(11)
    one = build(case)(shape)
    set_random_seed(11)
    np.testing.assert_array_equal(one, build(case)(shape))


@pytest.mark.parametrize("name", RANDOM)
def test_both_precisions_start_from_the_same_values(name):
    initializer = build(CASES[name], seed=7)
    single, double = initializer((6, 4)), initializer((6, 4), dtype="float64")
    assert single.dtype == np.float32
    assert double.dtype == np.float64
    np.testing.assert_array_equal(single, double.astype(np.float32))


@pytest.mark.parametrize("name", CASES)
def test_configurations_are_kerass_and_come_back(name):
    initializer = build(CASES[name])
    # Keras forgets the gain of Identity, so that a saved one comes back with 1.
    forgotten = {"gain": initializer.gain} if CASES[name]["class"] == "Identity" else {}
    assert initializer.get_config() == {**CASES[name]["config"], **forgotten}
    again = initializers.deserialize(json.loads(json.dumps(initializers.serialize(initializer))))
    assert type(again) is type(initializer)
    assert again.get_config() == initializer.get_config()


def test_kerass_names_find_the_same_classes():
    missing = {"STFT", "STFTInitializer", "stft", "Initializer", "initializer"}
    names = {name: target for name, target in ALIASES.items() if name not in missing}
    assert {"normal", "uniform", "zero", "one", "glorot_uniform", "IdentityInitializer"} <= set(names)
    for name, target in names.items():
        assert type(initializers.get(name)).__name__ == target
    for name in ("zeros", "glorot_uniform", "he_normal", "orthogonal", "IdentityInitializer"):
        assert getattr(initializers, name).__name__ == names[name]


def test_what_get_takes():
    assert initializers.get(None) is None
    assert isinstance(initializers.get(initializers.HeNormal), initializers.HeNormal)
    assert initializers.get({"class_name": "Constant", "config": {"value": 2.0}}).value == 2.0
    function = lambda shape, dtype=None: np.ones(shape)  # noqa: E731
    assert initializers.get(function) is function
    values = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(initializers.get(values)((2, 3)), values)
    with pytest.raises(ValueError, match=r"Expected shape \(2, 3\).*Received: shape=\(3, 2\)"):
        initializers.get(values)((3, 2))


def test_given_values_are_copied():
    values = np.ones(3, dtype=np.float32)
    initializers.get(values)((3,))[0] = 5.0
    assert values[0] == 1.0


def test_axes_may_say_what_the_fans_are():
    shape = (4, 5, 6)
    assert initializers.compute_fans(shape, input_axes=[0], output_axes=[1, 2]) == (4, 30)
    draw = initializers.HeUniform(seed=1, input_axes=[0], output_axes=[1, 2])((6, 100, 100), dtype="float64")
    check_distribution(draw, 0.0, 1.0 / np.sqrt(3), -1.0, 1.0)


@pytest.mark.parametrize("initializer", [initializers.Zeros(), initializers.Orthogonal(seed=1)])
def test_the_dtype_is_floatx_where_none_is_given(initializer, monkeypatch):
    assert initializer((2, 2)).dtype == np.float32
    monkeypatch.setitem(config._settings, "floatx", "float64")
    assert initializer((2, 2)).dtype == np.float64


@pytest.mark.parametrize("shape", [(0, 3), (), 5, (np.int64(2), 2)])
def test_unusual_shapes(shape):
    expected = np.zeros(shape).shape
    assert initializers.GlorotUniform(seed=1)(shape).shape == expected
    assert initializers.TruncatedNormal(seed=1)(shape).shape == expected


@pytest.mark.parametrize(
    ("attempt", "complaint"),
    [
        (lambda: initializers.get("glorot"), "glorot_uniform.*Received: 'glorot'"),
        (lambda: initializers.get(3), "Received: 3"),
        (lambda: initializers.Zeros()((2, None)), "Received: shape="),
        (lambda: initializers.Zeros()((2, -1)), "Received: shape="),
        (lambda: initializers.Identity()((2, 2, 2)), "2 dimensions"),
        (lambda: initializers.Orthogonal()((2,)), "2 dimensions"),
        (lambda: initializers.GlorotUniform()((2, 2), dtype="int32"), "floating-point.*int32"),
        (lambda: initializers.RandomNormal(seed=1.5), "seed=1.5"),
        (lambda: initializers.RandomNormal(seed=-1), "seed=-1"),
        (lambda: initializers.RandomNormal(stddev=-1.0), "stddev=-1.0"),
        (lambda: initializers.RandomUniform(1.0, 0.0), "minval <= maxval"),
        (lambda: initializers.VarianceScaling(scale=0.0), "scale=0.0"),
        (lambda: initializers.VarianceScaling(mode="fan"), "mode='fan'"),
        (lambda: initializers.VarianceScaling(distribution="cauchy"), "'cauchy'"),
    ],
)
def test_what_makes_no_sense_is_refused(attempt, complaint):
    with pytest.raises(ValueError, match=complaint):
        attempt()
