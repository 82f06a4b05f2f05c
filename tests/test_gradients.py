"""Derivatives of whole networks against central differences in float64: no layer, loss or penalty is exempt."""

import numpy as np
import pytest

from glassnet import activations, layers, losses
from glassnet.compilation import CompiledNetwork
from glassnet.engine.gradcheck import central_difference
from glassnet.models import Sequential

B = 5
DIFFERENTIABLE = sorted(set(activations.ACTIVATIONS) - {"step"})


def _probabilities(random, shape):
    shares = random.random(shape) + 0.1
    return shares / shares.sum(axis=-1, keepdims=True)


def _one_hot(random, shape):
    return np.eye(shape[-1])[random.integers(0, shape[-1], shape[:-1])]


TARGETS = {
    "numbers": lambda random, shape: random.normal(size=shape),
    "positive": lambda random, shape: random.random(shape) + 0.5,
    "bits": lambda random, shape: random.integers(0, 2, shape).astype(float),
    "signs": lambda random, shape: random.choice([-1.0, 1.0], shape),
    "one_hot": _one_hot,
    "shares": _probabilities,
    "classes": lambda random, shape: random.integers(0, shape[-1], shape[:-1]).astype(float),
}

LOSSES = {
    "MeanSquaredError": ("linear", "numbers", {}),
    "MeanAbsoluteError": ("linear", "numbers", {}),
    "MeanAbsolutePercentageError": ("linear", "positive", {}),
    "MeanSquaredLogarithmicError": ("softplus", "positive", {}),
    "SumOfSquares": ("sigmoid", "numbers", {}),
    "Huber": ("linear", "numbers", {"delta": 0.7}),
    "LogCosh": ("linear", "numbers", {}),
    "Poisson": ("softplus", "positive", {}),
    "KLDivergence": ("softmax", "shares", {}),
    "CosineSimilarity": ("linear", "numbers", {}),
    "BinaryCrossentropy": ("sigmoid", "bits", {"label_smoothing": 0.1}),
    "BinaryCrossentropy of logits": ("linear", "bits", {"from_logits": True}),
    "BinaryFocalCrossentropy": ("sigmoid", "bits", {"apply_class_balancing": True, "gamma": 1.5}),
    "BinaryFocalCrossentropy of logits": ("linear", "bits", {"from_logits": True}),
    "CategoricalCrossentropy": ("softmax", "one_hot", {"label_smoothing": 0.1}),
    "CategoricalCrossentropy of logits": ("linear", "shares", {"from_logits": True}),
    "CategoricalFocalCrossentropy": ("softmax", "one_hot", {}),
    "CategoricalFocalCrossentropy of logits": ("linear", "one_hot", {"from_logits": True}),
    "SparseCategoricalCrossentropy": ("softmax", "classes", {}),
    "SparseCategoricalCrossentropy of logits": ("linear", "classes", {"from_logits": True, "ignore_class": 1}),
    "CategoricalGeneralizedCrossEntropy": ("softmax", "classes", {}),
    "Hinge": ("tanh", "signs", {}),
    "SquaredHinge": ("linear", "signs", {}),
    "CategoricalHinge": ("linear", "one_hot", {}),
    "Dice": ("sigmoid", "bits", {}),
    "Tversky": ("sigmoid", "bits", {"alpha": 0.3, "beta": 0.7}),
}
"""Loss -> (activation that it goes with, kind of targets, arguments)."""


def stack(*parts, input_shape=(6,)):
    return Sequential([layers.Input(input_shape, dtype="float64"), *parts])


def dense(units, activation, **arguments):
    return layers.Dense(units, activation=activation, dtype="float64", bias_initializer="random_normal", **arguments)


