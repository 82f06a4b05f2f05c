"""The doctor on convolutional, recurrent, attention, normalised and functional networks, and on very deep ones."""

import numpy as np
import pytest

from glassnet import Input, Model, datasets, layers, optimizers, utils
from glassnet.inspect.doctor import cure, diagnose
from glassnet.inspect.doctor.examination import Examination
from glassnet.inspect.doctor.gradients import delta_sizes
from glassnet.inspect.doctor.output import outputs_of
from glassnet.models import Sequential

CIRCLE, _ = datasets.circle.load_data()
PLANE, _ = datasets.regression_plane.load_data()


def bars(examples=300, size=8):
    """Pictures (N, size, size, 1) around 0 of one bright row or column in noise: which of the two?"""
    random = np.random.default_rng(0)
    y = random.integers(2, size=examples)
    x = 0.3 * random.random((examples, size, size, 1))
    for picture, kind, place in zip(x, y, random.integers(1, size - 1, size=examples), strict=True):
        picture[(slice(None), place) if kind else place] += 0.7
    return (x - x.mean()).astype(np.float32), y


def tokens(examples=300, length=6):
    """Rows of numbers from 0 to 9: is there a 3?"""
    x = np.random.default_rng(0).integers(10, size=(examples, length))
    return x, (x == 3).any(axis=1).astype(np.int64)


BARS = bars()
ROWS = BARS[0][..., 0], BARS[1]
TOKENS = tokens()


def compiled(model, optimizer=None, loss="binary_crossentropy"):
    model.compile(optimizer or optimizers.Adam(0.01), loss)
    return model


def stack(shape, *parts):
    return compiled(Sequential([Input(shape), *parts, layers.Dense(1, activation="sigmoid")]))


def conv(channels=8, activation="relu", **arguments):
    return layers.Conv2D(channels, 3, activation=activation, **arguments)


def transformer():
    x = Input((8, 8))
    h = layers.Dense(8)(x)
    for _ in range(2):
        h = layers.LayerNormalization()(layers.Add()([h, layers.MultiHeadAttention(2, 4)(h, h)]))
        change = layers.Dense(8)(layers.Dense(16, activation="relu")(h))
        h = layers.LayerNormalization()(layers.Add()([h, change]))
    return compiled(Model(x, layers.Dense(1, activation="sigmoid")(layers.GlobalAveragePooling1D()(h))))


def residual():
    x = Input((8, 8, 1))
    h = conv(activation=None, padding="same")(x)
    for _ in range(2):
        change = layers.BatchNormalization(momentum=0.9)(conv(activation=None, padding="same", use_bias=False)(h))
        h = layers.Add()([h, layers.ReLU()(change)])
    return compiled(Model(x, layers.Dense(1, activation="sigmoid")(layers.GlobalMaxPooling2D()(h))))


HEALTHY = {
    "convolution": (lambda: stack((8, 8, 1), conv(), layers.MaxPooling2D(), layers.Dropout(0.2), layers.Flatten()), BARS),
    "convolution, batch normalisation, mean": (
        lambda: stack((8, 8, 1), conv(activation=None), layers.BatchNormalization(momentum=0.9), layers.ReLU(),
                      layers.GlobalAveragePooling2D()),
        BARS,
    ),
    "mean over many pixels": (
        lambda: stack((8, 8, 1), layers.UpSampling2D(8), conv(4, strides=2), layers.GlobalAveragePooling2D()),
        (BARS[0], (BARS[0].mean(axis=(1, 2, 3)) > BARS[0].mean()).astype(int)),
    ),
    "separable": (
        lambda: stack((8, 8, 1), layers.DepthwiseConv2D(3, depth_multiplier=4), layers.SeparableConv2D(8, 3, activation="relu"),
                      layers.Flatten()),
        BARS,
    ),
    "residual": (residual, BARS),
    "lstm": (lambda: stack((8, 8), layers.LSTM(16)), ROWS),
    "gru, gru": (lambda: stack((8, 8), layers.GRU(8, return_sequences=True), layers.GRU(8)), ROWS),
    "two directions": (lambda: stack((8, 8), layers.Bidirectional(layers.SimpleRNN(8))), ROWS),
    "words": (lambda: stack((6,), layers.Embedding(10, 8, mask_zero=True), layers.LSTM(8)), TOKENS),
    "words by convolution": (
        lambda: stack((6,), layers.Embedding(10, 8), layers.Conv1D(8, 2, activation="relu"), layers.GlobalMaxPooling1D()), TOKENS
    ),
    "transformer": (transformer, ROWS),
}  # fmt: skip


