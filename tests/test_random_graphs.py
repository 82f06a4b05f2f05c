"""Graphs drawn at random: derivatives against central differences, prediction and trace, files, seeds, chunks."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reference.load import load

import glassnet
from glassnet import check_gradients, layers, ops
from glassnet.models import Model

REFERENCE = load("graphs")["cases"]
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
WIDTH = 3
MERGES = ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"]


PLANS = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 1000),
        "inputs": st.integers(1, 3),
        "steps": st.lists(
            st.tuples(
                st.sampled_from(["dense", "again", "activation", "merge", "model"]),
                st.integers(0, 99),
                st.integers(0, 99),
                st.sampled_from(MERGES),
                st.sampled_from(["tanh", "sigmoid", "softplus"]),
            ),
            min_size=1,
            max_size=8,
        ),
        "second": st.none() | st.integers(0, 99),
    }
)
"""What a model is made of: up to three inputs and two outputs, and steps that read tensors made before."""


def made(plan):
    """The model of a plan: dense layers, some of them used again, activations, merges, inner models."""
    glassnet.utils.clear_session()
    glassnet.utils.set_random_seed(plan["seed"])
    inputs = [layers.Input((WIDTH,), name=f"x{n}", dtype="float64") for n in range(plan["inputs"])]
    tensors, shared = list(inputs), []
    for kind, first, second, merge, activation in plan["steps"]:
        x, y = tensors[first % len(tensors)], tensors[second % len(tensors)]
        if kind == "merge":
            x = getattr(layers, merge)(dtype="float64")([x, y])
            if merge == "Concatenate":
                x = layers.Dense(WIDTH, dtype="float64")(x)
        elif kind == "activation":
            x = layers.Activation(activation, dtype="float64")(x)
        elif kind == "again" and shared:
            x = shared[second % len(shared)](x)
        elif kind == "model":
            inner = layers.Input((WIDTH,), dtype="float64")
            part = layers.Dense(WIDTH, activation=activation, dtype="float64")
            x = Model(inner, ops.add([inner, part(inner)], dtype="float64"))(x)
        else:
            shared.append(layers.Dense(WIDTH, activation=activation, dtype="float64", bias_initializer="random_normal"))
            x = shared[-1](x)
        tensors.append(x)
    ends = [layers.Dense(2, dtype="float64")(tensors[-1])]
    if plan["second"] is not None:
        ends.append(layers.Dense(1, dtype="float64")(tensors[plan["second"] % len(tensors)]))
    return Model(inputs if len(inputs) > 1 else inputs[0], ends if len(ends) > 1 else ends[0])


def data(model, examples=6):
    random = np.random.default_rng(0)
    x = [random.normal(size=(examples, WIDTH)) for _ in model.input_names]
    y = [random.normal(size=(examples, size)) for size in (2, 1)[: len(model.output_names)]]
    return (x if len(x) > 1 else x[0]), (y if len(y) > 1 else y[0])


def flat(things):
    return things if isinstance(things, list) else [things]


def same(first, second):
    return all(np.array_equal(a, b) for a, b in zip(flat(first), flat(second), strict=True))


@SETTINGS
@given(plan=PLANS)
def test_derivatives_are_central_differences(plan):
    model = made(plan)
    x, y = data(model, 2)
    model.compile("sgd", "mean_squared_error", loss_weights=[0.5, 2.0][: len(model.output_names)])
    check_gradients(model, x, y, tolerance=1e-4)
    check_gradients(model, x, tolerance=1e-4)


@SETTINGS
@given(plan=PLANS)
def test_prediction_trace_call_and_file_agree_to_the_bit(plan):
    model = made(plan)
    x, y = data(model)
    model.compile("adam", "mse")
    predicted = model.predict(x, verbose=0)
    assert same(predicted, model.trace(x, y).prediction) and same(predicted, model(x))
    again = Model.from_config(json.loads(json.dumps(model.get_config())))
    again.set_weights(model.get_weights())
    again.compile_from_config(json.loads(json.dumps(model.get_compile_config())))
    again.seed = model.seed
    assert same(predicted, again.predict(x, verbose=0))
    one_by_one = glassnet.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    for one, watching in ((model, []), (again, [one_by_one])):
        one.fit(x, y, epochs=2, batch_size=2, verbose=0, callbacks=watching)
    assert np.array_equal(model.params.array, again.params.array)


# -- Keras's numbers ---------------------------------------------------------------------------------------------------


def built(case, dtype):
    """The recorded model, made of the same calls."""
    inputs = {name: layers.Input(array.shape[1:], name=name, dtype=dtype) for name, array in case["x"].items()}
    tensors, parts = dict(inputs), {}
    for name, kind, arguments, sources in case["calls"]:
        key = name.partition(":")[0]  # "s:1" is the second call of "s"
        if key not in parts:
            parts[key] = getattr(layers, kind)(**arguments, name=key, dtype=dtype)
        given = [tensors[source] for source in sources]
        tensors[name] = parts[key](given[0] if len(given) == 1 else given)
    outputs = [tensors[name] for name in case["outputs"]]
    model = Model(list(inputs.values()), outputs if len(outputs) > 1 else outputs[0])
    model.set_weights(case["weights"])
    return model


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", REFERENCE)
def test_outputs_losses_and_gradients_are_kerass(name, dtype):
    case, close = REFERENCE[name], {"float64": {"rtol": 1e-9, "atol": 1e-10}, "float32": {"rtol": 1e-4, "atol": 2e-5}}[dtype]
    model = built(case, dtype)
    assert [layer.name for layer in model.layers] == case["layers"]
    x, y = list(case["x"].values()), [case["y"][output] for output in case["outputs"]]
    x, y = (x if len(x) > 1 else x[0]), (y if len(y) > 1 else y[0])
    expected = case[dtype]
    for got, output in zip(flat(model.predict(x, verbose=0)), expected["predicted"], strict=True):
        np.testing.assert_allclose(got, output, **close)
    model.compile("sgd", case["loss"], loss_weights=case["loss_weights"], metrics=case["metrics"])
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert list(logs) == ["loss", *sorted(expected["evaluated"].keys() - {"loss"})]
    np.testing.assert_allclose(list(logs.values()), [expected["evaluated"][key] for key in logs], **close)
    gradients = model.gradients(x, y)
    for variable, gradient in zip(model.trainable_weights, expected["gradients"], strict=True):
        np.testing.assert_allclose(gradients[variable.path], gradient, **close)
    history = model.fit(x, y, batch_size=len(flat(x)[0]), epochs=3, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], expected["losses"], **close)
    for got, weight in zip(model.get_weights(), expected["trained"], strict=True):
        np.testing.assert_allclose(got, weight, **close)
