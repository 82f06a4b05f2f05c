"""Why questions: what made a prediction, who pushes a weight, what would change the answer, what neurons are for."""

import numpy as np
import pytest

from glassnet import layers, losses, optimizers
from glassnet.callbacks import LambdaCallback
from glassnet.datasets import mnist
from glassnet.inspect.ablation import ablate, ablation
from glassnet.inspect.attribution import integrated_gradients
from glassnet.inspect.contributions import contributions
from glassnet.inspect.counterfactual import counterfactual, smallest_step
from glassnet.inspect.influence import influence
from glassnet.inspect.neuron import neuron
from glassnet.inspect.noise import noise
from glassnet.inspect.trace import trace
from glassnet.models import Sequential

N = 7


def network(activation="tanh", last="softmax", units=3, dtype="float64", seed=0, hidden=(5, 4), inputs=6, **arguments):
    parts = [layers.Input((inputs,), dtype=dtype)]
    for k, size in enumerate(hidden):
        parts.append(layers.Dense(size, activation=activation, dtype=dtype, name=f"hidden_{k}", **arguments))
    model = Sequential([*parts, layers.Dense(units, activation=last, dtype=dtype, name="out", **arguments)])
    random = np.random.default_rng(seed)
    model.set_weights([random.normal(0, 1, w.shape) for w in model.get_weights()])
    return model


def examples(inputs=6, classes=3, seed=1):
    random = np.random.default_rng(seed)
    return random.normal(size=(N, inputs)), random.integers(0, classes, N)


@pytest.fixture(scope="module")
def digits():
    """A small network that reads digits, and the examples that it was not trained on."""
    (x, y), (x_test, y_test) = mnist.load_data()
    (x, x_test) = (np.float32(images / 255).reshape(-1, 784) for images in (x, x_test))
    inner = [layers.Dense(128, activation="relu", name="hidden", kernel_initializer=_seeded("HeUniform"))]
    model = Sequential([layers.Input((784,)), *inner, layers.Dense(10, "softmax", name="out", kernel_initializer=_seeded())])
    model.seed = 1
    model.compile(optimizers.Adam(0.0015), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x[:50000], y[:50000], batch_size=64, epochs=5, verbose=0)
    return model, x_test, y_test


def _seeded(name="GlorotUniform"):
    return {"class_name": name, "config": {"seed": 3}}


# -- contributions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh", "step"])
def test_contributions_are_weight_times_activation_and_sum_to_z(activation):
    model, (x, _) = network(activation), examples()
    for b in range(N):
        t, c = trace(model, x[b]), contributions(model, x[b])
        k = int(model.predict(x[b : b + 1]).argmax())
        assert c.name == f"out/z[0, {k}]" and c.total == t["out/z"][0, k]
        np.testing.assert_array_equal(c.values, t["hidden_1/a"][0] * t["out/kernel"][:, k])
        assert c.bias == t["out/bias"][k] and abs(c.residual) < 1e-14
        assert c.bias + sum(part.value for part in c.ranked()) == pytest.approx(c.total, abs=1e-14)
        below = c.of(c.ranked(1)[0].name)
        assert below.source == "hidden_0/a" and abs(below.residual) < 1e-14
        first = below.of("hidden_0/z[2]")
        np.testing.assert_array_equal(first.values, x[b] * t["hidden_0/kernel"][:, 2])


def test_contributions_of_layers_with_more_axes_without_bias_and_frozen():
    parts = [layers.Reshape((3, 2), dtype="float64"), layers.Dense(4, "relu", use_bias=False, name="rows", dtype="float64")]
    model = Sequential(
        [
            layers.Input((6,), dtype="float64"),
            *parts,
            layers.Flatten(dtype="float64"),
            layers.Dense(1, name="out", dtype="float64"),
        ]
    )
    model.trainable = False
    x = examples()[0][0]
    t, c = trace(model, x), contributions(model, x, "rows/a[2, 3]")
    assert c.name == "rows/z[0, 2, 3]" and c.bias == 0 and abs(c.residual) < 1e-14
    assert {part.name for part in c.ranked() if part.value} == {"input[4]", "input[5]"}
    assert contributions(model, x).source == "rows/a" and contributions(model, x).total == t["out/z"][0, 0]