def check(model, loss, kind="numbers", weighted=False, reduction=None, training=False):
    """Compares the backward pass with central differences, by every parameter and every input."""
    random = np.random.default_rng(7)
    if reduction is not None:
        loss.reduction = reduction
    model.compile("sgd", loss)
    y = TARGETS[kind](random, (B, *model.output_shape[1:]))
    compiled = CompiledNetwork(model, B, "float64", "float64", "float64" if weighted else False)
    graph, params, state = compiled.program.graph, model.params, model.state
    program = type(compiled.program)(graph, params, state, B, "float64", input_gradients=("input",))
    program.acts["input"][:] = random.normal(size=(B, *model.input_shape[1:]))
    program.acts["target"][:] = model.loss.check_target(y, model.output_shape[1:])
    if weighted:
        program.acts["sample_weight"][:] = random.random(B)
    penalties = [node.outputs[0].name for node in graph.nodes if node.phase == "loss" and node.totals == 1]

    def value(array, numbers):
        kept = array.copy()
        array[...] = numbers
        program.once(program.calls("forward", "loss"), B, training)
        array[...] = kept
        return float(program.acts["loss"]) + sum(float(program.acts[name]) for name in penalties)

    program.once(program.calls("forward", "loss", backward=True), B, training)
    by_params, by_input = program.grads.array.copy(), program.act_grads["input"].copy()
    assert np.abs(by_params).max() > 1e-6 or not params.array.size, "nothing reached the parameters: the check would be vacuous"
    for got, array in ((by_params, params.array), (by_input, program.acts["input"])):
        trained = [variable.trainable for variable in model.params_variables for _ in range(variable.size)]
        expected = central_difference(lambda numbers, array=array: value(array, numbers), array.copy())
        expected = np.where(trained, expected, 0) if array is params.array else expected
        # The rounding of a difference is that of the loss, which is large where the derivatives are.
        np.testing.assert_allclose(got, expected, rtol=2e-6, atol=2e-8 * max(1, np.abs(expected).max()))


@pytest.mark.parametrize("activation", DIFFERENTIABLE)
def test_every_activation_in_a_network(activation):
    check(stack(dense(5, activation), dense(4, activation), dense(3, "linear")), losses.MeanSquaredError())


def test_every_loss_is_checked_below():
    registered = {cls.__name__ for cls in losses.registry.classes.values() if cls.__module__.startswith("glassnet.")}
    assert {name.split()[0] for name in LOSSES} == registered


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_every_loss_behind_a_network(name, weighted):
    activation, kind, arguments = LOSSES[name]
    loss = losses.registry.find(name.split()[0])(**arguments)
    check(stack(dense(4, "tanh"), dense(3, activation)), loss, kind, weighted)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_every_reduction(reduction):
    check(stack(dense(3, "tanh")), losses.MeanSquaredError(), weighted=True, reduction=reduction)


def test_losses_of_outputs_with_more_axes():
    parts = [layers.Reshape((2, 3), dtype="float64"), dense(4, "sigmoid"), dense(3, "softmax")]
    check(stack(*parts), losses.CategoricalCrossentropy(), "one_hot", weighted=True)
    parts = [layers.Reshape((2, 3), dtype="float64"), dense(4, "sigmoid"), dense(3, "softmax")]
    check(stack(*parts), losses.SparseCategoricalCrossentropy(), "classes", weighted=True)


@pytest.mark.parametrize("where", ["kernel_regularizer", "bias_regularizer", "activity_regularizer"])
@pytest.mark.parametrize("regularizer", ["l1", "l2", "l1l2"])
def test_every_regularizer_in_every_place(where, regularizer):
    config = {"l1": {"l1": 0.03}, "l2": {"l2": 0.05}, "l1l2": {"l1": 0.02, "l2": 0.04}}[regularizer]
    penalty = {where: {"class_name": regularizer, "config": config}}
    check(stack(dense(4, "tanh", **penalty), dense(2, "linear", **penalty)), losses.MeanSquaredError())


def test_the_layers_between():
    normalization = layers.Normalization(mean=np.arange(6) / 3, variance=np.arange(1, 7) / 2, dtype="float64")
    back = layers.Normalization(axis=1, mean=[0.5, 1.0], variance=[2.0, 3.0], invert=True, dtype="float64")
    check(
        stack(
            layers.Rescaling([0.5, 1, 2, 0.5, 1, 2], 0.25, dtype="float64"),
            normalization,
            dense(6, "tanh"),
            layers.Reshape((2, 3), dtype="float64"),
            back,
            dense(2, "linear"),
            layers.LeakyReLU(dtype="float64"),
            layers.Softmax(axis=1, dtype="float64"),
            layers.Flatten(dtype="float64"),
            layers.ELU(alpha=0.5, dtype="float64"),
            dense(3, "linear"),
            layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2, dtype="float64"),
            layers.Activation("gelu", dtype="float64"),
        ),
        losses.MeanSquaredError(),
    )


