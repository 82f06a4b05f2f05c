"""The why questions of graphs: several inputs and outputs, as `fit` takes them; nested models and shared layers."""

import numpy as np
import pytest

import glassnet
from glassnet import layers
from glassnet.inspect.neuron import incoming
from glassnet.models import Model, Sequential


@pytest.fixture(autouse=True)
def _seeded():
    glassnet.utils.clear_session()
    glassnet.utils.set_random_seed(0)


def scales(*, kind="linear"):
    """score = 3 * left[0] + 0 * left[1] + 4 * right[0] - 5, beside an output of three classes."""
    left, right = layers.Input((2,), name="left"), layers.Input((1,), name="right")
    both = layers.concatenate([left, right])
    score = layers.Dense(1, activation=kind, name="score")(both)
    model = Model([left, right], [score, layers.Dense(3, activation="softmax", name="kind")(both)])
    model.get_layer("score").set_weights([[[3.0], [0.0], [4.0]], [-5.0]])
    model.compile("sgd", ["mse" if kind == "linear" else "binary_crossentropy", "sparse_categorical_crossentropy"], [1.0, 0.5])
    return model


X = {"left": np.array([3.0, 7.0]), "right": np.array([4.0])}


def deep():
    """Two inputs, a shared layer, a nested model, two outputs."""
    first, second = layers.Input((4,), name="first"), layers.Input((4,), name="second")
    shared = layers.Dense(3, activation="relu", name="shared")
    inner = layers.Input((6,))
    tower = Model(inner, layers.Dense(5, activation="tanh", name="within")(inner), name="tower")
    joined = tower(layers.concatenate([shared(first), shared(second)]))
    direct = layers.Dense(2, activation="relu", name="direct")(second)
    size = layers.Dense(1, name="size")(layers.concatenate([joined, direct]))
    model = Model([first, second], [size, layers.Dense(3, "softmax", name="kind")(joined)])
    model.compile("sgd", ["mse", "sparse_categorical_crossentropy"], loss_weights=[2.0, 1.0], metrics={"kind": ["accuracy"]})
    return model


def data(examples=12):
    rng = np.random.default_rng(0)
    x = [rng.normal(size=(examples, 4)), rng.normal(size=(examples, 4))]
    return x, [rng.normal(size=(examples, 1)), rng.integers(0, 3, examples)]


@pytest.mark.parametrize("given", [X, list(X.values()), tuple(X.values()), {k: v[None] for k, v in X.items()}])
def test_integrated_gradients_of_a_sum_are_its_summands(given):
    found = scales().why.integrated_gradients(given, of="score", baseline={"left": [1.0, 1.0], "right": 2.0})
    np.testing.assert_allclose(found.values[0], [6, 0], atol=1e-6)
    np.testing.assert_allclose(found.values[1], [8], atol=1e-6)
    assert [name for name, _ in found.ranked()] == ["right/input[0]", "left/input[0]", "left/input[1]"]
    assert found.prediction == 20 and found.baseline_prediction == 6 and abs(found.residual) < 1e-5


def test_the_smallest_change_is_the_way_to_the_plane():
    found = scales(kind="sigmoid").why.counterfactual(X, of="score")
    assert found.answer == 1 and found.new_answer == 0 and found.norm == pytest.approx(20 / 5, rel=1e-4)
    np.testing.assert_allclose(np.concatenate(found.change), [-2.4, 0, -3.2], atol=1e-3)
    assert str(found).startswith("1 becomes 0 by a change of length 4")
    bounded = scales(kind="sigmoid").why.counterfactual(X, of="score", low=[[3.0, 7.0], -9.0])
    np.testing.assert_allclose(np.concatenate(bounded.change), [0, 0, -5], atol=1e-3)


def test_contributions_of_an_output_that_is_named():
    parts = scales().why.contributions(X, "score/z[0]")
    assert parts.total == 20 and parts.bias == -5 and [part.value for part in parts.ranked()] == [16, 9, 0]
    assert scales().why.contributions(list(X.values()), "kind/z[2]").name == "kind/z[0, 2]"


