"""Looking inside works for every layer. A new layer is one row of ROWS."""

import inspect
import math

import numpy as np
import pytest
from test_explain import check_all
from test_layers import CASES, REFERENCE

import glassnet
from glassnet import layers
from glassnet.inspect.neuron import neurons
from glassnet.models import Model, Sequential

VECTOR, SERIES, PICTURE = (6,), (4, 3), (6, 6, 2)
OPTIONS = {"dtype": "float64"}

ROWS = {
    "Activation": (("gelu",), VECTOR),
    "Add": ((), VECTOR),
    "AlphaDropout": ((0.3,), VECTOR),
    "Average": ((), VECTOR),
    "AveragePooling1D": ((2,), SERIES),
    "AveragePooling2D": ((2,), PICTURE),
    "BatchNormalization": ((), PICTURE),
    "Bidirectional": (lambda: (layers.LSTM(2, **OPTIONS),), SERIES),
    "Concatenate": ((), SERIES),
    "Conv1D": ((2, 3), SERIES),
    "Conv1DTranspose": ((2, 3), SERIES),
    "Conv2D": ((3, 3), PICTURE),
    "Conv2DTranspose": ((3, 3), PICTURE),
    "Cropping1D": ((1,), SERIES),
    "Cropping2D": ((1,), PICTURE),
    "Dense": ((4, "tanh"), SERIES),
    "DepthwiseConv1D": ((3,), SERIES),
    "DepthwiseConv2D": ((3,), PICTURE),
    "Dot": ((1,), VECTOR),
    "Dropout": ((0.3,), VECTOR),
    "ELU": ((), VECTOR),
    "ElasticDistortion": ((2.0, 1.0), PICTURE),
    "Embedding": ((5, 3), VECTOR),
    "Flatten": ((), PICTURE),
    "GRU": ((3,), SERIES),
    "GaussianDropout": ((0.3,), VECTOR),
    "GaussianNoise": ((0.2,), VECTOR),
    "GlobalAveragePooling1D": ((), SERIES),
    "GlobalAveragePooling2D": ((), PICTURE),
    "GlobalMaxPooling1D": ((), SERIES),
    "GlobalMaxPooling2D": ((), PICTURE),
    "GroupNormalization": ((2,), PICTURE),
    "LSTM": ((3,), SERIES),
    "LayerNormalization": ((), SERIES),
    "LeakyReLU": ((), VECTOR),
    "Masking": ((), SERIES),
    "MaxPooling1D": ((2,), SERIES),
    "MaxPooling2D": ((2,), PICTURE),
    "Maximum": ((), VECTOR),
    "Minimum": ((), VECTOR),
    "MultiHeadAttention": ((2, 3), SERIES),
    "Multiply": ((), VECTOR),
    "Normalization": ((), VECTOR),
    "PositionEmbedding": ((4,), SERIES),
    "RandomContrast": ((0.2,), PICTURE),
    "RandomFlip": ((), PICTURE),
    "RandomRotation": ((0.1,), PICTURE),
    "RandomTranslation": ((0.1, 0.1), PICTURE),
    "RandomZoom": ((0.1,), PICTURE),
    "ReLU": ((), VECTOR),
    "Rescaling": ((0.5, 0.1), VECTOR),
    "Reshape": (((3, 2),), VECTOR),
    "SeparableConv1D": ((2, 3), SERIES),
    "SeparableConv2D": ((3, 3), PICTURE),
    "SimpleRNN": ((3,), SERIES),
    "SinePositionEncoding": ((), SERIES),
    "Softmax": ((), VECTOR),
    "SpatialDropout1D": ((0.3,), SERIES),
    "SpatialDropout2D": ((0.3,), PICTURE),
    "Subtract": ((), VECTOR),
    "TimeDistributed": (lambda: (layers.Dense(2, **OPTIONS),), SERIES),
    "UpSampling1D": ((2,), SERIES),
    "UpSampling2D": ((2,), PICTURE),
    "ZeroPadding1D": ((1,), SERIES),
    "ZeroPadding2D": ((1,), PICTURE),
}
"""Layer -> (arguments, or a function that makes them; shape of one input)."""

FIRST = {"Embedding", "Normalization"}
"""Layers that read the inputs themselves; before the others stands a Dense layer, or two where they merge."""

IN_NO_NETWORK = {"Input", "InputLayer", "Layer", "OperationLayer"}

RECORDED = {
    name: case
    for name, case in CASES.items()
    if not name.endswith("/scalars")  # a network's examples have a shape
    and "mask" not in case
    and not name.endswith("/tied")  # at a tie there is no derivative
    and name != "Normalization/3/rows"  # divides by a variance of 0: the loss is 1e13, and no difference survives its rounding
}


def from_row(name):
    """A network around a layer of ROWS."""
    arguments, shape = ROWS[name]
    random = np.random.default_rng(3)
    layer = getattr(layers, name)(*(arguments() if callable(arguments) else arguments), **OPTIONS, name="tested")
    given = layers.Input(shape, **OPTIONS)
    before = [layers.Dense(shape[-1], **OPTIONS, name=f"before_{k}")(given) for k in range(2)]
    if type(layer).__module__.endswith("merge"):
        last = layer(before)
    elif name == "MultiHeadAttention":
        last = layer(*before)
    else:
        last = layer(given if name in FIRST else before[0])
    model = Model(given, layers.Dense(3, **OPTIONS, name="out")(layers.Flatten(**OPTIONS)(last)))
    for variable in model.trainable_variables:
        variable.assign(random.normal(0, 0.7, variable.shape))
    x = random.integers(0, 5, (4, *shape)).astype("float64") if name == "Embedding" else random.normal(size=(4, *shape))
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
    found = {part.__name__ for part in vars(layers).values() if inspect.isclass(part) and issubclass(part, layers.Layer)}
    assert found - IN_NO_NETWORK == set(ROWS)


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


