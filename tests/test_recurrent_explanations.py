"""Explanations of recurrent layers: each number is the sum of its terms, and a finite difference proves it."""

import numpy as np
import pytest

from glassnet import layers
from glassnet.models import Sequential

CELLS = {
    "simple_rnn": lambda **kw: layers.SimpleRNN(2, name="r", **kw),
    "lstm": lambda **kw: layers.LSTM(2, name="r", **kw),
    "gru": lambda **kw: layers.GRU(2, name="r", **kw),
    "gru, reset before": lambda **kw: layers.GRU(2, name="r", reset_after=False, **kw),
    "lstm, other activations": lambda **kw: layers.LSTM(2, "softsign", "hard_sigmoid", name="r", **kw),
}
OPTIONS = {
    "last": {},
    "sequences": {"return_sequences": True},
    "dropout": {"recurrent_dropout": 0.4, "seed": 3, "return_sequences": True},
}


def traced(cell, masked=False, training=False, **options):
    random = np.random.default_rng(4)
    padding = [layers.Masking(dtype="float64")] if masked else []
    recurrent = CELLS[cell](**options, dtype="float64")
    model = Sequential([layers.Input((3, 2), dtype="float64"), *padding, recurrent, layers.Dense(1, dtype="float64")])
    model.compile("sgd", "mean_squared_error")
    for variable in model.weights:
        variable.assign(random.normal(size=variable.shape))
    x = random.normal(size=(2, 3, 2))
    if masked:
        x[0, 1] = x[1, 0] = 0
    return model.trace(x, random.normal(size=(2, *model.output_shape[1:])), training=training)


def check(t, reference):
    found = t.explain(reference)
    total = sum(term.value for term in found.terms)
    assert total == pytest.approx(found.value, rel=1e-9, abs=1e-12), reference
    assert eval(found.python, {"t": t, "np": np}) == pytest.approx(found.value, rel=1e-9, abs=1e-12), reference
    return found


@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("cell", CELLS)
def test_every_number_is_explained_and_proved(cell, masked, option):
    t = traced(cell, masked, training=True, **OPTIONS[option])
    names = [name for name in t if name.removeprefix("d ").startswith("r/") and "new" not in name and "mask" not in name]
    assert any(name == "d r/sums" for name in names)
    random = np.random.default_rng(1)
    for name in names:
        shape = t[name].shape
        for _ in range(3):
            index = [int(random.integers(size)) for size in shape]
            found = check(t, f"{name}{index}")
            if name.startswith("d ") or name in t.variables:
                assert found.error < 1e-6 * max(1, abs(found.value)), (name, index, found.value, found.finite_difference)


def test_a_recurrent_weight_is_a_sum_over_steps_and_examples():
    found = traced("lstm").explain("r/recurrent_kernel[1, 3]")
    assert len(found.terms) == 2 * 2  # two examples; the first of three steps begins with a state of 0
    assert "r/h[0, 0, 1] * d r/sums[0, 1, 3]" in str(found) and "Proof: finite difference" in str(found)


def test_a_gate_says_what_it_is_made_of():
    t = traced("lstm")
    assert "sigmoid of r/sums[0, 1, 0]" in str(t.explain("r/i[0, 1, 0]"))
    assert "r/f[0, 1, 0] * r/c[0, 0, 0]" in str(t.explain("r/c[0, 1, 0]"))
    assert "d r/c[0, 1, 0] * r/c~[0, 1, 0]" in str(t.explain("d r/i[0, 1, 0]"))