def test_noise_for_each_input_is_answered_by_one_output():
    found = scales(kind="sigmoid").why.noise(200, of="score", low=[[0, 0], 2.0], high=[[1, 1], 3.0])
    assert found.x[0].shape == (200, 2) and found.x[1].shape == (200, 1) and found.x[1].min() >= 2 > found.x[0].max()
    np.testing.assert_array_equal(found.counts, [0, 200])  # 3 * 0 + 4 * 2 - 5 > 0
    assert scales().why.noise(10, of="kind").counts.sum() == 10


@pytest.mark.parametrize("question", ["integrated_gradients", "counterfactual", "noise"])
@pytest.mark.parametrize("of", [None, "kin"])
def test_an_output_must_be_named_where_there_are_several(question, of):
    given = [] if question == "noise" else [X]
    with pytest.raises(ValueError, match=f"of model 'functional': score, kind. Received: {of!r}"):
        getattr(scales().why, question)(*given, of=of)


def test_contributions_without_a_name_tell_the_sums_there_are():
    with pytest.raises(ValueError, match=r"several outputs \(score, kind\): of score/z, kind/z, such as 'kind/z\[0\]'"):
        scales().why.contributions(X)


def test_wrong_inputs_are_told_what_is_expected():
    model = scales()
    with pytest.raises(ValueError, match=r"Expected one example of shape \(2,\), \(1,\). Received: 5 of them"):
        model.why.integrated_gradients([np.zeros((5, 2)), np.zeros((5, 1))], of="score")
    with pytest.raises(ValueError, match="expected x as a list of 2, for left, right"):
        model.why.contributions(np.zeros(3), "score/z[0]")
    with pytest.raises(ValueError, match=r"Expected a baseline of shape \(1,\), or one number. Received: shape \(2,\)"):
        model.why.integrated_gradients(X, of="score", baseline=[[1.0, 1.0], [1.0, 1.0]])
    with pytest.raises(ValueError, match="Expected a neuron of shared.0..2., within.0..4., direct.0..1., size.0..0., kind.0..2."):
        deep().why.neuron("tower[0]", data()[0])


def test_the_mean_of_the_pushes_is_the_gradient():
    model, (x, y) = deep(), data()
    gradients = model.gradients(x, y, training=False)
    for name in ("shared/kernel", "within/kernel", "kind/bias", "size/kernel"):
        at = (1,) * gradients[name].ndim if name != "size/kernel" else (1, 0)
        found = model.why.influence(f"{name}[{', '.join(map(str, at))}]", dict(zip(model.input_names, x, strict=True)), y)
        assert found.gradients.mean() == pytest.approx(gradients[name][at], abs=1e-6)


def test_neurons_of_shared_layers_and_nested_models():
    model, (x, _) = deep(), data()
    direct = model.why.neuron("direct[1]", x)
    np.testing.assert_array_equal(direct.image, model.get_layer("direct").kernel.value[:, 1])
    np.testing.assert_array_equal(direct.activations, model.trace(x)["direct/a"][:, 1])
    within = model.why.neuron("within[2]", x)
    assert within.image is None and within.weights.shape == (6,)
    np.testing.assert_array_equal(within.activations, model.trace(x)["within/a"][:, 2])


def test_ablation_of_graphs():
    model, (x, y) = deep(), data()
    before = model.params.array.copy()
    found = model.why.ablation(x, y)
    assert {effect.neuron.partition("[")[0] for effect in found.effects} == {"shared", "direct", "within"}
    assert list(found.logs) == ["loss", "kind_accuracy", "kind_loss", "size_loss"]
    assert found.logs == pytest.approx(model.evaluate(x, y, verbose=0, return_dict=True))
    with model.why.ablate("within[2]"):
        without = model.evaluate(x, y, verbose=0, return_dict=True)
    (effect,) = [effect for effect in found.effects if effect.neuron == "within[2]"]
    assert effect.logs == pytest.approx(without) and effect.changes["loss"] != 0
    np.testing.assert_array_equal(model.params.array, before)
    with pytest.raises(ValueError, match=r"Expected a neuron of a hidden layer \(shared, within, direct\)"):
        model.why.ablate("size[0]").__enter__()