def test_contributions_are_ranked_and_printed():
    model = network(inputs=20)
    c = contributions(model, examples(20)[0][0], "hidden_0/z[1]")
    sizes = [abs(part.value) for part in c.ranked()]
    assert sizes == sorted(sizes, reverse=True) and len(c.ranked(4)) == 4
    assert "hidden_0/z[0, 1]" in str(c) and "bias" in str(c) and "the other 10" in str(c) and str(c.ranked(1)[0]) in str(c)


def test_contributions_are_of_what_is_weighed():
    model = Sequential([layers.Input((4, 4, 3)), layers.DepthwiseConv2D(2, name="depth"), layers.Flatten(), layers.Dense(1)])
    found = contributions(model, np.ones((4, 4, 3)), "depth/z[0, 0, 1]")
    assert len(found) == 4 and {part.name for part in found.ranked()} == {f"input[{i}, {j}, 1]" for i in (0, 1) for j in (0, 1)}
    assert len(str(found).splitlines()) == 6


def test_contributions_of_what_is_no_sum():
    model, (x, _) = network(), examples()
    with pytest.raises(ValueError, match="hidden_0/z, hidden_1/z, out/z.*Did you mean"):
        contributions(model, x[0], "hidden_3/z[0]")
    with pytest.raises(ValueError, match="weighted sum or its activation"):
        contributions(model, x[0], "out/a[0]")  # softmax: of all sums
    with pytest.raises(IndexError, match="within the shape"):
        contributions(model, x[0], "hidden_0/z[9]")
    with pytest.raises(ValueError, match="Expected one example"):
        contributions(model, x)


# -- integrated gradients ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
def test_integrated_gradients_are_complete(activation):
    model, (x, _) = network(activation), examples()
    for k in range(3):
        found = integrated_gradients(model, x[0], k, baseline=x[1], steps=1000)
        difference = model.predict(x[:1])[0, k] - model.predict(x[1:2])[0, k]
        assert found.values.sum() == pytest.approx(difference, abs=1e-3)
        assert found.prediction - found.baseline_prediction == pytest.approx(difference, abs=1e-12)
        assert found.residual == pytest.approx(difference - found.values.sum(), abs=1e-12)
    coarse = integrated_gradients(model, x[0], 0, baseline=x[1], steps=2)
    assert abs(coarse.residual) > abs(integrated_gradients(model, x[0], 0, baseline=x[1], steps=1000).residual)


def test_integrated_gradients_of_a_linear_network_are_weight_times_input():
    model = network("linear", "linear")
    x = examples()[0]
    slopes = np.linalg.multi_dot([w for w in model.get_weights() if w.ndim == 2])
    found = integrated_gradients(model, x[0], 1, steps=3)
    np.testing.assert_allclose(found.values, x[0] * slopes[:, 1], rtol=1e-12)
    assert found.ranked(1)[0][1] == found.values[np.abs(found.values).argmax()]
    assert found.ranked(1)[0][0] in str(found)


def test_integrated_gradients_take_the_largest_output_and_refuse_what_does_not_fit():
    model, (x, _) = network(), examples()
    assert integrated_gradients(model, x[0]).output == int(model.predict(x[:1]).argmax())
    with pytest.raises(IndexError, match="from 0 to 2"):
        integrated_gradients(model, x[0], 3)
    with pytest.raises(ValueError, match="baseline of shape"):
        integrated_gradients(model, x[0], baseline=np.zeros(5))


# -- influence ---------------------------------------------------------------------------------------------------------


