"""Recurrent layers: derivatives against central differences, Keras's numbers, masks, states, dropout, refusals."""

import pytest
from test_gradients import check, dense, stack

from glassnet import layers, losses

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