def test_a_stack_with_a_model_in_it():
    tower = Sequential([layers.Dense(3, activation="relu", name="low")], name="tower")
    model = Sequential([layers.Input((4,)), tower, layers.Dense(2, name="top"), layers.Softmax()])
    model.compile("sgd", "sparse_categorical_crossentropy")
    x = data()[0][0]
    np.testing.assert_array_equal(model.why.neuron("low[0]", x).image, tower.layers[0].kernel.value[:, 0])
    found = model.why.ablation(x, np.arange(12) % 2)
    assert [effect.neuron for effect in found.effects] == ["low[0]", "low[1]", "low[2]"]


def test_the_landscape_of_two_inputs_and_outputs():
    model, (x, y) = deep(), data()
    model.fit(x, y, epochs=2, verbose=0)
    land = model.landscape(x, y, "random", points=3)
    assert land.loss.shape == (3, 3) and land.loss[1, 1] == pytest.approx(model.evaluate(x, y, verbose=0)[0], rel=1e-5)


def test_a_shared_neuron_is_left_out_wherever_it_is_called():
    first, second = layers.Input((2,)), layers.Input((2,))
    shared = layers.Dense(2, activation="softplus", name="shared")
    outputs = [layers.Dense(1, name=name)(shared(x)) for name, x in (("one", first), ("other", second))]
    model, x = Model([first, second], outputs), [np.ones((1, 2)), -np.ones((1, 2))]
    with model.why.ablate("shared[0]"):
        without = model.predict(x, verbose=0)
    sums = model.trace(x)
    for name, call, found in zip(("one", "other"), ("shared", "shared_call_1"), without, strict=True):
        kernel, bias = model.get_layer(name).get_weights()
        np.testing.assert_allclose(found, sums[f"{call}/a"][:, 1:] @ kernel[1:] + bias, rtol=1e-6)
    largest = max(sums["shared/a"][0, 0], sums["shared_call_1/a"][0, 0])
    assert model.why.neuron("shared[0]", x).activations[0] == largest


def reader():
    """A network that reads numbers of words, beside some other numbers."""
    words, row = layers.Input((4,), name="words"), layers.Input((2,), name="row")
    read = layers.GlobalAveragePooling1D()(layers.Embedding(9, 3, name="table")(words))
    said = layers.Dense(1, activation="sigmoid", name="said")(layers.concatenate([read, row]))
    model = Model([words, row], said)
    model.compile("sgd", "binary_crossentropy")
    return model


def test_numbers_of_rows_of_a_table_stay_whole_and_are_not_changed_a_little():
    model, x = reader(), [np.array([1, 8, 0, 3]), np.array([2.0, -1.0])]
    shares = model.why.integrated_gradients(x)
    assert not shares.values[0].any() and shares.values[1].any() and abs(shares.residual) < 1e-4
    change = model.why.counterfactual(x).change
    assert not change[0].any() and change[1].any()
    words = model.why.noise(500).x[0]
    assert set(words.ravel().tolist()) == set(range(9))


def test_a_network_of_table_rows_alone_is_asked_behind_the_table():
    words = layers.Input((4,))
    read = layers.Embedding(9, 3, name="table")(words)
    model = Model(words, layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling1D()(read)), name="words")
    for question in (model.why.integrated_gradients, model.why.counterfactual):
        with pytest.raises(ValueError, match="The inputs of 'words' choose rows of a table"):
            question(np.arange(4))
    assert model.why.noise(50).counts.sum() == 50
    behind = Model(model.get_layer("table").output, model.output)
    assert behind.why.integrated_gradients(model.get_layer("table")(np.arange(4)[None])[0]).values.shape == (4, 3)