def test_the_mean_of_all_pushes_is_the_gradient_without_the_penalty():
    x, y = examples()
    plain, penalised = network(), network(kernel_regularizer="l2")
    for model in (plain, penalised):
        model.compile("sgd", "sparse_categorical_crossentropy")
    gradient = trace(plain, x, y)["d hidden_1/kernel"][3, 1]
    for model in (plain, penalised):
        found = influence(model, "hidden_1/kernel[3, 1]", x, y)
        assert found.gradients.mean() == pytest.approx(gradient, rel=1e-12)
        assert found.gradients.shape == (N,) and found.value == model.get_layer("hidden_1").kernel.value[3, 1]


def test_a_push_is_what_a_step_on_that_example_does():
    x, y = examples()
    model = network()
    model.compile(optimizers.SGD(1.0), "sparse_categorical_crossentropy")
    weights, found = model.get_weights(), influence(model, "out/bias[2]", x, y)
    assert all((a == b).all() for a, b in zip(weights, model.get_weights(), strict=True))
    for push in found.ranked():
        model.set_weights(weights)
        model.train_on_batch(x[push.example, None], y[push.example, None])
        moved = model.get_layer("out").bias.value[2] - weights[-1][2]
        assert moved == pytest.approx(push.strength, rel=1e-9) and push.direction == ("up" if moved > 0 else "down")
        assert (push.direction == "up") == (y[push.example] == 2)
    strengths = [abs(push.strength) for push in found.ranked()]
    assert strengths == sorted(strengths, reverse=True) and len(found.ranked(2)) == 2
    assert {push.direction for push in found.ranked(direction="down")} == {"down"}
    assert "out/bias[2]" in str(found) and str(found.ranked(1)[0]) in str(found)


def test_a_weight_that_no_example_pushes():
    model = Sequential([layers.Input((2,)), layers.Embedding(5, 1, name="words"), layers.Flatten(), layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    model.get_layer("words").set_weights([np.zeros((5, 1))])
    x, y = [[0, 1], [1, 3]], [1.0, 2.0]
    assert str(influence(model, "words/embeddings[4, 0]", x, y)) == "words/embeddings[4, 0] = 0: none of 2 examples pushes it"
    assert len(str(influence(model, "words/embeddings[3, 0]", x, y)).splitlines()) == 2  # one example pushes


def test_influence_on_what_is_no_weight():
    x, y = examples()
    model = network()
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="hidden_0/kernel, .*Did you mean 'hidden_1/kernel'"):
        influence(model, "hidden_1/kernl[0, 0]", x, y)
    with pytest.raises(IndexError, match=r"shape \(5, 4\)"):
        influence(model, "hidden_1/kernel[5, 0]", x, y)
    model.get_layer("hidden_1").trainable = False
    with pytest.raises(ValueError, match="Expected a trainable weight"):
        influence(model, "hidden_1/kernel[0, 0]", x, y)


# -- counterfactual ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_counterfactual_of_a_linear_network_is_the_distance_to_the_boundary(dtype):
    """|w x + b| / |w|, the textbook's distance of a point from a plane, to the nearest class."""
    model = network(hidden=(), units=4, dtype=dtype)
    kernel, bias = model.get_weights()
    for x in examples()[0].astype(dtype):
        z = x @ kernel + bias
        k = int(z.argmax())
        distances = [(z[k] - z[j]) / np.linalg.norm(kernel[:, k] - kernel[:, j]) for j in range(4) if j != k]
        found = counterfactual(model, x)
        assert found.answer == k and found.norm == pytest.approx(min(distances), rel=1e-4)
        for target in range(4):
            if target != k:
                reached = counterfactual(model, x, target)
                assert reached.new_answer == target == model.predict(reached.changed[None]).argmax()
                assert reached.norm >= min(distances) * (1 - 1e-4)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("seed", range(4))
def test_counterfactual_against_looking_everywhere(activation, seed):
    """In the plane every point can be looked at: nothing much nearer than what was found is answered otherwise."""
    model = network(activation, inputs=2, seed=seed)
    x = examples(2, seed=seed)[0][0]
    found = counterfactual(model, x)
    angles, radii = np.meshgrid(np.linspace(0, 2 * np.pi, 400), np.linspace(0, found.norm * 1.1, 300))
    points = x + np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=-1).reshape(-1, 2)
    other = model.predict(points, batch_size=1000, verbose=0).argmax(axis=1) != found.answer
    assert model.predict(found.changed[None]).argmax() == found.new_answer != found.answer
    assert radii.ravel()[other].min() > 0.98 * found.norm
    closer = x + 0.999 * found.change
    assert model.predict(closer[None]).argmax() == found.answer


