"""Convolution, pooling and resizing: derivatives, sizes where nothing comes out even, two processors, files, errors.

That outputs and gradients are Keras's is tested with the other layers, in test_layers.py.
"""

import numpy as np
import pytest
from test_gradients import check

import glassnet
from glassnet import Sequential, layers, losses
from glassnet.engine.graph import Graph
from glassnet.engine.program import Program
from glassnet.engine.variable import pack
from glassnet.formats.safetensors import load_model

IMAGE, SIGNAL = (6, 5, 4), (7, 3)
LAYERS = {
    "Conv2D": ("Conv2D", {"filters": 3, "kernel_size": 3, "activation": "tanh"}, IMAGE),
    "Conv2D, same": ("Conv2D", {"filters": 3, "kernel_size": (2, 3), "padding": "same"}, IMAGE),
    "Conv2D, strides": ("Conv2D", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same"}, IMAGE),
    "Conv2D, strides that leave a rest": ("Conv2D", {"filters": 2, "kernel_size": 2, "strides": (4, 3)}, IMAGE),
    "Conv2D, dilated": ("Conv2D", {"filters": 2, "kernel_size": 2, "dilation_rate": 2, "padding": "same"}, IMAGE),
    "Conv2D, groups": ("Conv2D", {"filters": 4, "kernel_size": 2, "groups": 2}, IMAGE),
    "Conv2D, groups and strides": ("Conv2D", {"filters": 4, "kernel_size": 2, "groups": 2, "strides": 2}, IMAGE),
    "Conv2D, no bias": ("Conv2D", {"filters": 2, "kernel_size": 1, "use_bias": False}, IMAGE),
    "Conv2D, window as large as the image": ("Conv2D", {"filters": 2, "kernel_size": (6, 5)}, IMAGE),
    "Conv2D, many filters": ("Conv2D", {"filters": 19, "kernel_size": 2, "strides": (1, 2)}, (3, 4, 9)),
    "Conv2D, few filters": ("Conv2D", {"filters": 3, "kernel_size": (2, 3), "padding": "same"}, (3, 8, 2)),
    "Conv2D, few filters and strides": (
        "Conv2D", {"filters": 2, "kernel_size": 3, "strides": 2, "padding": "same", "use_bias": False}, (4, 12, 1)
    ),
    "Conv1D": ("Conv1D", {"filters": 3, "kernel_size": 3}, SIGNAL),
    "Conv1D, causal": ("Conv1D", {"filters": 2, "kernel_size": 2, "padding": "causal", "dilation_rate": 2}, SIGNAL),
    "Conv1D, causal strides": ("Conv1D", {"filters": 2, "kernel_size": 3, "padding": "causal", "strides": 2}, SIGNAL),
    "Conv2DTranspose": ("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2}, (3, 2, 3)),
    "Conv2DTranspose, same": ("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "padding": "same"}, (3, 2, 3)),
    "Conv2DTranspose, gaps": ("Conv2DTranspose", {"filters": 2, "kernel_size": (1, 2), "strides": 3}, (3, 2, 3)),
    "Conv2DTranspose, more": (
        "Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "output_padding": (1, 0), "padding": "same"}, (3, 2, 3)
    ),
    "Conv1DTranspose": ("Conv1DTranspose", {"filters": 2, "kernel_size": 3, "dilation_rate": 2}, SIGNAL),
    "DepthwiseConv2D": ("DepthwiseConv2D", {"kernel_size": 3, "padding": "same"}, IMAGE),
    "DepthwiseConv2D, many": ("DepthwiseConv2D", {"kernel_size": 2, "depth_multiplier": 3, "strides": 2}, IMAGE),
    "DepthwiseConv1D": ("DepthwiseConv1D", {"kernel_size": 2, "dilation_rate": 2, "use_bias": False}, SIGNAL),
    "SeparableConv2D": ("SeparableConv2D", {"filters": 3, "kernel_size": 3, "depth_multiplier": 2}, IMAGE),
    "SeparableConv1D": ("SeparableConv1D", {"filters": 3, "kernel_size": 2, "padding": "same"}, SIGNAL),
    "MaxPooling2D": ("MaxPooling2D", {}, IMAGE),
    "MaxPooling2D, more channels than a vector holds": ("MaxPooling2D", {}, (5, 4, 18)),
    "MaxPooling2D, overlapping": ("MaxPooling2D", {"pool_size": 3, "strides": (1, 2), "padding": "same"}, IMAGE),
    "MaxPooling1D": ("MaxPooling1D", {"pool_size": 3, "strides": 2}, SIGNAL),
    "AveragePooling2D": ("AveragePooling2D", {"pool_size": 2}, IMAGE),
    "AveragePooling2D, overlapping": ("AveragePooling2D", {"pool_size": 3, "strides": 1, "padding": "same"}, IMAGE),
    "AveragePooling1D": ("AveragePooling1D", {"pool_size": 2}, SIGNAL),
    "GlobalMaxPooling2D": ("GlobalMaxPooling2D", {"keepdims": True}, IMAGE),
    "GlobalMaxPooling1D": ("GlobalMaxPooling1D", {}, SIGNAL),
    "GlobalAveragePooling2D": ("GlobalAveragePooling2D", {}, IMAGE),
    "GlobalAveragePooling1D": ("GlobalAveragePooling1D", {"keepdims": True}, SIGNAL),
    "UpSampling2D": ("UpSampling2D", {"size": (2, 3)}, (3, 2, 3)),
    "UpSampling2D, bilinear": ("UpSampling2D", {"size": (3, 2), "interpolation": "bilinear"}, (3, 2, 3)),
    "UpSampling1D": ("UpSampling1D", {}, SIGNAL),
    "ZeroPadding2D": ("ZeroPadding2D", {"padding": ((1, 0), (0, 2))}, IMAGE),
    "ZeroPadding1D": ("ZeroPadding1D", {"padding": (0, 2)}, SIGNAL),
    "Cropping2D": ("Cropping2D", {"cropping": ((1, 2), (0, 3))}, IMAGE),
    "Cropping1D": ("Cropping1D", {"cropping": (2, 1)}, SIGNAL),
}  # fmt: skip
"""What it shows -> (class, arguments, shape of one example)."""


def made(name, dtype="float64"):
    class_name, arguments, shape = LAYERS[name]
    return getattr(layers, class_name)(**arguments, dtype=dtype), shape


def test_every_layer_of_these_files_is_in_the_table():
    from glassnet.layers import convolution, convolution_transpose, depthwise, pooling, resizing

    modules = {module.__name__ for module in (convolution, convolution_transpose, depthwise, pooling, resizing)}
    registered = {cls.__name__ for cls in layers.layer.layers.classes.values() if cls.__module__ in modules}
    assert {class_name for class_name, _, _ in LAYERS.values()} == registered


@pytest.mark.parametrize("name", LAYERS)
def test_derivatives(name):
    """By every parameter and every input, of the layer between two others."""
    layer, shape = made(name)
    first = [layers.Dense(shape[-1], activation="tanh", dtype="float64")]
    last = [layers.Flatten(dtype="float64"), layers.Dense(2, dtype="float64")]
    check(Sequential([layers.Input(shape, dtype="float64"), *first, layer, *last]), losses.MeanSquaredError())


# -- against plain loops -------------------------------------------------------------------------------------------------


def convolved(x, kernel, strides, before, positions):
    """What a convolution is, in float64: a sum over the window for every position."""
    P, Q = positions
    KH, KW = kernel.shape[:2]
    reach = ((P - 1) * strides[0] + KH, (Q - 1) * strides[1] + KW)
    padded = np.zeros((len(x), *np.maximum(reach, np.add(before, x.shape[1:3])), x.shape[-1]))
    padded[:, before[0] : before[0] + x.shape[1], before[1] : before[1] + x.shape[2]] = x
    z = 0
    for i in range(KH):
        for j in range(KW):
            seen = padded[:, i : i + (P - 1) * strides[0] + 1 : strides[0], j : j + (Q - 1) * strides[1] + 1 : strides[1]]
            z = z + seen @ kernel[i, j].astype(float)
    return z


SIZES = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 40]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(20))
def test_sizes_that_do_not_come_out_even(seed, dtype):
    """Outputs and all gradients of drawn sizes, with nothing written or let in beside what belongs there."""
    random = np.random.default_rng(seed)
    B, H, W = random.integers(1, 6), random.integers(3, 20), random.integers(3, 20)
    C, O = int(random.choice(SIZES)), int(random.choice(SIZES))
    window, strides = random.integers(1, 4, 2).tolist(), random.integers(1, 3, 2).tolist()
    padding = str(random.choice(["valid", "same"]))
    layer = layers.Conv2D(O, window, strides, padding, dtype=dtype, bias_initializer="random_normal", name="conv")
    layer.build((None, H, W, C))
    graph = Graph()
    x, before = graph.tensor("x", (H, W, C)), graph.tensor("before", (64,))
    z, behind = layer.plan(graph, x), graph.tensor("behind", (64,))
    program = Program(graph, pack(layer.weights, dtype), None, B, dtype, input_gradients=("x",))
    for array in (program.acts.array, program.act_grads.array, program.grads.array, program.memory.scratch):
        array[:] = np.nan  # what was there before must not matter, and must stay where nothing belongs
    fed = random.normal(size=(B, H, W, C)).astype(dtype)
    slope = random.normal(size=(B, *z.shape)).astype(dtype)
    program.acts["x"][:], program.gradient_of(z)[:] = fed, slope
    program.once(program.calls("forward", "loss", backward=True), B)
    windows = layer.windows((B, H, W, C), window, strides, padding)
    pads, places = [b for *_, b in windows], [p for _, p, _ in windows]
    kernel, bias = (v.value.astype(float) for v in layer.weights)
    close = {"rtol": 1e-3, "atol": 2e-4} if dtype == "float32" else {"rtol": 1e-11, "atol": 1e-11}
    np.testing.assert_allclose(program.value(z), convolved(fed.astype(float), kernel, strides, pads, places) + bias, **close)
    np.testing.assert_allclose(program.grads["conv/bias"], slope.sum((0, 1, 2), float), **close)
    by_kernel, by_x = np.zeros(kernel.shape), np.zeros((B, H + 6, W + 6, C))
    padded = np.zeros((B, H + 6, W + 6, C))
    padded[:, pads[0] : pads[0] + H, pads[1] : pads[1] + W] = fed
    for i in range(window[0]):
        for j in range(window[1]):
            seen = np.s_[:, i : i + (places[0] - 1) * strides[0] + 1 : strides[0],
                         j : j + (places[1] - 1) * strides[1] + 1 : strides[1]]  # fmt: skip
            by_kernel[i, j] = np.einsum("bpqc,bpqo->co", padded[seen], slope.astype(float))
            by_x[seen] += slope @ kernel[i, j].T
    np.testing.assert_allclose(program.grads["conv/kernel"], by_kernel, **close)
    by_x = by_x[:, pads[0] : pads[0] + H, pads[1] : pads[1] + W]
    np.testing.assert_allclose(program.act_grads["x"], by_x, **close)
    for tensor in (before, behind):
        assert np.isnan(program.acts[tensor.name]).all() and np.isnan(program.act_grads[tensor.name]).all()
    assert np.array_equal(program.acts["x"], fed) and np.array_equal(program.gradient_of(z), slope)


def test_the_first_of_several_largest_gets_the_gradient():
    model = Sequential([layers.Input((2, 4, 1)), layers.MaxPooling2D(name="pool")])
    model.compile("sgd", "mse")
    trace = model.trace(np.ones((1, 2, 4, 1)), np.zeros((1, 1, 2, 1)))
    trace_x = np.array(trace.local(trace.graph.nodes[0])("input", {"pool/a": 1.0})).ravel()
    assert trace_x.tolist() == [1, 0, 1, 0, 0, 0, 0, 0]


# -- training ------------------------------------------------------------------------------------------------------------


def network():
    return Sequential([
        layers.Input((12, 12, 2)),
        layers.Conv2D(20, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(),
        layers.SeparableConv2D(24, 3, activation="relu"),
        layers.UpSampling2D(interpolation="bilinear"),
        layers.Conv2DTranspose(8, 3, strides=2, activation="relu"),
        layers.Cropping2D(1),
        layers.AveragePooling2D(3),
        layers.GlobalMaxPooling2D(),
        layers.Dense(3, activation="softmax"),
    ])  # fmt: skip


RANDOM = np.random.default_rng(0)
X, Y = RANDOM.normal(size=(70, 12, 12, 2)).astype("float32"), RANDOM.integers(0, 3, 70)


def test_same_seed_same_bits_on_one_processor_or_two(monkeypatch):
    results = []
    for processors in (2, 2, 1):
        monkeypatch.setattr("os.cpu_count", lambda count=processors: count)
        glassnet.utils.set_random_seed(1)
        model = network()
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(X, Y, epochs=3, batch_size=32, verbose=0)
        results.append(model.params.array.tobytes())
    assert results[0] == results[1] == results[2]


def test_saved_and_loaded_to_the_same_bits(tmp_path):
    glassnet.utils.set_random_seed(2)
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X, Y, epochs=1, batch_size=32, verbose=0)
    model.save(tmp_path / "network.safetensors")
    again = load_model(tmp_path / "network.safetensors")
    assert np.array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
    for each in (model, again):
        each.fit(X, Y, epochs=2, batch_size=32, verbose=0, initial_epoch=1)
    assert np.array_equal(model.params.array, again.params.array)


def test_a_small_network_learns():
    """Whether a stripe is upright, wherever it lies."""
    glassnet.utils.set_random_seed(3)
    random = np.random.default_rng(3)
    x, y = random.normal(size=(600, 8, 8, 1)) * 0.2, random.integers(0, 2, 600)
    for image, upright in zip(x, y, strict=True):
        at = random.integers(0, 8)
        image[(slice(None), at) if upright else (at, slice(None))] += 1
    model = Sequential([layers.Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"), layers.GlobalMaxPooling2D(),
                        layers.Dense(1, activation="sigmoid")])  # fmt: skip
    model.compile(glassnet.optimizers.Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x[:500], y[:500], epochs=40, batch_size=20, verbose=0)
    assert model.evaluate(x[500:], y[500:], verbose=0, return_dict=True)["accuracy"] > 0.95


# -- errors ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: layers.Conv2D(0, 3), "Conv2D '.*' expected filters as a positive whole number. Received: filters=0"),
        (lambda: layers.Conv2D(4, (3, 3, 3)), r"a pair of them, at least 1. Received: kernel_size=\(3, 3, 3\)"),
        (lambda: layers.Conv2D(4, 0), "Received: kernel_size=0"),
        (lambda: layers.Conv1D(4, 3, strides=0), "strides as a whole number, at least 1. Received: strides=0"),
        (lambda: layers.Conv2D(4, 3, padding="full"), "one of 'valid', 'same'. Received: padding='full'"),
        (lambda: layers.Conv2D(4, 3, padding="causal"), "Received: padding='causal'"),
        (lambda: layers.Conv2D(4, 3, data_format="channels_first"), "Move the channels to the end"),
        (lambda: layers.Conv2D(4, 3, strides=2, dilation_rate=2), r"strides=\(2, 2\), dilation_rate=\(2, 2\)"),
        (lambda: layers.Conv2D(4, 3, groups=3), "filters that groups divide. Received: filters=4, groups=3"),
        (lambda: layers.Conv2D(4, 3, name="c", groups=2).build((None, 5, 5, 3)), r"Conv2D 'c' .*groups=2.*\(None, 5, 5, 3\)"),
        (lambda: layers.Conv2D(4, 3).build((None, 5, 5)), r"\(batch, height, width, channels\). Received: shape \(None, 5, 5\)"),
        (lambda: layers.Conv1D(4, 3).build((None, 5)), r"\(batch, steps, channels\). Received: shape \(None, 5\)"),
        (lambda: layers.Conv2D(4, 7, name="c").build((None, 5, 9, 1)), r"'c' expected .*window, \(7, 7\).*\(None, 5, 9, 1\)"),
        (lambda: layers.Conv2D(4, 3, dilation_rate=2).build((None, 4, 9, 1)), r"with 2 pixels from one to the next"),
        (lambda: layers.Conv2DTranspose(4, 3, strides=2, output_padding=2), "output_padding below strides"),
        (lambda: layers.Conv1DTranspose(4, 3, padding="causal"), "Received: padding='causal'"),
        (lambda: layers.DepthwiseConv2D(3, depth_multiplier=0), "depth_multiplier as a positive whole number"),
        (lambda: layers.MaxPooling2D((2, 0)), r"Received: pool_size=\(2, 0\)"),
        (lambda: layers.MaxPooling2D(3, name="p").build((None, 2, 2, 8)), r"MaxPooling2D 'p' .*\(3, 3\).*\(None, 2, 2, 8\)"),
        (lambda: layers.GlobalMaxPooling2D().build((None, 4)), r"\(batch, height, width, channels\)"),
        (lambda: layers.UpSampling2D(interpolation="bicubic"), "'nearest' or 'bilinear'. Received: interpolation='bicubic'"),
        (lambda: layers.ZeroPadding2D(((1, 1), (1, -1))), "of at least 0"),
        (lambda: layers.ZeroPadding1D((1, 2, 3)), r"\(before, behind\)"),
        (lambda: layers.Cropping2D(2).build((None, 4, 9, 1)), r"larger than what is cut off.*\(None, 4, 9, 1\)"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_other_channels_than_it_was_built_for_are_refused():
    layer = layers.Conv2D(2, 3, name="first")
    layer.build((None, 5, 5, 3))
    with pytest.raises(ValueError, match=r"'first' expected inputs of shape \(5, 5, 3\)"):
        layer(np.zeros((1, 5, 5, 4)))


def test_a_network_whose_images_become_too_small_is_refused_when_it_is_built():
    with pytest.raises(ValueError, match=r"MaxPooling2D 'last' expected inputs of at least its window.*\(None, 1, 1, 4\)"):
        Sequential([layers.Input((4, 4, 1)), layers.Conv2D(4, 4), layers.MaxPooling2D(name="last")])
