"""Layers by themselves: Keras's numbers, shapes and arguments, the eager call, configurations and errors."""

import inspect
import json

import numpy as np
import pytest
from reference.load import load

import glassnet
from glassnet import layers
from glassnet.engine import eager
from glassnet.engine.graph import Graph

REFERENCE = {part: load("layers")[part] | load("convolution")[part] for part in ("inputs", "cases")}
LATER = {"PReLU"}
"""Layers that the recorded table has and glassnet has not yet."""
CASES = {name: case for name, case in REFERENCE["cases"].items() if case["class"] not in LATER}

TOLERANCE = {"float64": {"rtol": 1e-10, "atol": 1e-10}, "float32": {"rtol": 2e-5, "atol": 2e-5}}


def built(case, dtype):
    """The case's layer with its weights, and its inputs."""
    layer = getattr(layers, case["class"])(**case["arguments"], dtype=dtype)
    x = REFERENCE["inputs"][case["inputs"]].astype(dtype)
    layer.build((None, *x.shape[1:]))
    if case["adapted"]:
        layer.adapt(REFERENCE["inputs"][case["inputs"]])
    if case["weights"]:
        layer.set_weights(list(case["weights"].values()))
    return layer, x


def fed(case, graph, x):
    """The tensor of a case's inputs, and what a program is fed: the inputs, and their mask where they have one."""
    tensor = graph.tensor("input", x.shape[1:])
    if "mask" not in case:
        return tensor, {"input": x}
    tensor.mask = graph.tensor("mask", case["mask"].shape[1:])
    return tensor, {"input": x, "mask": case["mask"]}


def tolerance(case, dtype):
    """How near to Keras: where steps are masked it adds 1e-7 to their number before it divides by it."""
    return {"rtol": 1e-6, "atol": 1e-6} if "mask" in case and dtype == "float64" else TOLERANCE[dtype]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_outputs_are_kerass(name, dtype):
    case = CASES[name]
    layer, x = built(case, dtype)
    if "mask" in case:
        graph = Graph()
        tensor, feeds = fed(case, graph, x)
        output = layer.plan_with_penalties(graph, tensor)
        outputs = eager.run(graph, feeds, dtype, training=case.get("training", False)).value(output)
        assert (output.mask is tensor.mask) == layer.passes_mask
    else:
        outputs = layer(x, training=case.get("training", False))
    assert outputs.dtype == dtype
    for variable, expected in case["float64"].get("state", {}).items():
        np.testing.assert_allclose(getattr(layer, variable), expected, **tolerance(case, dtype))
    np.testing.assert_allclose(outputs, case["float64"]["outputs"], **tolerance(case, dtype))
    assert list(layer.compute_output_shape((None, *x.shape[1:]))) == case["float64"]["output_shape"]


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_kerass(name):
    case = CASES[name]
    layer, x = built(case, "float64")
    graph = Graph()
    tensor, feeds = fed(case, graph, x)
    output = layer.plan(graph, tensor)
    training = case.get("training", False)
    program = eager.run(graph, feeds, "float64", training=training, input_gradients=("input",))
    program.gradient_of(output)[...] = case["float64"]["directions"]
    program.once(program.calls("forward", "loss", backward=True), len(x), training)
    expected = case["float64"]["gradients"]
    np.testing.assert_allclose(program.act_grads["input"], expected["inputs"], **tolerance(case, "float64"))
    for weight in expected.keys() - {"inputs"}:
        np.testing.assert_allclose(program.grads[f"{layer.name}/{weight}"], expected[weight], **tolerance(case, "float64"))


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["adapted"]])
def test_adapt_finds_kerass_statistics(name):
    case = CASES[name]
    layer, _ = built(case, "float64")
    for got, key in ((layer.mean, "adapted_mean"), (layer.variance, "adapted_variance")):
        np.testing.assert_allclose(got.numpy().ravel(), case["float64"][key].ravel(), rtol=1e-10, atol=1e-12)


# -- arguments ---------------------------------------------------------------------------------------------------------

