"""Attention: Keras's numbers, derivatives, masks, several inputs, and a small transformer."""

import numpy as np
import pytest
from reference.load import load
from test_explain import check_all
from test_gradients import check, dense

from glassnet import layers, losses
from glassnet.engine import eager
from glassnet.engine.graph import Graph
from glassnet.layers import Input, MultiHeadAttention
from glassnet.models import Model, load_model
from glassnet.random import set_random_seed

REFERENCE = load("attention")
CASES = REFERENCE["cases"]


def built(case, dtype):
    """The case's layer with its weights, and its inputs."""
    layer = MultiHeadAttention(**case["arguments"], dtype=dtype, name="attention")
    given = [REFERENCE["inputs"][name].astype(dtype) for name in case["inputs"]]
    layer.build(*(array.shape for array in given))
    paths = [variable.path for variable in layer.weights]
    by_path = {f"attention/{name}": weight for name, weight in case["weights"].items()}
    layer.set_weights([by_path[path] for path in paths])
    return layer, given


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", CASES)
def test_outputs_and_attention_are_kerass(name, dtype):
    case = CASES[name]
    layer, given = built(case, dtype)
    outputs, attention = layer(*given, **case["call"], return_attention_scores=True)
    tolerance = 1e-10 if dtype == "float64" else 2e-5
    np.testing.assert_allclose(outputs, case["float64"]["outputs"], rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(attention, case["float64"]["attention"], rtol=tolerance, atol=tolerance)
    assert layer.compute_output_shape(*((None, *array.shape[1:]) for array in given)) == (None, *outputs.shape[1:])


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_kerass(name):
    case = CASES[name]
    layer, given = built(case, "float64")
    graph = Graph()
    names = [f"input_{number}" for number in range(len(given))]
    tensors = [graph.tensor(name, array.shape[1:]) for name, array in zip(names, given, strict=True)]
    output = layer.plan(graph, *tensors, **case["call"])
    feeds = dict(zip(names, given, strict=True))
    program = eager.run(graph, feeds, "float64", input_gradients=names)
    program.gradient_of(output)[...] = case["float64"]["directions"]
    program.once(program.calls("forward", "loss", backward=True), len(given[0]))
    expected = case["float64"]["gradients"]
    for name, gradient in zip(names, expected["inputs"], strict=True):
        np.testing.assert_allclose(program.act_grads[name], gradient, rtol=1e-10, atol=1e-10)
    for name, gradient in expected["weights"].items():
        np.testing.assert_allclose(program.grads[f"attention/{name}"], gradient, rtol=1e-10, atol=1e-10)


def attending(**arguments):
    """A model of (3, 4) numbers in which places look at each other, in float64."""
    x = Input((3, 4), dtype="float64")
    places = layers.PositionEmbedding(5, "random_normal", dtype="float64")(x)
    waves = layers.SinePositionEncoding(20, dtype="float64")(x)
    h = layers.Add(dtype="float64")([x, places, waves])
    layer = MultiHeadAttention(2, 3, dtype="float64", bias_initializer="random_normal", seed=3, **arguments.pop("layer", {}))
    h = layer(h, h, **arguments)
    return Model(x, dense(2, "linear")(layers.Flatten(dtype="float64")(h)))


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_derivatives_within_a_network(causal, training):
    model = attending(use_causal_mask=causal, layer={"dropout": 0.4, "kernel_regularizer": "l2"})
    check(model, losses.MeanSquaredError(), training=training)


def test_no_place_looks_ahead_under_the_causal_mask():
    x = np.random.default_rng(1).normal(size=(1, 6, 4))
    layer = MultiHeadAttention(2, 3)
    before, attention = layer(x, x, use_causal_mask=True, return_attention_scores=True)
    assert np.array_equal(attention, np.tril(attention))
    np.testing.assert_allclose(attention.sum(axis=-1), 1, rtol=1e-6)
    x[:, 4:] += 1
    after = layer(x, x, use_causal_mask=True)
    assert np.array_equal(before[:, :4], after[:, :4]) and not np.array_equal(before[:, 4:], after[:, 4:])


def test_the_maps_of_attention_are_in_the_trace():
    model = attending(use_causal_mask=True)
    model.compile("sgd", "mean_squared_error")
    x = np.random.default_rng(1).normal(size=(2, 3, 4))
    trace = model.trace(x, np.zeros((2, 2)))
    (name,) = [layer.name for layer in model.layers if isinstance(layer, MultiHeadAttention)]
    maps = trace[f"{name}/attention"]
    assert maps.shape == (2, 2, 3, 3) and np.allclose(maps.sum(axis=-1), 1) and np.array_equal(maps, np.tril(maps))
    mixed = np.einsum("bnts,bsnd->btnd", maps, trace[f"{name}/value"])
    np.testing.assert_allclose(trace[f"{name}/context"], mixed, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("causal", [False, True])
def test_every_number_is_explained(causal):
    model = attending(use_causal_mask=causal, layer={"dropout": 0.4})
    model.compile("sgd", "mean_squared_error")
    random = np.random.default_rng(1)
    check_all(model.trace(random.normal(size=(2, 3, 4)), random.normal(size=(2, 2)), training=True), 3)


def transformer(seed=1):
    """Two blocks that say after each of 12 places what comes next, of 5 tokens."""
    set_random_seed(seed)
    tokens = Input((12, 5))
    h = layers.Dense(16)(tokens)
    h = layers.Add()([h, layers.PositionEmbedding(12)(h)])
    for _ in range(2):
        n = layers.LayerNormalization()(h)
        h = layers.Add()([h, MultiHeadAttention(2, 8)(n, n, use_causal_mask=True)])
        h = layers.Add()([h, layers.Dense(16)(layers.Dense(32, activation="gelu")(layers.LayerNormalization()(h)))])
    return Model(tokens, layers.Dense(5)(h))


@pytest.mark.parametrize("positions", [lambda: layers.PositionEmbedding(4), layers.SinePositionEncoding])
def test_padding_gets_no_attention_and_is_in_no_mean_behind_positions_and_normalisation(positions):
    words = Input((4,))
    h = layers.Embedding(6, 5, mask_zero=True)(words)
    h = layers.add([h, positions()(h)])
    h = layers.LayerNormalization()(layers.add([h, MultiHeadAttention(2, 3, name="heads")(h, h)]))
    model = Model(words, layers.GlobalAveragePooling1D()(layers.BatchNormalization(name="norm")(h)))
    t = model.trace([[3, 1, 0, 2], [0, 5, 0, 0]])
    assert not t["heads/attention"][0, ..., 2].any() and (t["heads/attention"][1, ..., 1] == 1).all()
    np.testing.assert_allclose(t.prediction[0], t["norm/a"][0, [0, 1, 3]].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(t.prediction[1], t["norm/a"][1, 1], rtol=1e-5)


def sequences(examples=512):
    """Tokens of which each is the sum of the two before it, modulo 5: what comes next, two places must tell."""
    tokens = np.random.default_rng(2).integers(0, 5, (examples, 13))
    for place in range(2, 13):
        tokens[:, place] = (tokens[:, place - 1] + tokens[:, place - 2]) % 5
    return np.eye(5, dtype="float32")[tokens[:, :-1]], tokens[:, 1:]


def test_a_transformer_learns_what_two_places_tell(tmp_path):
    x, y = sequences()
    model = transformer()
    model.compile("adam", losses.SparseCategoricalCrossentropy(from_logits=True))
    model.optimizer.learning_rate = 0.005
    model.fit(x, y, epochs=40, verbose=0)
    right = model.predict(x, verbose=0).argmax(axis=-1) == y
    assert right[:, 1:].mean() > 0.98  # the first place has only one token to go by
    model.save(tmp_path / "transformer.safetensors")
    again = load_model(tmp_path / "transformer.safetensors")
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_same_seed_same_bits():
    x, y = sequences(64)
    bits = []
    for _ in range(2):
        model = transformer()
        model.compile("adam", losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, y, epochs=2, verbose=0)
        bits.append(model.params.array.tobytes())
    assert bits[0] == bits[1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MultiHeadAttention(0, 3), "num_heads as a positive whole number. Received: 0"),
        (lambda: MultiHeadAttention(2, 3, dropout=1), "dropout from 0 to below 1"),
        (lambda: MultiHeadAttention(2, 3, output_shape=0), "output_shape as a positive whole number"),
        (lambda: MultiHeadAttention(2, 3).build((None, 4)), r"query of shape \(batch, places, features\). .*\(None, 4\)"),
        (lambda: MultiHeadAttention(2, 3).build((None, 4, 2), (None, 5, 2), (None, 6, 2)), "Received: 6 keys, 5 values"),
        (lambda: layers.PositionEmbedding(0), "positive whole sequence_length"),
        (lambda: layers.PositionEmbedding(3).build((None, 4, 2)), "at most 3 places, got 4"),
        (lambda: layers.SinePositionEncoding(0), "max_wavelength as a number above 0"),
        (lambda: layers.SinePositionEncoding().build((None, 4)), r"\(batch, places, features\)"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