UNTOLD = {"not_equal", "dropout_mask", "alpha_dropout", "random_contrast"}
"""Operations whose outputs are drawn, counted or mixed from a whole picture: their explanation says no more than their name."""


@pytest.mark.parametrize("name", [*ROWS, *RECORDED])
def test_every_number_of_the_way_forward_is_told_by_others(name):
    model, x, y = network(name)
    t = model.trace(x, y, training=True)
    made = {
        node.outputs[0].name
        for node in t.graph.nodes
        if node.phase == "forward" and node.outputs and node.outputs[0] is not None and node.operation.name not in UNTOLD
    }
    for tensor in made | {tensor for tensor in t.tensors if tensor.endswith("/normalized")}:
        for at in np.argwhere(t[tensor])[::7][:3]:  # padding is 0, and made of nothing
            e = t.explain(f"{tensor}[{', '.join(map(str, at))}]")
            assert e.terms and e.name not in {factor.name for part in e.terms for factor in part.factors if not factor.formula}
            assert e.total == pytest.approx(e.value, rel=1e-9, abs=1e-12)
            assert eval(e.python, {"t": t, "np": np, "math": math}) == pytest.approx(e.value, rel=1e-9, abs=1e-12)
            assert "Python" in e.text and e.latex and e.mathml


def test_statistics_are_the_moving_ones_in_prediction():
    model, x, y = network("BatchNormalization")
    told = model.trace(x, y).explain("tested/mean[1]")
    assert [factor.name for part in told.terms for factor in part.factors] == ["tested/moving_mean[1]"]
    assert "in example" not in told.meaning and told.total == told.value
    assert not model.trace(x, y, training=True).explain("tested/mean[1]").terms


@pytest.mark.parametrize("training", [False, True])
def test_masked_steps_are_explained(training):
    glassnet.utils.set_random_seed(5)
    words = layers.Embedding(6, 3, mask_zero=True, **OPTIONS)
    parts = [words, layers.BatchNormalization(**OPTIONS, name="norm"), layers.GlobalAveragePooling1D(**OPTIONS)]
    model = Sequential([layers.Input((4,), **OPTIONS), *parts, layers.Dense(3, **OPTIONS)])
    words.embeddings.assign(np.random.default_rng(0).normal(size=(6, 3)))
    model.compile("sgd", "mean_squared_error")
    t = model.trace(np.array([[1, 2, 0, 3], [0, 4, 0, 0], [5, 1, 2, 4]]), np.ones((3, 3)), training=training)
    assert not t["d norm/a"][0, 2].any() and t["norm/a"][0, 2].any()
    check_all(t, 4)


WEIGHING = {
    "Bidirectional", "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Dense", "DepthwiseConv1D", "DepthwiseConv2D",
    "GRU", "LSTM", "SeparableConv1D", "SeparableConv2D", "SimpleRNN", "TimeDistributed",
}  # fmt: skip
"""Layers that have neurons."""


@pytest.mark.parametrize("name", ROWS)
def test_every_question_is_answered_or_refused_with_the_reason(name):
    model, x, y = network(name)
    before, why, first = model.params.array.copy(), model.why, model.trainable_variables[0]
    inside = model.get_layer("tested").sublayers
    tested = inside[0].name if name in WEIGHING and inside else "tested"
    weight = f"{first.path}[{', '.join('0' * first.ndim)}]"
    t = model.trace(x, y)
    assert why.influence(weight, x, y).gradients.mean() == pytest.approx(t.gradient(first.path).flat[0])
    assert why.contributions(x[0]).ranked(1) and t.nudges(0) and model.diagnose(x, y) is not None
    if name == "Embedding":  # reads numbers of rows, which have no slope; and there is no hidden neuron
        for question in (why.integrated_gradients, why.counterfactual):
            with pytest.raises(ValueError, match="Expected a model with an input that can change a little"):
                question(x[0])
    else:
        assert abs(why.integrated_gradients(x[0]).residual) < 0.1
    units = 2 if name == "MultiHeadAttention" else neurons(model).get(tested, 0)
    assert bool(units) == (name in {*WEIGHING, "MultiHeadAttention"})
    if units:
        found = why.ablation(x, y, tested)
        assert len(found.effects) == units and any(effect.changes["loss"] != 0 for effect in found.effects)
    else:
        with pytest.raises(ValueError, match="Expected (a model with )?a hidden layer"):
            why.ablation(x, y, "tested")
    if name in WEIGHING:
        assert why.neuron(f"{tested}[0]", x).activations.shape == (len(x),)
    else:
        with pytest.raises(ValueError, match=r"Expected a neuron of .*out\[0..2\]. Received: 'tested\[0\]'"):
            why.neuron("tested[0]", x)
    np.testing.assert_array_equal(model.params.array, before)