_NO_CONSTRAINTS = dict.fromkeys(("gamma_constraint", "beta_constraint"), "constraints are no part of glassnet")
_NO_RECURRENT_CONSTRAINTS = dict.fromkeys(
    ("kernel_constraint", "recurrent_constraint", "bias_constraint"), "constraints are no part of glassnet"
)
RANKS = ("1D", "2D", "1DTranspose", "2DTranspose")
NOT_TAKEN = {
    "Dense": dict.fromkeys(("kernel_constraint", "bias_constraint"), "constraints are no part of glassnet")
    | dict.fromkeys(("lora_rank", "lora_alpha", "quantization_config"), "they serve large models"),
    "AlphaDropout": {"noise_shape": "each number has its own chance"},
    "BatchNormalization": _NO_CONSTRAINTS
    | dict.fromkeys(("renorm", "renorm_clipping", "renorm_momentum"), "a correction for very small batches, in little use")
    | {"synchronized": "there is one processor's memory"},
    "GroupNormalization": _NO_CONSTRAINTS,
    "LayerNormalization": _NO_CONSTRAINTS,
    "Flatten": {"data_format": "channels are always last"},
    "Input": dict.fromkeys(("sparse", "ragged", "tensor", "optional"), "inputs are dense arrays"),
    "InputLayer": dict.fromkeys(("sparse", "ragged", "input_tensor", "optional"), "inputs are dense arrays"),
    **dict.fromkeys(
        ("RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom"), {"data_format": "channels are always last"}
    ),
    "Embedding": {"embeddings_constraint": "constraints are no part of glassnet"}
    | dict.fromkeys(("lora_rank", "lora_alpha", "quantization_config"), "they serve large models"),
    "SimpleRNN": _NO_RECURRENT_CONSTRAINTS,
    "LSTM": _NO_RECURRENT_CONSTRAINTS | {"use_cudnn": "it is for graphics processors"},
    "GRU": _NO_RECURRENT_CONSTRAINTS | {"use_cudnn": "it is for graphics processors"},
    "MultiHeadAttention": dict.fromkeys(("kernel_constraint", "bias_constraint"), "constraints are no part of glassnet")
    | dict.fromkeys(("attention_axes", "sliding_window", "use_gate"), "the places are one axis, all of them are looked at")
    | {"flash_attention": "every score has its place in memory"},
    "SpatialDropout2D": {"data_format": "channels are always last"},
    "Layer": {"autocast": "a network has one dtype"},
    **{
        name: dict.fromkeys((f"{part}_constraint" for part in parts), "constraints are no part of glassnet")
        for parts, names in (
            (("kernel", "bias"), (f"{word}{rank}" for word in ("Conv", "Convolution") for rank in RANKS)),
            (("depthwise", "bias"), ("DepthwiseConv1D", "DepthwiseConv2D")),
            (
                ("depthwise", "pointwise", "bias"),
                (f"Separable{word}{rank}" for word in ("Conv", "Convolution") for rank in ("1D", "2D")),
            ),
        )
        for name in names
    },
}
"""Arguments of Keras's layers that glassnet's do not take, and why."""


def arguments(cls):
    """What a layer's class takes, by name: its own arguments, and what it hands on to the classes below."""
    found = {}
    for part in inspect.getmro(cls) if inspect.isclass(cls) else [cls]:
        function = vars(part).get("__init__") if inspect.isclass(part) else part
        if function is not None:
            parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "self"]
            found = {**{p.name: p for p in parameters if p.kind is not p.VAR_KEYWORD}, **found}
            if not any(p.kind is p.VAR_KEYWORD for p in parameters):
                break
    return found


LAYERS = {
    cls
    for cls in list(layers.layer.layers.classes.values())
    if not issubclass(cls, glassnet.Model) and cls.__module__.startswith("glassnet.")
}
"""All layers of the library; a model is one, too."""