def test_counterfactual_within_bounds_and_of_a_yes_or_no():
    model = network(last="sigmoid", units=1, hidden=())
    kernel, bias = model.get_weights()
    x = np.clip(examples()[0][0], -1, 1)
    free = counterfactual(model, x)
    assert {free.answer, free.new_answer} == {0, 1}
    assert free.norm == pytest.approx(abs(x @ kernel + bias).item() / np.linalg.norm(kernel), rel=1e-4)
    least = abs(x @ kernel + bias).item() / np.abs(kernel).sum()  # all numbers moved alike
    bound = (least + np.abs(free.change).max()) / 2
    bounded = counterfactual(model, x, low=x - bound, high=x + bound)
    assert bounded.new_answer == free.new_answer and bounded.norm > free.norm
    assert (np.abs(bounded.change) <= bound + 1e-12).all()
    with pytest.raises(ValueError, match="can be changed"):
        counterfactual(model, x, low=x - 1e-6, high=x + 1e-6)
    with pytest.raises(ValueError, match="within its bounds"):
        counterfactual(model, x, low=x + 1)


@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_step_is_the_smallest(seed):
    random = np.random.default_rng(seed)
    normal, low, high = random.normal(size=6), -random.random(6), random.random(6)
    lack = 0.7 * np.maximum(normal * low, normal * high).sum()
    step = smallest_step(normal, lack, low, high)
    assert step @ normal == pytest.approx(lack) and (step >= low).all() and (step <= high).all()
    for _ in range(200):  # no step beside it that does as much is shorter
        other = np.clip(step + 0.1 * random.normal(size=6), low, high)
        if other @ normal >= lack:
            assert np.linalg.norm(other) >= np.linalg.norm(step)
    np.testing.assert_allclose(smallest_step(normal, -lack, -high, -low), -step)


def test_counterfactual_where_there_is_none():
    x = examples()[0][0]
    with pytest.raises(ValueError, match="answers with a class"):
        counterfactual(network(last="linear", units=1), x)
    dead = network("relu")
    dead.get_layer("hidden_1").bias.assign(np.full(4, -1e3))
    with pytest.raises(ValueError, match="dead"):
        counterfactual(dead, x)
    stepped, model = counterfactual(network("step"), x), network()
    assert stepped.new_answer == network("step").predict(stepped.changed[None]).argmax() != stepped.answer  # without slopes
    with pytest.raises(ValueError, match="from 0 to 2"):
        counterfactual(model, x, 3)
    with pytest.raises(ValueError, match="Received"):
        counterfactual(model, x, int(model.predict(x[None]).argmax()))


# -- a neuron, and the network without it ------------------------------------------------------------------------------


def test_a_neurons_image_examples_and_activity():
    random = np.random.default_rng(0)
    inside = [layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(8, activation="relu", name="hidden")]
    model = Sequential([layers.Input((4, 5)), *inside, layers.Dense(3, "sigmoid", name="out")])
    model.set_weights([random.normal(size=w.shape) for w in model.get_weights()])
    x = random.integers(0, 256, (600, 4, 5)).astype("uint8")
    t = trace(model, x)
    for reference in ("hidden[5]", ("hidden", 5), "hidden[-3]"):
        found = neuron(model, reference, x, batch_size=64)
        assert found.name == "hidden[5]" and found.image.shape == (4, 5)
        np.testing.assert_array_equal(found.image.ravel(), model.get_layer("hidden").kernel.value[:, 5])
        np.testing.assert_allclose(found.activations, t["hidden/a"][:, 5], rtol=1e-5, atol=1e-6)
        best = found.strongest(4)
        assert [s.example for s in best] == np.argsort(-t["hidden/z"][:, 5])[:4].tolist()
        assert best[0].activation == found.activations.max()
        assert found.active == pytest.approx((t["hidden/a"][:, 5] > 0).mean())
    out = neuron(model, "out[0]", x)
    assert out.image is None and out.weights.shape == (8,) and out.active == (t["out/a"][:, 0] > 0.5).mean()
    assert "active for" in str(out) and f"{out.strongest(1)[0].example} (" in str(out)


