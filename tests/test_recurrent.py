"""Recurrent layers: derivatives against central differences, Keras's numbers, masks, states, dropout, refusals."""

import numpy as np
import pytest
from reference.load import load
from test_gradients import check, dense, stack

from glassnet import layers, losses
from glassnet.engine import eager
from glassnet.engine.graph import Graph
from glassnet.models import Sequential

WIDE = {"dtype": "float64", "kernel_initializer": "random_normal", "bias_initializer": "random_normal"}
STEPS = (4, 3)
CASES = {
    "plain": {},
    "sequences": {"return_sequences": True},
    "backwards": {"go_backwards": True, "return_sequences": True},
    "no bias": {"use_bias": False},
    "dropout": {"dropout": 0.3, "seed": 1},
    "recurrent dropout": {"dropout": 0.3, "recurrent_dropout": 0.3, "seed": 2, "return_sequences": True},
    "penalties": {"kernel_regularizer": "l2", "recurrent_regularizer": "l1", "bias_regularizer": "l2"},
    "activity": {"activity_regularizer": "l2"},
    "frozen": {"trainable": False},
}
CELLS = {
    "SimpleRNN": (layers.SimpleRNN, {}),
    "LSTM": (layers.LSTM, {}),
    "GRU": (layers.GRU, {}),
    "GRU, reset before": (layers.GRU, {"reset_after": False}),
}


def network(cell, *after, before=(), input_shape=STEPS, units=5, **arguments):
    make, always = CELLS[cell]
    return stack(*before, make(units, **WIDE, **always, **arguments), *after, input_shape=input_shape)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("case", CASES)
def test_derivatives(cell, case):
    before = [layers.Dense(3, dtype="float64")] if case == "frozen" else []
    check(network(cell, dense(2, "linear"), before=before, **CASES[case]), losses.MeanSquaredError(), training=True)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("steps", "features", "units"), [(1, 1, 1), (1, 4, 2), (6, 1, 9), (3, 17, 2), (2, 5, 33)])
def test_derivatives_for_many_shapes(cell, steps, features, units):
    check(network(cell, input_shape=(steps, features), units=units, return_sequences=True), losses.MeanSquaredError())


@pytest.mark.parametrize("cell", CELLS)
def test_derivatives_of_a_stack(cell):
    make, always = CELLS[cell]
    second = make(4, **WIDE, **always, go_backwards=True)
    check(network(cell, second, dense(2, "linear"), return_sequences=True), losses.MeanSquaredError())


# -- Keras's numbers ---------------------------------------------------------------------------------------------------

RECORDED = load("recurrent")
LAYER_CASES = [name for name, case in RECORDED["cases"].items() if "outputs" in case]


def made(case):
    arguments = dict(case["arguments"])
    if case.get("inner"):
        class_name, inner = case["inner"]
        arguments["layer"] = getattr(layers, class_name)(**inner, dtype="float64")
    return getattr(layers, case["class"])(**arguments, dtype="float64")


@pytest.mark.parametrize("name", LAYER_CASES)
def test_outputs_and_gradients_are_kerass(name):
    case, x = RECORDED["cases"][name], RECORDED["sequences"]
    layer = made(case)
    layer.build((None, *x.shape[1:]))
    layer.set_weights(case["weights"])
    graph = Graph()
    fed = graph.tensor("input", x.shape[1:])
    feeds, named = {"input": x}, {}
    if case["masked"]:
        named["mask"] = graph.tensor("mask", x.shape[1:2])
        feeds["mask"] = RECORDED["mask"]
    if case["states"]:
        named["initial_state"] = [graph.tensor(f"state_{n}", state.shape[1:]) for n, state in enumerate(case["states"])]
        feeds.update({f"state_{n}": state for n, state in enumerate(case["states"])})
    outputs = layer.plan(graph, fed, **named)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    readers = [layers.Rescaling(1.0, name=f"reader_{n}", dtype="float64") for n in range(len(outputs))]
    outputs = [reader.plan(graph, tensor) for reader, tensor in zip(readers, outputs, strict=True)]
    wanted = [name for name in feeds if name != "mask"]
    program = eager.run(graph, feeds, "float64", input_gradients=wanted)
    for tensor, expected in zip(outputs, case["outputs"], strict=True):
        np.testing.assert_allclose(program.value(tensor), expected, rtol=1e-10, atol=1e-12)
    for tensor, direction in zip(outputs, case["directions"], strict=True):
        program.gradient_of(tensor)[...] = direction
    program.once(program.calls("forward", "loss", backward=True), len(x))
    np.testing.assert_allclose(program.act_grads["input"], case["by_inputs"], rtol=1e-9, atol=1e-12)
    for variable, expected in zip(layer.weights, case["by_weights"], strict=True):
        np.testing.assert_allclose(program.grads[variable.path], expected, rtol=1e-9, atol=1e-12)
    for n, expected in enumerate(case["by_states"]):
        np.testing.assert_allclose(program.act_grads[f"state_{n}"], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [name for name, case in RECORDED["cases"].items() if "batches" in case])
def test_states_over_two_batches_are_kerass(name):
    case, x = RECORDED["cases"][name], RECORDED["sequences"]
    layer = made(case)
    layer.build(x.shape)
    layer.set_weights(case["weights"])
    first, second = layer(x), layer(x[::-1])
    layer.reset_state()
    for got, expected in zip((first, second, layer(x)), case["batches"], strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", [name for name, case in RECORDED["cases"].items() if "loss" in case])
def test_padding_does_not_count_in_the_loss(name):
    case = RECORDED["cases"][name]
    units = case["weights"][2].shape[0]
    model = Sequential(
        [
            layers.Input((4,), dtype="float64"),
            layers.Embedding(5, 2, mask_zero=True, dtype="float64"),
            layers.GRU(units, return_sequences=True, dtype="float64"),
            layers.Dense(3, activation="softmax", dtype="float64"),
        ]
    )
    model.set_weights(case["weights"])
    model.compile("sgd", losses.SparseCategoricalCrossentropy(reduction=case["reduction"]))
    t = model.trace(RECORDED["numbers"], RECORDED["labels"], case["sample_weight"])
    assert t.loss == pytest.approx(case["loss"], rel=1e-10)
    for variable, expected in zip(model.weights, case["gradients"], strict=True):
        np.testing.assert_allclose(t["d " + variable.path], expected, rtol=1e-8, atol=1e-12)