SIGNATURES = {
    name.removeprefix("keras.layers."): case
    for name, case in load("signatures")["cases"].items()
    if name.startswith("keras.layers.") and hasattr(layers, name.removeprefix("keras.layers."))
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_arguments_are_kerass(name):
    ours, theirs = arguments(getattr(layers, name)), [a for a in SIGNATURES[name] if a.get("kind") != "var_keyword"]
    not_taken = NOT_TAKEN.get(name, {})
    assert not_taken.keys() <= {argument["name"] for argument in theirs} - ours.keys(), "an exception that is none"
    missing = {argument["name"] for argument in theirs} - ours.keys() - not_taken.keys()
    assert not missing
    for argument in theirs:
        if argument["name"] in ours:
            default = ours[argument["name"]].default
            plain = default if default is inspect.Parameter.empty else json.loads(json.dumps(default))  # tuples are lists there
            assert argument.get("default", inspect.Parameter.empty) == plain, argument["name"]


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_position_never_means_another_argument_than_in_keras(name):
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = inspect.signature(getattr(layers, name)).parameters.values()
    ours = [p.name for p in parameters if p.kind is positional]
    theirs = [a["name"] for a in SIGNATURES[name] if "kind" not in a]
    assert ours == theirs[: len(ours)]


OUR_OWN = {"ElasticDistortion", "OperationLayer", "PositionEmbedding", "SinePositionEncoding"}
"""Layers that Keras does not have."""


def test_every_layer_has_a_signature_to_compare_with():
    assert {cls.__name__ for cls in LAYERS} <= SIGNATURES.keys() | OUR_OWN


# -- building and calling ----------------------------------------------------------------------------------------------


def test_a_layer_is_built_by_its_first_call():
    layer = layers.Dense(3)
    assert not layer.built and layer.weights == [] and layer.kernel is None
    assert layer(np.ones((2, 4))).shape == (2, 3)
    assert layer.built and [v.path for v in layer.weights] == [f"{layer.name}/kernel", f"{layer.name}/bias"]
    assert layer.kernel.shape == (4, 3) and layer.bias.shape == (3,) and layer.bias.numpy().tolist() == [0, 0, 0]
    assert layer.count_params() == 15


def test_building_beforehand():
    layer = layers.Dense(3, use_bias=False)
    layer.build((None, 2, 5))
    assert [v.shape for v in layer.weights] == [(5, 3)] and layer.bias is None
    assert layer(np.ones((7, 2, 5), "uint8")).shape == (7, 2, 3)


def test_building_again_replaces_the_weights():
    layer = layers.Dense(3)
    layer.build((None, 5))
    layer.build((None, 4))
    assert [v.shape for v in layer.weights] == [(4, 3), (3,)]


@pytest.mark.parametrize("data", [[[1, 2]], [[True, False]], np.ones((1, 2), "float16"), np.ones((1, 2), ">f8")])
def test_inputs_of_any_kind_of_number(data):
    layer = layers.Dense(1, kernel_initializer="ones")
    assert layer(data).tolist() == [[np.asarray(data, float).sum()]]


def test_wrong_inputs_are_refused():
    layer = layers.Dense(2, name="first")
    with pytest.raises(
        ValueError, match=r"'first' expected numbers of shape \(batch, ..., features\). .* write x.reshape\(1, -1\)"
    ):
        layer([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="dtype <U1"):
        layer([["a", "b"]])
    with pytest.raises(ValueError, match="at least one example"):
        layer(np.ones((0, 3)))
    layer.build((None, 4))
    with pytest.raises(ValueError, match="Dense 'first' expected inputs of 4 features, got 10"):
        layer(np.ones((2, 10)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Dense(0), "positive whole number of units. Received: 0"),
        (lambda: layers.Dense(2.5), "positive whole number of units. Received: 2.5"),
        (lambda: layers.Dense(2, activation="rleu"), "Expected one of the activations"),
        (lambda: layers.Dense(2, kernel_initializer="glorot"), "glorot_uniform"),
        (lambda: layers.Dense(2, dtype="float16"), "'float32' or 'float64'. Received: 'float16'"),
        (lambda: layers.Dense(2, name="a/b"), "without '/'"),
        (lambda: layers.Dense(2, input_dim=0), "positive integers"),
        (lambda: layers.Dropout(1.0), "from 0 to below 1. Received: 1.0"),
        (lambda: layers.Dropout(float("nan")), "from 0 to below 1. Received: nan"),
        (lambda: layers.AlphaDropout(-0.1), "AlphaDropout '.*' expected a rate from 0 to below 1"),
        (lambda: layers.SpatialDropout2D(0.5).build((None, 4, 3)), r"\(batch, height, width, channels\). .*\(None, 4, 3\)"),
        (lambda: layers.BatchNormalization(1).build((None, 4, 3, 2)), "expected the last axis.* Received: axis 1 for .* 4 axes"),
        (lambda: layers.BatchNormalization(momentum=2), "momentum from 0 to 1. Received: 2"),
        (lambda: layers.LayerNormalization(axis=[1, 3]).build((None, 4, 3, 2)), "expected the last axis or axes"),
        (lambda: layers.LayerNormalization(epsilon=0), "epsilon > 0. Received: 0"),
        (lambda: layers.GroupNormalization(3).build((None, 4)), "divides 4 channels. Received: 3"),
        (lambda: layers.GroupNormalization(0), "a number of groups, or -1. Received: 0"),
        (lambda: layers.GaussianNoise(-1), "stddev >= 0. Received: -1"),
        (lambda: layers.Reshape((-1, -1)), "one of which may be -1"),
        (lambda: layers.Reshape((2, 2)).build((None, 5)), r"cannot make \(2, 2\) of \(5,\)"),
        (lambda: layers.Rescaling(float("inf")), "finite numbers"),
        (lambda: layers.Rescaling([1.0, 2.0])(np.ones((1, 3))), r"one number or 3 \(the last axis\). Received: 2"),
        (lambda: layers.Normalization(mean=1.0), "both mean and variance, or neither"),
        (lambda: layers.Normalization(mean=0.0, variance=-1.0), "variance of at least 0"),
        (lambda: layers.Normalization(axis=(1, 3)).build((None, 2, 3, 4)), "neighbouring axes"),
        (lambda: layers.Normalization().adapt(np.array([[np.nan]])), "finite numbers"),
        (lambda: layers.Normalization().adapt(np.ones((0, 2))), r"Received: shape \(0, 2\)"),
        (lambda: layers.Softmax(axis=0)(np.ones((2, 2))), "other than the batch's"),
        (lambda: layers.Input((3, -1)), "positive integers"),
        (lambda: layers.get("dens"), "one of the layers"),
        (lambda: layers.Layer()(np.ones((1, 1))), "neither plan"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_with_a_reason(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_setting_weights():
    layer = layers.Dense(2, name="d")
    with pytest.raises(ValueError, match="Build the layer first"):
        layer.set_weights([np.ones((3, 2)), np.zeros(2)])
    layer.build((None, 3))
    before = layer.get_weights()
    with pytest.raises(ValueError, match=r"expected 2 weight arrays \(kernel \(3, 2\), bias \(2,\)\), got 1"):
        layer.set_weights([np.ones((3, 2))])
    with pytest.raises(ValueError, match=r"Expected shape \(2,\) for d/bias. Received: shape \(3,\)"):
        layer.set_weights([np.ones((3, 2)), np.zeros(3)])
    assert all(np.array_equal(a, b) for a, b in zip(before, layer.get_weights(), strict=True))
    layer.set_weights([np.ones((3, 2)), [1, 2]])
    assert layer(np.ones((1, 3))).tolist() == [[4, 5]]


def test_freezing_moves_weights_to_the_others():
    layer = layers.Dense(2, trainable=False)
    layer.build((None, 3))
    assert layer.trainable_weights == [] and len(layer.non_trainable_weights) == 2
    layer.trainable = True
    assert len(layer.trainable_weights) == 2 and layer.trainable_variables == layer.trainable_weights
    normalization = layers.Normalization()
    normalization.build((None, 3))
    normalization.trainable = True
    assert normalization.trainable_weights == [] and len(normalization.variables) == 3


@pytest.mark.parametrize(
    ("noise_shape", "axes"), [((None, 1, 6), 1), ((None, 5, 1), 2), ((None, 1, 1), (1, 2)), ([None, None, None], ())]
)
def test_dropout_that_leaves_out_together(noise_shape, axes):
    layer = layers.Dropout(0.5, noise_shape, seed=2)
    y = layer(np.ones((40, 5, 6)), training=True)
    assert set(np.unique(y)) == {0, 2} and 0.8 < y.mean() < 1.2
    assert np.array_equal(y, np.broadcast_to(y.max(axis=axes, keepdims=True), y.shape))
    assert len(np.unique(y.reshape(40, -1), axis=0)) > (1 if noise_shape[1:] == (1, 1) else 20)  # each example has its own
    again = layers.deserialize(layers.serialize(layer))
    assert np.array_equal(again(np.ones((40, 5, 6)), training=True), y)
    assert np.array_equal(layer(np.ones((2, 5, 6))), np.ones((2, 5, 6)))


@pytest.mark.parametrize("noise_shape", [(None, 2, 6), (3, 5, 6), (None, 6)])
def test_a_noise_shape_that_does_not_fit_is_refused(noise_shape):
    with pytest.raises(ValueError, match="expected a noise_shape with None for the batch, and 1, None or its size"):
        layers.Dropout(0.5, noise_shape)(np.ones((3, 5, 6)))


def test_an_input_with_its_batch():
    given = layers.Input(batch_shape=(4, 3, 2))
    assert given.shape == (4, 3, 2) == layers.Input((3, 2), batch_size=4).shape
    for wrong in ({}, {"shape": (3,), "batch_shape": (None, 3)}, {"batch_shape": (4, 3), "batch_size": 4}):
        with pytest.raises(ValueError, match="Expected either shape, or batch_shape"):
            layers.Input(**wrong)


def test_dropout_leaves_out_the_share_and_keeps_the_sum():
    layer = layers.Dropout(0.25, seed=1)
    x = np.ones((200, 200))
    first, second = layer(x, training=True), layer(x, training=True)
    assert np.array_equal(layer(x), x)
    assert set(np.unique(first)) == {0, np.float32(1 / 0.75)}
    assert abs((first == 0).mean() - 0.25) < 0.01 and abs(first.mean() - 1) < 0.01
    assert not np.array_equal(first, second)
    assert np.array_equal(first, layers.Dropout(0.25, seed=1)(x, training=True))


def test_noise_has_its_standard_deviation():
    layer = layers.GaussianNoise(0.5, seed=1, dtype="float64")
    x = np.full((200, 200), 3.0)
    assert np.array_equal(layer(x), x)
    noise = layer(x, training=True) - x
    assert abs(noise.std() - 0.5) < 0.01 and abs(noise.mean()) < 0.01
    assert np.abs(noise).max() > 1.7  # tails of a normal distribution, not of a uniform one
    rows = noise - noise.mean()
    assert abs((rows[:, 1:] * rows[:, :-1]).mean()) < 0.01 and abs((rows[1:] * rows[:-1]).mean()) < 0.01


# -- configurations ----------------------------------------------------------------------------------------------------


def _nothing(x, y, first, second):
    """An operation that leaves its output as it is."""


CONFIGURED = [
    layers.InputLayer((3,), name="in"),
    layers.Add(),
    layers.Subtract(),
    layers.Multiply(),
    layers.Average(),
    layers.Maximum(),
    layers.Minimum(),
    layers.Concatenate(axis=1),
    layers.Dot(axes=(1, 2), normalize=True),
    layers.Dense(4, "relu", False, "he_normal", "ones", "l2", "l1", name="d", trainable=False, dtype="float64"),
    layers.Dense(4, activity_regularizer="l2"),
    layers.Activation("softmax"),
    layers.ReLU(6.0, 0.1, 0.2),
    layers.LeakyReLU(0.2),
    layers.ELU(0.5),
    layers.Softmax(axis=1),
    layers.Dropout(0.3, seed=7),
    layers.AlphaDropout(0.3, seed=7),
    layers.GaussianDropout(0.3, seed=7),
    layers.SpatialDropout1D(0.3, seed=7),
    layers.SpatialDropout2D(0.3, seed=7),
    layers.GaussianNoise(0.3, seed=7),
    layers.BatchNormalization(-1, 0.9, 0.01, False, beta_regularizer="l2", moving_mean_initializer="ones"),
    layers.LayerNormalization((-2, -1), 0.01, scale=False),
    layers.GroupNormalization(4, gamma_initializer="random_normal", gamma_regularizer="l1"),
    layers.Rescaling([1.0, 2.0], 0.5),
    layers.Rescaling(np.float32(0.5), np.array([0.1, 0.2])),
    layers.Normalization(axis=(1, 2)),
    layers.Normalization(axis=None, mean=np.float64(2), variance=np.array(3.0), invert=True),
    layers.Flatten(),
    layers.Reshape((-1, 2)),
    layers.SimpleRNN(4, "relu", False, recurrent_dropout=0.2, go_backwards=True, seed=7),
    layers.LSTM(4, "relu", "hard_sigmoid", unit_forget_bias=False, return_sequences=True, return_state=True, seed=7),
    layers.GRU(4, reset_after=False, stateful=True, zero_output_for_mask=True, recurrent_regularizer="l2", seed=7),
    layers.Bidirectional(layers.GRU(4, return_sequences=True, name="g"), "sum", name="b"),
    layers.TimeDistributed(layers.Dense(4, "relu")),
    layers.Embedding(5, 2, "ones", "l2", mask_zero=True),
    layers.Masking(-1.0),
    layers.RandomFlip("vertical", 7),
    layers.RandomRotation((-0.1, 0.2), "wrap", "nearest", 7, 0.5),
    layers.RandomTranslation(0.1, (0.0, 0.2), "constant", seed=7),
    layers.RandomZoom(0.1, (0.0, 0.2), "nearest", seed=7),
    layers.RandomContrast((0.1, 0.2), (0, 1), 7),
    layers.ElasticDistortion(8.0, 3.0, "reflect", seed=7),
    layers.MultiHeadAttention(2, 3, 4, 0.1, False, 5, seed=7, kernel_regularizer="l2"),
    layers.PositionEmbedding(7, "zeros"),
    layers.SinePositionEncoding(50),
    layers.Dense(2, learning_rate_multiplier=0.1),
    layers.OperationLayer(glassnet.ops.operation(_nothing), constants=(1, 0.5)),
    *{
        case["class"]: getattr(layers, case["class"])(**case["arguments"]) for case in load("convolution")["cases"].values()
    }.values(),
]


def test_every_layer_is_configured_below():
    assert {type(layer) for layer in CONFIGURED} == LAYERS


@pytest.mark.parametrize("layer", CONFIGURED, ids=lambda layer: type(layer).__name__)
def test_a_configuration_rebuilds_the_layer(layer):
    plain = json.loads(json.dumps(layers.serialize(layer)))
    again = layers.deserialize(plain)
    assert type(again) is type(layer) and again.get_config() == layer.get_config()
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()


def test_a_wrong_configuration_is_refused():
    with pytest.raises(ValueError, match="Dense cannot be built from the configuration"):
        layers.Dense.from_config({"unitz": 3})
    with pytest.raises(ValueError, match="'class_name' and 'config'"):
        layers.deserialize({"units": 3})


def test_names_are_numbered_until_the_session_is_cleared():
    glassnet.utils.clear_session()
    assert [layers.Dense(1).name for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    assert layers.LeakyReLU().name == "leaky_re_lu"
    glassnet.utils.clear_session()
    assert layers.Dense(1).name == "dense"