LAYERS = {
    "SimpleRNN": lambda: layers.SimpleRNN(3, name="it"),
    "LSTM": lambda: layers.LSTM(3, return_sequences=True, name="it"),
    "GRU": lambda: layers.GRU(3, name="it"),
    "GRU, not reset after": lambda: layers.GRU(3, reset_after=False, name="it"),
    "Bidirectional": lambda: layers.Bidirectional(layers.LSTM(3), name="both"),
    "Conv1D": lambda: layers.Conv1D(3, 2, activation="relu", name="it"),
    "DepthwiseConv1D": lambda: layers.DepthwiseConv1D(2, depth_multiplier=3, activation="tanh", name="it"),
    "SeparableConv1D": lambda: layers.SeparableConv1D(3, 2, activation="relu", name="it"),
    "Conv1DTranspose": lambda: layers.Conv1DTranspose(3, 2, activation="relu", name="it"),
    "TimeDistributed": lambda: layers.TimeDistributed(layers.Dense(3, activation="relu", name="it")),
}
"""Layers that read a sequence (5, 2)."""


@pytest.mark.parametrize("kind", LAYERS)
def test_a_neuron_of_any_layer_is_known_and_can_be_silenced(kind):
    x, rng = layers.Input((5, 2)), np.random.default_rng(0)
    seen = LAYERS[kind]()(x)
    seen = layers.GlobalMaxPooling1D()(seen) if len(seen.shape) == 3 else layers.Reshape((-1,))(seen)
    model = Model(x, layers.Dense(2, name="out")(seen))
    for variable in model.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    name = "forward_lstm" if kind == "Bidirectional" else "it"
    x = rng.normal(size=(20, 5, 2))
    states = {key: value for key, value in model.trace(x).items() if key in (f"{name}/a", f"{name}/h")}
    ((tensor, value),) = states.items()
    known = model.why.neuron(f"{name}[1]", x)
    np.testing.assert_array_equal(known.activations, value[..., 1].max(axis=1))
    layer = next(layer for layer in model.every_layer() if layer.name == name)
    sizes = {"SimpleRNN": 2, "LSTM": 8, "GRU": 6, "Conv1D": 4, "DepthwiseConv1D": 2, "SeparableConv1D": 2, "Dense": 2}
    assert known.weights.size == {**sizes, "Conv1DTranspose": 4}[type(layer).__name__]
    before = model.params.array.copy()
    with model.why.ablate(f"{name}[1]"):
        if tensor.endswith("/h"):
            now = model.trace(x)[tensor]
            assert not now[..., 1].any() and now[..., 0].any() and now[..., 2].any()
        else:
            assert_without_effect(model, x, f"{name}[1]")
    np.testing.assert_array_equal(model.params.array, before)


def assert_without_effect(model, x, neuron):
    """Another neuron in the place of a silenced one makes no difference; in the place of another one it does."""
    (layer, _, unit), without = neuron.rstrip("]").partition("["), model.predict(x, verbose=0)
    for other, differs in ((int(unit), False), (0, True)):
        kept = model.params.array.copy()
        for variable, index in incoming(model, layer, other):
            variable.value[index] += 1
        assert (np.abs(model.predict(x, verbose=0) - without).max() > 1e-3) == differs
        model.params.array[:] = kept


