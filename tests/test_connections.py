"""`inspect.connections`: what each connection brings, the strongest of them, and the way down from an answer."""

import numpy as np
import pytest

from glassnet import layers
from glassnet.inspect.connections import connections
from glassnet.models import Sequential


@pytest.fixture
def model():
    model = Sequential(
        [
            layers.Input((3, 2)),
            layers.Flatten(),
            layers.Dense(5, activation="tanh", name="first"),
            layers.Dropout(0.5),
            layers.Dense(4, activation="relu", name="second"),
            layers.Dense(3, activation="softmax", name="third"),
        ]
    )
    random = np.random.default_rng(0)
    model.set_weights([random.normal(size=weights.shape) for weights in model.get_weights()])
    return model


@pytest.fixture
def trace(model):
    return model.trace(np.random.default_rng(1).normal(size=(4, 3, 2)))


def test_values_sum_to_the_weighted_sums(trace):
    found = connections(trace, 2)
    assert found.layers == ["first", "second", "third"]
    assert found.bound == [False, True, True]
    for name, values in zip(found.layers, found.values, strict=True):
        np.testing.assert_allclose(values.sum(axis=0) + trace[f"{name}/bias"], trace[f"{name}/z"][2], atol=1e-5)


def test_strongest_are_the_largest_of_each_layer(trace):
    found = connections(trace)
    strongest = found.strongest(most=6)
    for number, values in enumerate(found.values):
        own = strongest[strongest["layer"] == number]
        largest = np.sort(np.abs(values), axis=None)[::-1][:6]
        np.testing.assert_array_equal(np.abs(own["value"]), largest[largest > 0])
        np.testing.assert_array_equal(own["value"], values[own["source"], own["target"]])
        np.testing.assert_allclose(own["share"], own["value"] / largest[0])


def test_path_goes_down_from_the_answer(trace):
    found = connections(trace)
    path = found.path(1, fan=2)
    assert path["layer"].tolist() == sorted(path["layer"], reverse=True)
    last = path[path["layer"] == 2]
    assert set(last["target"]) == {1}
    for number in (1, 0):
        above, here = path[path["layer"] == number + 1], path[path["layer"] == number]
        assert set(here["target"]) <= set(above["source"])
        for target in set(here["target"]):
            expected = np.argsort(-np.abs(found.values[number][:, target]))[:2]
            assert here["source"][here["target"] == target].tolist() == expected.tolist()


def test_around_a_neuron(trace):
    found = connections(trace)
    around = found.around("second", 3, most=100)
    into, out = around[around["layer"] == 1], around[around["layer"] == 2]
    assert set(into["target"]) == {3} and len(into) == np.count_nonzero(found.values[1][:, 3])
    assert set(out["source"]) <= {3} and len(out) == np.count_nonzero(found.values[2][3])


def test_without_an_example_they_are_the_weights(model, trace):
    found = connections(trace, None)
    for name, values in zip(found.layers, found.values, strict=True):
        np.testing.assert_array_equal(values, model.params[f"{name}/kernel"])


def test_what_mixes_neurons_ends_the_path():
    model = Sequential([layers.Input((2,)), layers.Dense(3, activation="softmax"), layers.Dense(2)])
    found = connections(model.trace([1.0, 2.0]))
    assert found.bound == [False, False]
    assert set(found.path(0)["layer"]) == {1}


def test_what_does_not_exist_is_refused(trace):
    found = connections(trace)
    with pytest.raises(IndexError, match="Expected an output from 0 to 2. Received: 3"):
        found.path(3)
    with pytest.raises(KeyError, match="Expected one of the dense layers first, second, third. Received: 'fourth'"):
        found.around("fourth", 0)
    with pytest.raises(IndexError, match="Expected an example from 0 to 3"):
        connections(trace, 4)