@pytest.mark.parametrize("name", HEALTHY)
def test_nothing_is_found_in_healthy_networks_of_other_layers(name):
    make, (x, y) = HEALTHY[name]
    utils.set_random_seed(0)
    model = make()
    begin = diagnose(model, x, y)
    assert begin.healthy, begin
    history = model.fit(x, y, epochs=25, batch_size=16, verbose=0).history["loss"]
    end = diagnose(model, x, y)
    assert end.healthy, end
    assert history[-1] < 0.9 * history[0]  # it learns indeed


@pytest.mark.parametrize("apart", [False, True])
def test_dead_channels_are_found_and_revived(apart):
    utils.set_random_seed(0)
    parts = [conv(activation=None), layers.ReLU()] if apart else [conv()]
    model = stack((8, 8, 1), *parts, layers.GlobalMaxPooling2D())
    first = model.layers[0]
    first.bias.value[[2, 3, 7]] = -100
    finding = diagnose(model, *BARS)["dead_relu"]
    assert finding.details["units"] == {parts[-1].name: [2, 3, 7]} and finding.measured == 3 / 8
    cured = finding.apply()
    assert diagnose(cured, *BARS).healthy
    kernel, revived = first.kernel.value, cured.layers[0].kernel.value
    same = [bool((kernel[..., channel] == revived[..., channel]).all()) for channel in range(8)]
    assert same == [True, True, False, False, True, True, True, False]
    assert cured.fit(*BARS, epochs=30, batch_size=16, verbose=0).history["loss"][-1] < 0.3


def deep(depth=30, links=False):
    h = x = Input((2,))
    for number in range(depth):
        change = layers.Dense(16, activation="relu", name=f"layer_{number}")(h)
        h = layers.LayerNormalization()(layers.Add()([h, change])) if links and number else change
    return compiled(Model(x, layers.Dense(1, activation="sigmoid")(h)), "adam")


def test_a_gradient_that_vanishes_in_a_deep_network_is_found_and_cured_by_its_initialisation():
    utils.set_random_seed(1)
    ill = deep()
    finding = diagnose(ill, *CIRCLE)["vanishing_gradient"]
    assert finding.where == ("layer_0",) and finding.measured < 1e-5
    cured = finding.apply()
    assert "vanishing_gradient" not in diagnose(cured, *CIRCLE)
    fit = {"epochs": 4, "batch_size": 10, "verbose": 0}
    assert ill.fit(*CIRCLE, **fit).history["loss"][-1] > 0.65  # ln 2 is 0.693
    assert cured.fit(*CIRCLE, **fit).history["loss"][-1] < 0.3


def test_links_around_the_layers_keep_the_gradient():
    utils.set_random_seed(1)
    model = deep(links=True)
    assert "vanishing_gradient" not in diagnose(model, *CIRCLE)
    assert model.fit(*CIRCLE, epochs=20, batch_size=10, verbose=0).history["loss"][-1] < 0.3