def test_a_neuron_that_is_not_there():
    model, (x, _) = network(), examples()
    with pytest.raises(ValueError, match=r"hidden_0\[0\.\.4\], hidden_1\[0\.\.3\], out\[0\.\.2\].*Did you mean 'hidden_0'"):
        neuron(model, "hiden_0[1]", x)
    with pytest.raises(ValueError, match=r"Received: 'hidden_0/a\[0, 3\]'. Did you mean 'hidden_0\[3\]'"):
        neuron(model, "hidden_0/a[0, 3]", x)
    for reference in ("hidden_1[4]", "hidden_1", "hidden_1[0, 1]", ("hidden_1", 1.5)):
        with pytest.raises(IndexError, match="hidden_1"):
            neuron(model, reference, x)


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
def test_ablation_is_the_network_without_the_neuron_and_is_undone_bit_for_bit(activation):
    model, (x, _) = network(activation), examples()
    before = model.params.array.copy()
    for unit in range(5):
        smaller = network(activation, hidden=(4, 4))
        kernel, bias, following, *rest = model.get_weights()
        smaller.set_weights([np.delete(kernel, unit, 1), np.delete(bias, unit), np.delete(following, unit, 0), *rest])
        with ablate(model, f"hidden_0[{unit}]"):
            np.testing.assert_allclose(model.predict(x), smaller.predict(x), rtol=1e-12)
            assert not (model.params.array == before).all()
        np.testing.assert_array_equal(model.params.array, before)
    with pytest.raises(RuntimeError, match="on the way"), ablate(model, "hidden_1[2]"):
        raise RuntimeError("on the way")
    np.testing.assert_array_equal(model.params.array, before)


def test_ablation_through_other_layers():
    """Behind Flatten a neuron has a weight for each place; behind a softmax only its own weights can silence it."""
    inside = [layers.Dense(4, "sigmoid", name="rows"), layers.Dropout(0.5), layers.Flatten(), layers.Dense(3, name="mixed")]
    ending = [layers.Activation("softmax", name="shares"), layers.Dense(2, name="out")]
    model = Sequential([layers.Input((3, 2)), *inside, *ending])
    x = np.random.default_rng(0).normal(size=(N, 3, 2))
    with ablate(model, "rows[1]"):
        t = trace(model, x)
        kernel = t["mixed/kernel"].reshape(3, 4, 3)
        assert (kernel[:, 1] == 0).all() and (kernel[:, [0, 2, 3]] != 0).all()
    with ablate(model, "mixed[1]"):
        assert (trace(model, x)["mixed/z"][:, 1] == 0).all()
    with pytest.raises(ValueError, match=r"hidden layer \(rows, mixed\).*is an output"), ablate(model, "out[0]"):
        pass
    sure = Sequential([layers.Input((2,)), layers.Dense(3, "sigmoid", name="a"), layers.Softmax(), layers.Dense(1)])
    with pytest.raises(ValueError, match="whose activation of 0 is 0"), ablate(sure, "a[0]"):
        pass


def test_neurons_that_cannot_be_left_out_are_told_beside_the_others():
    def stack(*hidden):
        model = Sequential([layers.Input((3,)), *hidden, layers.LayerNormalization(), layers.Dense(1)])
        model.compile("sgd", "mean_squared_error")
        return model

    x, y = np.ones((2, 3)), np.ones(2)
    model = stack(layers.Dense(2, "relu", name="kept_off"), layers.Dense(2, "sigmoid", name="half"))
    found = ablation(model, x, y)
    assert [effect.neuron for effect in found.effects] == ["kept_off[0]", "kept_off[1]"] and list(found.kept) == ["half"]
    assert str(found).splitlines()[-1].startswith("Not left out: half. Expected a neuron read by Dense layers")
    with pytest.raises(ValueError, match=r"activation of 0 is 0, such as relu. Received: 'half\[0\]'"):
        ablation(model, x, y, "half")
    with pytest.raises(ValueError, match=r"Received: 'only\[0\]'"):
        ablation(stack(layers.Dense(2, "sigmoid", name="only")), x, y)


