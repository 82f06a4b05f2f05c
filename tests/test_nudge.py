"""Nudges: what every neuron wants, and that the mean of all wishes is minus the gradient."""

import numpy as np
import pytest
from test_explain import B, dense, traced

from glassnet import layers, losses
from glassnet.inspect.trace import trace
from glassnet.models import Model

REFERENCES = ("one", "two")


def make(**arguments):
    return traced(
        [dense(4, "tanh", "one", kernel_regularizer="l2", bias_regularizer="l1"), dense(3, "softmax", "two")],
        losses.CategoricalCrossentropy(),
        "one_hot",
        **arguments,
    )


@pytest.mark.parametrize("weights", [None, [0.5, 1.0, 2.0]])
def test_the_mean_of_all_wishes_is_minus_the_gradient(weights):
    t = make(weights=weights)
    every, mean = [t.nudges(b) for b in range(B)], t.nudges()
    for layer in ("one", "two"):
        for way in ("kernel", "bias"):
            averaged = np.mean([getattr(n[layer], way) for n in every], axis=0)
            np.testing.assert_allclose(averaged, -t[f"d {layer}/{way}"], rtol=1e-12, atol=1e-15)
            np.testing.assert_allclose(getattr(mean[layer], way), averaged, rtol=1e-12, atol=1e-15)
        for way in ("neurons", "inputs", "below"):
            averaged = np.mean([getattr(n[layer], way) for n in every], axis=0)
            np.testing.assert_allclose(getattr(mean[layer], way), averaged, rtol=1e-12, atol=1e-15)


def test_one_examples_wishes_are_those_of_a_batch_of_that_example():
    t = make()
    model = t.model
    for b in range(B):
        alone = trace(model, t["input"][b], t["target"][b])
        wishes = t.nudges(b)
        for layer in ("one", "two"):
            np.testing.assert_allclose(wishes[layer].kernel, -alone[f"d {layer}/kernel"], rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(wishes[layer].neurons, -alone[f"d {layer}/z"][0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(wishes["two"].below, -alone["d one/a"][0], rtol=1e-9, atol=1e-12)


def test_the_three_ways_of_a_neuron():
    """Bias by the wish, weights in proportion to the activations, activations in proportion to the weights."""
    t = make()
    wish = t.nudges(1)["two"]
    ways = wish.ways(2)
    (bias,) = ways["bias"]
    assert bias.name == "two/bias[2]" and bias.strength == pytest.approx(wish.neurons[2])
    for nudge in ways["kernel"]:
        i = int(nudge.name.removeprefix("two/kernel[").split(",")[0])
        assert nudge.strength == pytest.approx(wish.neurons[2] * t["one/a"][1, i])
    for nudge in ways["inputs"]:
        i = int(nudge.name.removeprefix("one/a[").removesuffix("]"))
        assert nudge.strength == pytest.approx(wish.neurons[2] * t["two/kernel"][i, 2])
    assert [abs(n.strength) for n in ways["kernel"]] == sorted((abs(n.strength) for n in ways["kernel"]), reverse=True)
    assert len(wish.ways(-1, most=2)["kernel"]) == 2
    np.testing.assert_allclose(wish.below, sum(wish.inputs[:, o] for o in range(3)))


def test_outputs_want_what_the_label_says():
    t = traced([dense(3, "sigmoid", "one")], losses.SumOfSquares(), "one_hot")
    for b in range(B):
        true = int(t["target"][b].argmax())
        for nudge in t.nudges(b).outputs:
            wanted = "up" if nudge.name == f"one/a[{true}]" else "down"
            assert nudge.direction == wanted
        strengths = [abs(nudge.strength) for nudge in t.nudges(b).outputs]
        np.testing.assert_allclose(strengths, sorted(np.abs(t["one/a"][b] - t["target"][b]), reverse=True))


def test_layers_with_more_axes_and_without_bias():
    parts = [
        layers.Reshape((2, 2), dtype="float64"),
        dense(3, "tanh", "one", use_bias=False),
        dense(2, "linear", "two"),
    ]
    t = traced(parts, losses.MeanSquaredError())
    wishes = t.nudges()
    np.testing.assert_allclose(wishes["one"].kernel, -t["d one/kernel"])
    np.testing.assert_allclose(wishes["two"].bias, -t["d two/bias"])
    assert wishes["one"].bias is None and wishes["one"].ways(0)["bias"] == []
    assert wishes["two"].below.shape == (2, 3) and wishes["two"].ranked("below", 1)[0].name.startswith("one/a[")


def test_printing_and_bad_input():
    t = make()
    wishes = t.nudges(0)
    assert list(wishes) == ["two", "one"] and len(wishes) == 2
    text = str(wishes)
    assert "example 0" in text and "1. bias" in text and str(wishes["two"].ranked("kernel")[0]) in text
    assert "mean of all examples" in str(t.nudges())
    with pytest.raises(IndexError, match="from 0 to 2"):
        t.nudges(3)
    with pytest.raises(IndexError, match="or None for the mean. Received: 'first'"):
        t.nudges("first")
    with pytest.raises(IndexError, match="from 0 to 2"):
        wishes["two"].ways(3)
    with pytest.raises(KeyError, match="two, one.*Did you mean"):
        wishes["twoo"]
    with pytest.raises(ValueError, match="Expected one of"):
        wishes["two"].ranked("weights")
    with pytest.raises(ValueError, match="without them nothing is wanted"):
        trace(t.model, t["input"]).nudges()


def test_each_output_and_each_call_of_a_layer_has_its_wishes():
    first, second = layers.Input((2,), dtype="float64"), layers.Input((2,), dtype="float64")
    shared = dense(3, "tanh", "shared")
    ends = [dense(1, None, "one")(shared(first)), dense(2, None, "two")(shared(second))]
    model = Model([first, second], ends)
    model.compile("sgd", "mse", loss_weights=[1.0, 3.0])
    rng = np.random.default_rng(0)
    t = trace(model, [rng.normal(size=(4, 2))] * 2, [rng.normal(size=(4, 1)), rng.normal(size=(4, 2))])
    nudges = t.nudges()
    assert {nudge.name.partition("/")[0] for nudge in nudges.outputs} == {"one", "two"} and len(nudges.outputs) == 3
    assert set(nudges) == {"one", "two", "shared", "shared_call_1"}
    both = nudges["shared"].kernel + nudges["shared_call_1"].kernel
    np.testing.assert_allclose(both, -t["d shared/kernel"], rtol=1e-12)


def test_attention_has_no_wishes_of_its_own_but_what_is_behind_it_has():
    x = layers.Input((3, 4))
    model = Model(x, layers.Dense(1, name="last")(layers.Flatten()(layers.MultiHeadAttention(2, 4, name="attention")(x, x))))
    model.compile("sgd", "mse")
    assert list(trace(model, np.ones((3, 4)), np.ones(1)).nudges(0)) == ["last"]