def test_the_size_of_delta_does_not_depend_on_the_number_of_pixels_by_itself():
    x = np.random.default_rng(0).normal(size=(20, 5, 5, 1)).astype(np.float32)
    model = compiled(Sequential([Input((5, 5, 1)), conv(4, None), layers.Flatten(), layers.Dense(1)]), loss="mse")
    exam = Examination(model, *model._data(x, np.zeros(20))[:2])
    outer = 2 * model.predict(x, verbose=0).astype(np.float64) / 20  # the derivative of the mean of squares, (B, 1)
    by_pixel = (outer @ model.layers[-1].kernel.value.T).reshape(20, 9, 4)
    expected = np.sqrt(np.square(by_pixel).sum(axis=1).mean())
    sizes = delta_sizes(exam)
    assert sizes[model.layers[0].name] == pytest.approx(expected, rel=1e-5)
    assert sizes[model.layers[-1].name] == pytest.approx(np.sqrt(np.square(outer).mean()), rel=1e-5)


def functional(*parts, inputs=2, loss="binary_crossentropy"):
    """The layers one after the other, put together by calls, with a way around the first two."""
    x = Input((inputs,))
    h = layers.Add()([parts[1](parts[0](x)), layers.Dense(parts[1].units)(x)])
    for part in parts[2:]:
        h = part(h)
    return compiled(Model(x, h), optimizers.Adam(0.01), loss)


def dense(units, activation=None, **arguments):
    return layers.Dense(units, activation=activation, **arguments)


FAR = (PLANE[0] * np.float32(20) + np.float32([1000, 3]), PLANE[1])
FUNCTIONAL = {
    "inputs_not_scaled": (lambda: functional(dense(8, "tanh"), dense(4), dense(1), loss="mse"), FAR, 0.05),
    "targets_out_of_reach": (
        lambda: functional(dense(8, "tanh"), dense(8, "tanh"), dense(1), layers.ReLU(), loss="mse"), PLANE, 0.02
    ),
    "dead_relu": (
        lambda: functional(dense(8, "relu"), dense(8), dense(16, "relu", bias_initializer="zeros"), dense(1, "sigmoid")),
        CIRCLE, 0.2,
    ),
    "logits_mismatch": (lambda: functional(dense(16, "tanh"), dense(8), dense(1)), CIRCLE, 0.4),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONAL)
def test_a_functional_network_is_cured_where_layers_come_and_go(name):
    make, (x, y), well = FUNCTIONAL[name]
    utils.set_random_seed(0)
    model = make()
    if name == "dead_relu":
        model.layers[-2].bias.value[:] = -50
    finding = diagnose(model, x, y)[name]
    cured = finding.apply()
    assert name not in diagnose(cured, x, y)
    assert cured.fit(x, y, epochs=80, batch_size=10, verbose=0).history["loss"][-1] < well


def test_overfitting_is_cured_in_a_functional_network():
    utils.set_random_seed(0)
    random = np.random.default_rng(0)
    x, y = random.normal(size=(40, 6)).astype(np.float32), random.integers(2, size=40)
    other = random.normal(size=(40, 6)).astype(np.float32), random.integers(2, size=40)
    model = functional(dense(64, "relu"), dense(64, "relu"), dense(1, "sigmoid"), inputs=6)
    model.fit(x, y, epochs=150, batch_size=8, verbose=0)
    cured = diagnose(model, x, y, validation_data=other).apply("overfitting")
    names = [type(layer).__name__ for layer in cured.layers]
    assert names[-2:] == ["Dropout", "Dense"] and names.count("Dropout") == 1
    cured.fit(x, y, epochs=150, batch_size=8, verbose=0)
    assert cured.evaluate(*other, verbose=0) < 0.8 * model.evaluate(*other, verbose=0)


def test_a_network_that_is_too_small_gets_more_filters():
    model = stack((8, 8, 1), conv(2), conv(4), layers.Flatten(), layers.Dense(3))
    larger = cure.rebuilt(model, lambda configs: cure.with_more_units(configs, outputs_of(model), 4, 10), anew=None)
    assert [getattr(layer, "filters", getattr(layer, "units", None)) for layer in larger.layers] == [10, 16, None, 12, 1]
