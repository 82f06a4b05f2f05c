"""The points in the plane: shapes, seeds, what noise does, and that each set is what its docstring says."""

import numpy as np
import pytest

from glassnet.datasets import points

CLASSES = ["circle", "xor", "gauss", "spiral", "moons"]
HEIGHTS = ["regression_plane", "regression_gauss"]


def everything(name, **arguments):
    (x, y), _ = getattr(points, name).load_data(test_split=0, **arguments)
    return x.astype(np.float64), y


@pytest.mark.parametrize("name", CLASSES + HEIGHTS)
def test_shapes_and_split(name):
    (x_train, y_train), (x_test, y_test) = getattr(points, name).load_data(n=101, noise=0.2, test_split=0.3, seed=9)
    assert x_train.shape == (71, 2) and y_train.shape == (71,) and x_test.shape == (30, 2) and y_test.shape == (30,)
    assert x_train.dtype == np.float32 and y_train.dtype == (np.int64 if name in CLASSES else np.float32)
    assert len(np.unique(np.concatenate([x_train, x_test]), axis=0)) == 101  # no point in both parts
    assert np.abs(x_train).max() < 12


@pytest.mark.parametrize("name", CLASSES + HEIGHTS)
def test_seed_decides(name):
    first, again, other = (everything(name, noise=0.1, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first[0], again[0]) and np.array_equal(first[1], again[1])
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_balanced(name):
    _, y = everything(name, n=2000)
    assert set(y.tolist()) == {0, 1} and 0.45 < y.mean() < 0.55


def nearest_neighbour_accuracy(name, noise):
    (x, y), (x_test, y_test) = getattr(points, name).load_data(n=800, noise=noise, seed=4)
    nearest = np.linalg.norm(x_test[:, None] - x, axis=2).argmin(axis=1)
    return (y[nearest] == y_test).mean()


@pytest.mark.parametrize("name", CLASSES)
def test_noise_makes_it_harder(name):
    assert nearest_neighbour_accuracy(name, 0.0) > 0.98
    assert nearest_neighbour_accuracy(name, 0.5) < 0.92


@pytest.mark.parametrize("name", HEIGHTS)
def test_noise_moves_heights(name):
    (x, y), (noisy_x, noisy_y) = everything(name, n=400, seed=4), everything(name, n=400, noise=0.3, seed=4)
    assert np.array_equal(x, noisy_x)
    assert 0.02 < np.abs(y - noisy_y).mean() < 0.5 and np.abs(noisy_y).max() <= 1


def test_circle_is_a_disc_in_a_ring():
    x, y = everything("circle", n=1000)
    radius = np.hypot(*x.T)
    assert radius[y == 1].max() < 2.5 and radius[y == 0].min() > 3.49 and radius.max() < 5.01


def test_xor_is_one_where_signs_differ():
    x, y = everything("xor", n=1000)
    assert np.array_equal(y, np.sign(x[:, 0]) != np.sign(x[:, 1]))
    assert np.abs(x).min() > 0.29


def test_gauss_has_the_centres_and_variance_it_says():
    for noise, variance in ((0.0, 0.5), (0.5, 4.0)):
        x, y = everything("gauss", n=8000, noise=noise)
        for label, centre in ((0, -2), (1, 2)):
            assert x[y == label].mean(axis=0) == pytest.approx([centre, centre], abs=0.15)
            assert x[y == label].var(axis=0) == pytest.approx([variance, variance], rel=0.1)


def test_spiral_winds():
    """Along an arm the radius grows with the angle: 5 over 1.75 turns."""
    for classes in (2, 3, 5):
        x, y = everything("spiral", n=600, classes=classes)
        assert set(y.tolist()) == set(range(classes))
        radius = np.hypot(*x.T)
        turns = np.arctan2(x[:, 0], x[:, 1]) / (2 * np.pi) - y / classes - 1.75 * radius / 5
        assert np.abs(turns - np.rint(turns))[radius > 0.1].max() < 1e-4
    with pytest.raises(ValueError, match="classes from 2 to 6"):
        points.spiral.load_data(classes=1)


def test_moons_are_half_circles():
    x, y = everything("moons", n=1000)
    for label, (centre_x, centre_y), side in ((0, (-1.75, -0.875), 1), (1, (1.75, 0.875), -1)):
        moved = x[y == label] - [centre_x, centre_y]
        assert np.hypot(*moved.T) == pytest.approx(3.5, abs=1e-4)
        assert (moved[:, 1] * side > -1e-4).all()


def test_plane_and_hills():
    x, y = everything("regression_plane", n=500)
    assert y == pytest.approx(x.sum(axis=1) / 12, abs=1e-5)
    x, y = everything("regression_gauss", n=5000)
    for place, sign in (
        ([-4, 2.5], 1),
        ([4, 2.5], 1),
        ([0, -2.5], 1),
        ([0, 2.5], -1),
        ([-4, -2.5], -1),
        ([4, -2.5], -1),
    ):
        distance = np.linalg.norm(x - place, axis=1)
        near = distance < 1.9
        assert near.sum() > 100
        assert y[near] == pytest.approx(sign * (1 - distance[near] / 2), abs=1e-4)
    assert (y[np.abs(x[:, 1]) < 0.4] == 0).all()


@pytest.mark.parametrize("arguments", [{"n": 1}, {"noise": -0.1}, {"noise": 0.6}, {"noise": float("nan")}, {"test_split": 1}])
def test_arguments_out_of_range(arguments):
    with pytest.raises(ValueError, match="Expected.*Received"):
        points.moons.load_data(**arguments)
    with pytest.raises(TypeError, match="classes"):
        points.moons.load_data(classes=3)