READ_BY = {
    "MaxPooling2D, Dense": lambda h: layers.Flatten()(layers.MaxPooling2D(2)(h)),
    "AveragePooling2D, Conv2D": lambda h: layers.Flatten()(layers.Conv2D(2, 2)(layers.AveragePooling2D(2)(h))),
    "BatchNormalization, Conv2DTranspose": lambda h: layers.Flatten()(
        layers.Conv2DTranspose(2, 2)(layers.BatchNormalization()(h))
    ),
    "ZeroPadding2D, DepthwiseConv2D": lambda h: layers.Flatten()(
        layers.DepthwiseConv2D(2, depth_multiplier=2)(layers.ZeroPadding2D()(h))
    ),
    "UpSampling2D, SeparableConv2D": lambda h: layers.Flatten()(layers.SeparableConv2D(2, 2)(layers.UpSampling2D(2)(h))),
    "SpatialDropout2D, GlobalAveragePooling2D": lambda h: layers.GlobalAveragePooling2D()(layers.SpatialDropout2D(0.3)(h)),
    "Conv2D and Dense": lambda h: layers.concatenate(
        [layers.Dense(2)(layers.GlobalMaxPooling2D()(h)), layers.Flatten()(layers.Conv2D(2, 3)(h))]
    ),
}
"""What reads a layer of sigmoids, whose neurons cannot be silenced by their own weights."""


@pytest.mark.parametrize("reader", READ_BY)
def test_a_filter_is_silenced_behind_what_keeps_filters_apart(reader):
    image, rng = layers.Input((6, 6, 2)), np.random.default_rng(0)
    read = READ_BY[reader](layers.Conv2D(3, 3, activation="sigmoid", name="it")(image))
    model = Model(image, layers.Dense(2, name="out")(read))
    for variable in model.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    before = model.params.array.copy()
    with model.why.ablate("it[1]"):
        assert_without_effect(model, rng.normal(size=(4, 6, 6, 2)), "it[1]")
    np.testing.assert_array_equal(model.params.array, before)


def heads(**given):
    """A model of attention, and what it is to read."""
    x, rng = layers.Input((5, 4)), np.random.default_rng(0)
    attention = layers.MultiHeadAttention(3, 2, name="heads", **given)
    hidden = layers.Dense(4, activation="relu", name="hidden")(layers.Add()([x, attention(x, x)]))
    model = Model(x, layers.Dense(2, name="out")(layers.Flatten()(attention(hidden, x))))  # the same heads twice
    for variable in model.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    model.compile("sgd", "mse", metrics=["mae"])
    return model, rng.normal(size=(6, 5, 4)), rng.normal(size=(6, 2))


def test_a_head_of_attention_is_left_out_and_put_back_bit_for_bit():
    model, x, y = heads()
    before, smaller = model.params.array.copy(), model.get_layer("heads").get_weights()
    with model.why.ablate("heads[1]"):
        without = model.trace(x)
        for call in ("heads", "heads_call_1"):
            context, (kernel, bias) = without[f"{call}/context"], smaller[-2:]
            rest = np.einsum("btnv,nvo->bto", context[:, :, [0, 2]], kernel[[0, 2]]) + bias
            np.testing.assert_allclose(without[f"{call}/z"], rest, rtol=1e-5, atol=1e-5)
        found = model.evaluate(x, y, verbose=0, return_dict=True)
    np.testing.assert_array_equal(model.params.array, before)
    table = model.why.ablation(x, y)
    assert [effect.neuron for effect in table.effects] == [
        *(f"heads[{head}]" for head in range(3)),
        *(f"hidden[{unit}]" for unit in range(4)),
    ]
    assert table.effects[1].logs == found and table.effects[1].changes["loss"] != 0
    assert len(model.why.ablation(x, y, "heads").effects) == 3


def test_heads_of_the_last_layer_and_names_of_what_is_none():
    x = layers.Input((5, 4))
    model = Model(x, layers.MultiHeadAttention(2, 3, use_bias=False, name="heads")(x, x))
    model.compile("sgd", "mse")
    given = np.random.default_rng(0).normal(size=(2, 5, 4))
    assert [effect.neuron for effect in model.why.ablation(given, given).effects] == ["heads[0]", "heads[1]"]
    with model.why.ablate("heads[-1]"), model.why.ablate(("heads", 0)):
        assert not model.predict(given, verbose=0).any()
    for wrong in ("heads[2]", "heads", "heads[0, 1]"):
        with pytest.raises(IndexError, match=r"a head of attention, of heads\[0..1\]"):
            model.why.ablate(wrong).__enter__()
    with pytest.raises(ValueError, match="Did you mean 'heads'"):
        model.why.ablation(given, given, "head")
    flat = Sequential([layers.Input((2,)), layers.Dense(1)])
    flat.compile("sgd", "mse")
    with pytest.raises(ValueError, match="Expected a model with a hidden layer that has neurons, or heads of attention"):
        flat.why.ablation(np.ones((1, 2)), np.ones((1, 1)))