def test_the_halves_of_a_bidirectional_layer_are_left_out_not_the_whole():
    both = layers.Bidirectional(layers.LSTM(2, return_sequences=True, name="read"))
    model = Sequential([layers.Input((4, 3)), both, layers.GRU(2, name="sum"), layers.Dense(1)])
    model.compile("sgd", "mean_squared_error")
    found = ablation(model, np.ones((2, 4, 3)), np.ones(2))
    assert [effect.neuron for effect in found.effects] == [
        f"{name}[{unit}]" for name in ("forward_read", "backward_read", "sum") for unit in (0, 1)
    ]


def test_the_table_of_an_ablation():
    x, y = examples()
    model = network()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    before = model.params.array.copy()
    table = ablation(model, x, y)
    assert [effect.neuron for effect in table.effects] == [f"hidden_0[{k}]" for k in range(5)] + [
        f"hidden_1[{k}]" for k in range(4)
    ]
    assert table.logs == model.evaluate(x, y, verbose=0, return_dict=True)
    for effect in table.effects:
        with ablate(model, effect.neuron):
            assert effect.logs == model.evaluate(x, y, verbose=0, return_dict=True)
        assert effect.changes["loss"] == effect.logs["loss"] - table.logs["loss"]
    changes = [effect.changes["loss"] for effect in table.ranked()]
    assert changes == sorted(changes, reverse=True) and len(table.ranked(2)) == 2
    lines = str(table).splitlines()
    assert "accuracy" in lines[0] and lines[2].startswith(table.ranked(1)[0].neuron) and len(lines) == 11
    assert {effect.neuron.split("[")[0] for effect in ablation(model, x, y, "hidden_1").effects} == {"hidden_1"}
    np.testing.assert_array_equal(model.params.array, before)
    with pytest.raises(ValueError, match="of hidden_0, hidden_1"):
        ablation(model, x, y, "out")


# -- noise -------------------------------------------------------------------------------------------------------------


def test_noise_counts_answers_and_is_repeatable():
    model = network()
    found, again, other = noise(model, 300, seed=4), noise(model, 300, seed=4), noise(model, 300, seed=5)
    outputs = model.predict(found.x, verbose=0)
    np.testing.assert_array_equal(found.answers, outputs.argmax(axis=1))
    np.testing.assert_array_equal(found.confidences, outputs.max(axis=1))
    np.testing.assert_array_equal(found.x, again.x)
    assert found.counts.sum() == 300 and len(found.counts) == 3 and not (found.x == other.x).all()
    assert found.mean_confidence == outputs.max(axis=1).mean() and found.share_above(0) == 1
    assert f"{100 * found.mean_confidence:.1f} %" in str(found)


def test_noise_of_logits_and_of_a_yes_or_no():
    shares, logits = network(), network(last="linear")
    logits.compile("sgd", losses.SparseCategoricalCrossentropy(from_logits=True))
    np.testing.assert_allclose(noise(shares, 50).confidences, noise(logits, 50).confidences, rtol=1e-12)
    single = noise(network(last="sigmoid", units=1), 50)
    assert (single.confidences >= 0.5).all() and len(single.counts) == 2
    with pytest.raises(ValueError, match="how sure it is"):
        noise(network(last="tanh"), 50)
    with pytest.raises(ValueError, match="low < high"):
        noise(shares, 50, low=1)


def test_noise_gets_a_confident_answer_from_a_network_of_97_percent(digits):
    """The textbook's promise: a network that reads digits knows nothing of what is no digit."""
    model, x, y = digits
    assert model.evaluate(x, y, verbose=0, return_dict=True)["accuracy"] >= 0.97
    found = noise(model, 500)
    assert found.mean_confidence > 0.6 and found.share_above(0.5) > 0.8