def test_dropout_and_noise_while_training():
    """The mask is a function of seed and step, so that both sides of a difference see the same one."""
    check(
        stack(
            layers.Dropout(0.3, seed=3, dtype="float64"),
            dense(5, "tanh"),
            layers.GaussianNoise(0.2, seed=4, dtype="float64"),
            layers.Dropout(0.5, seed=5, dtype="float64"),
            dense(2, "linear"),
        ),
        losses.MeanSquaredError(),
        training=True,
    )


def weighted(layer, **arguments):
    """A layer of normalisation whose gamma and beta are no ones and zeros, which would hide what they do."""
    return layer(gamma_initializer="random_normal", beta_initializer="random_normal", dtype="float64", **arguments)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
def test_normalization_inside_a_network(training, frozen):
    check(
        stack(
            dense(6, "tanh"),
            weighted(layers.BatchNormalization, moving_mean_initializer="random_normal", trainable=not frozen),
            layers.Reshape((3, 2), dtype="float64"),
            dense(4, "tanh"),
            weighted(layers.LayerNormalization),
            weighted(layers.GroupNormalization, groups=2),
            layers.BatchNormalization(center=False, scale=False, dtype="float64"),
            layers.LayerNormalization(axis=(-2, -1), scale=False, dtype="float64"),
            layers.GroupNormalization(groups=-1, center=False, dtype="float64"),
            layers.Flatten(dtype="float64"),
            dense(2, "linear"),
        ),
        losses.MeanSquaredError(),
        training=training,
    )


@pytest.mark.parametrize("training", [False, True])
def test_normalization_and_mean_of_steps_that_are_masked(training):
    check(
        stack(
            dense(8, "relu"),  # zeros, which are masked below
            layers.Reshape((4, 2), dtype="float64"),
            layers.Masking(dtype="float64"),
            weighted(layers.BatchNormalization),
            weighted(layers.GroupNormalization, groups=2),
            dense(3, "tanh"),
            layers.GlobalAveragePooling1D(dtype="float64"),
            dense(2, "linear"),
        ),
        losses.MeanSquaredError(),
        training=training,
    )


def test_every_dropout_while_training():
    check(
        stack(
            layers.AlphaDropout(0.3, seed=3, dtype="float64"),
            layers.Reshape((3, 2), dtype="float64"),
            layers.SpatialDropout1D(0.3, seed=7, dtype="float64"),
            layers.GaussianDropout(0.2, seed=4, dtype="float64"),
            layers.Reshape((1, 3, 2), dtype="float64"),
            layers.SpatialDropout2D(0.3, seed=7, dtype="float64"),
            layers.Flatten(dtype="float64"),
            dense(2, "linear"),
        ),
        losses.MeanSquaredError(),
        training=True,
    )


def test_frozen_layers_pass_the_gradient_on():
    check(stack(dense(4, "tanh"), dense(4, "tanh", trainable=False), dense(2, "linear")), losses.MeanSquaredError())


@pytest.mark.parametrize("seed", range(12))
def test_random_networks(seed):
    """Depth, widths, activations, penalties, freezing, loss: all drawn."""
    random = np.random.default_rng(seed)
    parts = []
    for _ in range(random.integers(1, 4)):
        penalty = {} if random.random() < 0.5 else {f"{random.choice(['kernel', 'bias', 'activity'])}_regularizer": "l2"}
        frozen = {"trainable": bool(random.random() < 0.8)}
        parts.append(dense(int(random.integers(1, 20)), str(random.choice(DIFFERENTIABLE)), **penalty, **frozen))
        if random.random() < 0.3:
            parts.append(layers.Dropout(0.2, seed=seed + 1, dtype="float64"))
    name = str(random.choice(sorted(LOSSES)))
    activation, kind, arguments = LOSSES[name]
    loss = losses.registry.find(name.split()[0])(**arguments)
    check(stack(*parts, dense(3, activation)), loss, kind, weighted=bool(random.random() < 0.5), training=True)


def test_the_step_ends_the_gradient():
    model = stack(dense(3, "step"), dense(1, "linear"))
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(np.ones((4, 6)), np.ones(4), epochs=1, verbose=0)
    after = model.get_weights()
    assert np.array_equal(before[0], after[0]) and np.array_equal(before[1], after[1])
    assert not np.array_equal(before[3], after[3])
