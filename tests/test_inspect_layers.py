"""Looking inside works for every layer. A new layer is one row of ROWS."""

import inspect

import numpy as np
import pytest
from test_explain import check_all
from test_layers import CASES, REFERENCE

import glassnet
from glassnet import layers
from glassnet.models import Model, Sequential

VECTOR, SERIES, PICTURE = (6,), (4, 3), (6, 6, 2)

ROWS = {
    "Activation": (("gelu",), VECTOR),
    "Add": ((), VECTOR),
    "AlphaDropout": ((0.3,), VECTOR),
    "Average": ((), VECTOR),
    "BatchNormalization": ((), PICTURE),
    "Concatenate": ((), SERIES),
    "Dense": ((4, "tanh"), SERIES),
    "Dot": ((1,), VECTOR),
    "Dropout": ((0.3,), VECTOR),
    "ELU": ((), VECTOR),
    "ElasticDistortion": ((2.0, 1.0), PICTURE),
    "Flatten": ((), PICTURE),
    "GRU": ((3,), SERIES),
    "GaussianDropout": ((0.3,), VECTOR),
    "GaussianNoise": ((0.2,), VECTOR),
    "GroupNormalization": ((2,), PICTURE),
    "LSTM": ((3,), SERIES),
    "LayerNormalization": ((), SERIES),
    "LeakyReLU": ((), VECTOR),
    "Maximum": ((), VECTOR),
    "Minimum": ((), VECTOR),
    "Multiply": ((), VECTOR),
    "Normalization": ((), VECTOR),
    "RandomContrast": ((0.2,), PICTURE),
    "RandomFlip": ((), PICTURE),
    "RandomRotation": ((0.1,), PICTURE),
    "RandomTranslation": ((0.1, 0.1), PICTURE),
    "RandomZoom": ((0.1,), PICTURE),
    "ReLU": ((), VECTOR),
    "Rescaling": ((0.5, 0.1), VECTOR),
    "Reshape": (((3, 2),), VECTOR),
    "SimpleRNN": ((3,), SERIES),
    "Softmax": ((), VECTOR),
    "SpatialDropout1D": ((0.3,), SERIES),
    "SpatialDropout2D": ((0.3,), PICTURE),
    "Subtract": ((), VECTOR),
}
"""Layer -> (arguments, shape of one input)."""

RECORDED = {
    name: case
    for name, case in CASES.items()
    if not name.endswith("/scalars")  # a network's examples have a shape
    and name != "Normalization/3/rows"  # divides by a variance of 0: the loss is 1e13, and no difference survives its rounding
}


def from_row(name):
    """A network around a layer of ROWS: between the inputs and it a Dense layer, or two where it merges."""
    arguments, shape = ROWS[name]
    options, random = {"dtype": "float64"}, np.random.default_rng(3)
    layer = getattr(layers, name)(*arguments, **options, name="tested")
    x = given = layers.Input(shape, **options)
    before = [layers.Dense(shape[-1], **options, name=f"before_{k}")(x) for k in range(2)]
    # Normalization is adapted to inputs, so it comes first; so do pictures, which are distorted as they are.
    last = layer(before) if type(layer).__module__.endswith("merge") else layer(x if name == "Normalization" else before[0])
    model = Model(given, layers.Dense(3, **options, name="out")(layers.Flatten(**options)(last)))
    for variable in model.trainable_variables:
        variable.assign(random.normal(0, 0.7, variable.shape))
    x = random.normal(size=(4, *shape))
    if name == "Normalization":
        layer.adapt(x)
    return model, x


def from_record(name):
    """A network around a layer with the arguments, weights and inputs of a recorded case."""
    case, random = CASES[name], np.random.default_rng(3)
    x = REFERENCE["inputs"][case["inputs"]].astype("float64")[:4]
    layer = getattr(layers, case["class"])(**case["arguments"], dtype="float64", name="tested")
    parts = [layers.Input(x.shape[1:], dtype="float64"), layer, layers.Flatten(dtype="float64")]
    model = Sequential([*parts, layers.Dense(3, dtype="float64", name="out")])
    if case["adapted"]:
        layer.adapt(x)
    if case["weights"]:
        layer.set_weights(list(case["weights"].values()))
    model.get_layer("out").kernel.assign(random.normal(size=model.get_layer("out").kernel.shape))
    return model, x


def network(name):
    glassnet.utils.set_random_seed(5)
    model, x = (from_row if name in ROWS else from_record)(name)
    model.compile("sgd", "mean_squared_error")
    return model, x, np.random.default_rng(4).normal(size=(len(x), 3))


def test_every_layer_has_a_row():
    found = {name for name in layers.__all__ if inspect.isclass(getattr(layers, name))}
    assert found - {"Input", "InputLayer", "Layer"} == set(ROWS)


@pytest.mark.parametrize("name", [*ROWS, *RECORDED])
def test_forward_is_prediction_and_backward_is_training(name):
    model, x, y = network(name)
    np.testing.assert_array_equal(model.trace(x).prediction, model.predict(x, verbose=0))
    t = model.trace(x, y, training=True)
    model.train_on_batch(x, y)
    (used,) = (compiled.program for compiled in model._programs.values() if hasattr(compiled, "keep"))
    for variable in model.trainable_variables:
        np.testing.assert_array_equal(t.gradient(variable.path), used.grads[variable.path])
        np.testing.assert_array_equal(t["new " + variable.path], variable.value)
    for tensor in set(used.acts) & set(t) - {"input"}:  # that may be scaled on the way in and never be there
        if used.acts[tensor].shape == t[tensor].shape:  # a second name may have another
            np.testing.assert_array_equal(t[tensor], used.acts[tensor])


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", [*ROWS, *RECORDED])
def test_products_are_the_gradient_and_the_difference_proves_it(name, training):
    model, x, y = network(name)
    check_all(model.trace(x, y, training=training), 2)