def test_why_a_digit_is_read_as_it_is(digits):
    model, x, y = digits
    right = np.flatnonzero(model.predict(x[:20], verbose=0).argmax(axis=1) == y[:20])[:5]
    for k in right:
        found = counterfactual(model, x[k], low=0.0, high=1.0)
        assert found.answer == y[k] and found.new_answer == model.predict(found.changed[None]).argmax() != y[k]
        assert found.changed.min() >= 0 and found.changed.max() <= 1
        assert found.norm < 0.5 * np.linalg.norm(x[k])  # a small change is enough
        shares = integrated_gradients(model, x[k], steps=300)
        assert abs(shares.residual) < 0.02 and (shares.values[x[k] == 0] == 0).all()
        assert abs(contributions(model, x[k]).residual) < 1e-4
    seen = neuron(model, "hidden[5]", x)
    assert seen.image.shape == (784,) and 0 <= seen.active <= 1


# -- all of them -------------------------------------------------------------------------------------------------------


def test_asking_during_training_changes_no_bit():
    x, y = examples()

    def trained(ask):
        model = network("relu", dtype="float32")
        model.seed = 5
        model.compile(optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])

        def why(batch, logs):
            contributions(model, x[0]), integrated_gradients(model, x[0], steps=3), counterfactual(model, x[0])
            influence(model, "out/bias[0]", x, y), neuron(model, "hidden_0[1]", x), noise(model, 9)
            ablation(model, x, y, "hidden_1", batch_size=2)

        asking = [LambdaCallback(on_train_batch_end=why)] * ask
        history = model.fit(x, y, batch_size=2, epochs=2, verbose=0, callbacks=asking).history
        return model.params.array.copy(), model.optimizer.slots.array.copy(), history

    (params, slots, history), (asked_params, asked_slots, asked_history) = trained(0), trained(1)
    np.testing.assert_array_equal(params, asked_params)
    np.testing.assert_array_equal(slots, asked_slots)
    assert history == asked_history


def test_large_layers_and_many_examples():
    """Products that a second thread would share, in batches that do not come out even."""
    model = Sequential([layers.Input((784,)), layers.Dense(256, "relu", name="hidden"), layers.Dense(10, "softmax", name="out")])
    x = np.random.default_rng(0).random((700, 784), dtype="float32")
    hidden = layers.Dense(256, "relu")
    hidden.build((None, 784))
    hidden.set_weights(model.get_layer("hidden").get_weights())
    np.testing.assert_allclose(neuron(model, "hidden[200]", x).activations, hidden(x)[:, 200], rtol=1e-4, atol=1e-5)
    assert noise(model, 700).counts.sum() == 700


# -- as a property of the model ------------------------------------------------------------------------------------------


def test_every_question_is_a_method_of_why():
    model = network("relu")
    model.compile("sgd", "mean_squared_error")
    x, y = np.random.default_rng(0).normal(size=(8, 6)), np.zeros((8, 3))
    why, weight = model.why, f"{model.trainable_variables[0].path}[0, 0]"
    hidden = model.layers[0].name
    asked = {
        "contributions": why.contributions(x[0]),
        "integrated_gradients": why.integrated_gradients(x[0], output=1),
        "influence": why.influence(weight, x, y),
        "neuron": why.neuron(f"{hidden}[0]", x),
        "ablation": why.ablation(x, y),
        "counterfactual": why.counterfactual(x[0]),
    }
    assert all(name in repr(why) and len(str(answer)) > 20 for name, answer in asked.items())
    assert asked["contributions"].total == contributions(model, x[0]).total
    assert asked["influence"].gradients.shape == (8,)
    before = model.predict(x, verbose=0)
    with why.ablate(f"{hidden}[0]"):
        assert (model.predict(x, verbose=0) != before).any()
    np.testing.assert_array_equal(model.predict(x, verbose=0), before)