STARTED = {
    "SimpleRNN": lambda **given: layers.SimpleRNN(3, name="it", **given),
    "LSTM": lambda **given: layers.LSTM(3, name="it", **given),
    "LSTM, hard gates": lambda **given: layers.LSTM(3, recurrent_activation="hard_sigmoid", name="it", **given),
    "GRU": lambda **given: layers.GRU(3, name="it", **given),
    "GRU, not reset after": lambda **given: layers.GRU(3, reset_after=False, name="it", **given),
    "GRU, gates that are 0 at 0": lambda **given: layers.GRU(3, recurrent_activation="tanh", name="it", **given),
}
"""Recurrent layers that are given states to begin with."""


@pytest.mark.parametrize("kind", STARTED)
def test_a_neuron_that_begins_with_a_state_is_silenced_and_the_others_no_longer_see_it(kind):
    x, rng, layer = layers.Input((5, 2)), np.random.default_rng(0), STARTED[kind](return_sequences=True)
    states = [layers.Input((3,)) for _ in layer.states]
    model = Model([x, *states], layers.Dense(2, name="out")(layers.Flatten()(layer(x, initial_state=states))))
    for variable in model.trainable_variables:
        variable.assign(rng.normal(size=variable.shape))
    given = [rng.normal(size=(20, 5, 2)), *(rng.normal(size=(20, 3)) for _ in states)]
    other = [given[0], *(state + [0, 3, 0] for state in given[1:])]  # where neuron 1 begins
    before = model.params.array.copy()
    assert np.abs(model.predict(given, verbose=0) - model.predict(other, verbose=0)).max() > 0.01
    with model.why.ablate("it[1]"):
        now = model.trace(given)["it/h"]
        assert not now[..., 1].any() and now[..., 0].any() and now[..., 2].any()
        np.testing.assert_array_equal(model.predict(given, verbose=0), model.predict(other, verbose=0))
    np.testing.assert_array_equal(model.params.array, before)


def test_a_neuron_whose_masked_outputs_are_0_is_silenced_within_its_layer():
    rng = np.random.default_rng(0)
    recurrent = layers.SimpleRNN(2, return_sequences=True, zero_output_for_mask=True, name="it")
    model = Sequential([layers.Input((4, 2)), layers.Masking(), recurrent, layers.Dense(1, name="out")])
    x = rng.normal(size=(6, 4, 2))
    with model.why.ablate("it[0]"):
        assert not model.trace(x)["it/h"][..., 0].any()


def test_a_state_that_no_gate_can_forget_is_refused():
    x, start = layers.Input((5, 2)), layers.Input((3,))
    read = layers.GRU(3, use_bias=False, name="it")(x, initial_state=[start])
    model = Model([x, start], layers.Dense(2, name="out")(read))
    refused = pytest.raises(ValueError, match="Expected a gate that a bias can close, so that 'it.1.' forgets the state")
    with refused, model.why.ablate("it[1]"):
        pass


def test_tables_have_no_neurons():
    words = layers.Input((4,))
    model = Model(words, layers.Dense(2, name="out")(layers.Flatten()(layers.Embedding(9, 3, name="table")(words))))
    with pytest.raises(ValueError, match=r"Expected a neuron of out\[0..1\]. Received: 'table\[0\]'"):
        model.why.neuron("table[0]", np.zeros((1, 4)))
