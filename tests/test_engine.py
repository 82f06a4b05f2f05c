"""The engine by itself: layouts, kernels, graphs, programs, and what they do with memory."""

import itertools
import os
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from glassnet import layers
from glassnet.engine import cache, eager
from glassnet.engine.graph import Graph, Halves, Operation
from glassnet.engine.kernel import (
    ADD,
    BATCH,
    PART,
    RUN_SIZE,
    SCRATCH,
    SECOND_HALF,
    SKIP,
    WRITE,
    columns,
    compiled,
    half_of_batch,
    vector,
)
from glassnet.engine.kernels import activation
from glassnet.engine.kernels.dense import DENSE
from glassnet.engine.kernels.gather import GATHER, add_gather
from glassnet.engine.layout import Layout, Vector, aligned_zeros
from glassnet.engine.memory import Memory
from glassnet.engine.order import random_order
from glassnet.engine.program import Program
from glassnet.engine.variable import Variable, pack, vector_of
from glassnet.models import Sequential
from glassnet.random import set_random_seed

X, Y, N, DX = columns(4)


def _square(row, run, m):
    n = run[BATCH] * row[N]
    x, y = vector(m.acts, row[X], n), vector(m.acts, row[Y], n)
    for i in range(n):
        y[i] = x[i] * x[i]


def _square_backward(row, run, m):
    n = run[BATCH] * row[N]
    x, dx, dy = vector(m.acts, row[X], n), vector(m.act_grads, row[X], n), vector(m.act_grads, row[Y], n)
    for i in range(n):
        slope = 2 * x[i] * dy[i]
        dx[i] = dx[i] + slope if row[DX] == ADD else slope


SQUARE = Operation("square", compiled(_square), compiled(_square_backward))


def _wrong(row, run, m):
    vector(m.acts, row[X], 10**6)[0] = 1


WRONG = Operation("wrong", compiled(_wrong))


def _square_and_count(row, run, m):
    """y = x**2 for a half of the examples, whose number goes to scratch."""
    begin, end = half_of_batch(row, run, 1)
    n, start = (end - begin) * row[N + 1], begin * row[N + 1]
    x, y = vector(m.acts, row[X] + start, n), vector(m.acts, row[Y] + start, n)
    for i in range(n):
        y[i] = x[i] * x[i]
    vector(m.scratch, row[SCRATCH] + int(row[PART] == SECOND_HALF), 1)[0] = end - begin


def _add_counts(row, run, m):
    counts = vector(m.scratch, row[SCRATCH], 2)
    vector(m.acts, row[Y + 1], 1)[0] = counts[0] + counts[1]


COUNTED_SQUARE = Operation("counted_square", (Halves(compiled(_square_and_count)), compiled(_add_counts)))


def dense(graph, x, z, kernel, bias=None):
    """Adds the node z = x @ kernel + bias."""
    inputs, units = kernel.shape
    return graph.add(
        DENSE,
        inputs=(x,),
        outputs=(z,),
        variables=(kernel, bias),
        sizes=(1, inputs, units),
        work=inputs * units,
        room=inputs * units,
    )


# -- layout and vectors ------------------------------------------------------------------------------------------------


def test_a_layout_without_alignment_has_no_gaps():
    layout = Layout()
    assert [layout.add("a", (3, 2)), layout.add("b", ()), layout.add("c", (4,))] == [0, 6, 7]
    assert layout.size == 11


def test_an_aligned_layout_begins_each_entry_on_a_multiple():
    layout = Layout(alignment=16)
    assert [layout.add("a", (3,)), layout.add("b", (17,)), layout.add("c", (1,))] == [0, 16, 48]


def test_a_name_is_taken_once():
    layout = Layout()
    layout.add("a", (1,))
    with pytest.raises(ValueError, match="'a' is in the layout already"):
        layout.add("a", (2,))
    graph = Graph()
    graph.tensor("a", (1,))
    with pytest.raises(ValueError, match="'a' is taken"):
        graph.tensor("a", (1,))


def test_an_unknown_name_lists_the_known_ones():
    layout = Layout()
    layout.add("kernel", (1,))
    with pytest.raises(KeyError, match="Expected one of kernel. Received: 'bias'"):
        Vector(layout, "float32")["bias"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [0, 1, 1000])
def test_memory_begins_on_a_cache_line(size, dtype):
    array = aligned_zeros(size, dtype)
    assert array.ctypes.data % 64 == 0 or size == 0
    assert array.shape == (size,) and array.dtype == dtype and not array.any()


# -- variables ---------------------------------------------------------------------------------------------------------


def test_a_packed_variable_is_a_view_of_the_vector():
    w, b = Variable([[1.0, 2.0]], name="w"), Variable([3.0], name="b")
    packed = pack([w, b], "float32")
    packed.array[:] = [4, 5, 6]
    assert w.numpy().tolist() == [[4, 5]] and b.numpy().tolist() == [6]
    b.assign_add([1.0])
    w.assign_sub([[1.0, 1.0]])
    assert packed.array.tolist() == [3, 4, 7]
    assert vector_of([w, b], "float32") is packed


def test_a_variable_knows_what_it_is():
    v = Variable(np.zeros((2, 3)), name="kernel", path="dense/kernel")
    assert (v.shape, v.ndim, v.size, v.dtype, v.name, v.path, v.trainable) == (
        (2, 3), 2, 6, "float32", "kernel", "dense/kernel", True,
    )  # fmt: skip
    copy = v.numpy()
    copy[:] = 1
    assert not v.value.any()
    assert np.array_equal(np.asarray(v), v.value) and np.asarray(v) is not v.value
    assert float(Variable(2.5)) == 2.5 and int(Variable(7, dtype="int64")) == 7 and len(v) == 2 and v[1, 2] == 0


def test_assigning_another_shape_is_refused_and_changes_nothing():
    v = Variable([1.0, 2.0], name="w")
    with pytest.raises(ValueError, match=r"Expected a value of shape \(2,\) for the variable 'w'. Received: shape \(1,\)"):
        v.assign([3.0])
    assert v.numpy().tolist() == [1, 2]


# -- matrix products ---------------------------------------------------------------------------------------------------


SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 100)
LARGE = [
    (1, 784, 16),
    (128, 784, 128),
    (32, 784, 10),
    (15, 5000, 15),
    (10, 10_000, 10),
    (300, 61, 60),
    (60, 61, 300),
    (1, 1100, 1000),
]
"""Batch, inputs, units: some of more than a million multiply-adds, which are cut in two halves."""


def products(batch, inputs, units, dtype, random):
    """Checks the three products of a dense layer, and that nothing beside their results is written or let in."""
    graph = Graph()
    x, before, z, behind = (graph.tensor(n, (s,)) for n, s in (("x", inputs), ("before", 64), ("z", units), ("behind", 64)))
    kernel = Variable(random.normal(size=(inputs, units)), "k", dtype=dtype)
    bias = Variable(random.normal(size=units), "b", dtype=dtype)
    guards = [Variable(np.full(64, np.nan), name, dtype=dtype) for name in ("g1", "g2", "g3")]
    params = pack([guards[0], kernel, guards[1], bias, guards[2]], dtype)
    dense(graph, x, z, kernel, bias)
    program = Program(graph, params, None, batch, dtype, input_gradients=("x",))
    for array in (program.acts.array, program.act_grads.array, program.grads.array, program.memory.scratch):
        array[:] = np.nan  # what was there before must not matter, and must stay where nothing belongs
    fed, dz = random.normal(size=(batch, inputs)).astype(dtype), random.normal(size=(batch, units)).astype(dtype)
    program.acts["x"][:], program.act_grads["z"][:] = fed, dz
    program.once(program.calls("forward", "loss", backward=True), batch)
    close = {"rtol": 1e-4, "atol": 1e-3} if dtype == "float32" else {"rtol": 1e-11, "atol": 1e-10}
    wide, slope, weights = fed.astype(float), dz.astype(float), kernel.value.astype(float)
    np.testing.assert_allclose(program.acts["z"], wide @ weights + bias.value, **close)
    np.testing.assert_allclose(program.grads["k"], wide.T @ slope, **close)
    np.testing.assert_allclose(program.grads["b"], slope.sum(axis=0), **close)
    np.testing.assert_allclose(program.act_grads["x"], slope @ weights.T, **close)
    for tensor in (before, behind):
        assert np.isnan(program.acts[tensor.name]).all() and np.isnan(program.act_grads[tensor.name]).all()
    for guard in guards:
        assert np.isnan(program.grads[guard.path]).all() and np.isnan(guard.value).all()
    assert np.array_equal(program.acts["x"], fed) and np.array_equal(program.act_grads["z"], dz)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_products_of_all_small_sizes_are_numpys(dtype):
    random = np.random.default_rng(0)
    for _ in range(250):
        products(*(int(random.choice(SIZES)) for _ in range(3)), dtype, random)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", LARGE)
def test_products_of_large_sizes_are_numpys(sizes, dtype):
    products(*sizes, dtype, np.random.default_rng(1))


def test_products_are_alike_alone_and_with_an_assistant():
    random = np.random.default_rng(2)
    graph = Graph()
    x, z = graph.tensor("x", (301,)), graph.tensor("z", (203,))
    kernel = Variable(random.normal(size=(301, 203)), "k")
    dense(graph, x, z, kernel)
    program = Program(graph, pack([kernel], "float32"), None, 67, "float32")
    program.acts["x"][:] = random.normal(size=(67, 301))
    results = set()
    for _ in range(200):
        program.acts["z"][:] = np.nan
        program.begin(np.arange(67))
        program.steps(program.calls("forward"), np.zeros(1), training=False)
        results.add(program.acts["z"].tobytes())
        program.once(program.calls("forward"), 67)
        results.add(program.acts["z"].tobytes())
    assert len(results) == 1


def test_halves_are_alike_alone_and_with_an_assistant():
    """Each half of the batch is computed once, by whichever thread; a kernel behind both adds up what each has counted."""
    graph = Graph()
    x, y, total = graph.tensor("x", (1000,)), graph.tensor("y", (1000,)), graph.tensor("total", (), batched=False)
    graph.add(COUNTED_SQUARE, inputs=(x,), outputs=(y, total), sizes=(1000,), room=2, work=50_000)
    program = Program(graph, pack([], "float32"), None, 67, "float32")
    program.acts["x"][:] = fed = np.random.default_rng(2).normal(size=(67, 1000)).astype("float32")
    results = set()
    for batch, parts in ((67, (34, 33)), (19, (19, 0)), (3, (3, 0)), (20, (10, 10))):  # 20 examples are enough work for two
        for _ in range(100):
            program.acts["y"][:], program.memory.scratch[:] = 7, 0
            program.begin(np.arange(batch))
            program.steps(program.calls("forward"), np.zeros(1), training=False)
            results.add((batch, program.acts.array.tobytes()))
            assert tuple(program.memory.scratch[:2]) == parts
            program.once(program.calls("forward"), batch)
            results.add((batch, program.acts.array.tobytes()))
            assert np.array_equal(program.acts["y"][:batch], fed[:batch] ** 2) and (program.acts["y"][batch:] == 7).all()
            assert program.acts["total"] == batch
    assert len(results) == 4


# -- graphs and programs -----------------------------------------------------------------------------------------------


def test_a_tensor_read_twice_gets_the_sum_of_both_gradients():
    """y = x**2, z = y * w1 + y**2 * w2, ...: the derivative of sum(z) goes both ways round."""
    graph = Graph()
    x, y, y2 = (graph.tensor(name, (3,)) for name in ("x", "y", "y2"))
    one, two = graph.tensor("one", (1,)), graph.tensor("two", (1,))
    w1, w2 = (Variable(np.array([[1.0], [2.0], [3.0]]) * s, n, dtype="float64") for n, s in (("w1", 1), ("w2", -0.5)))
    graph.add(SQUARE, inputs=(x,), outputs=(y,), sizes=(3,))
    graph.add(SQUARE, inputs=(y,), outputs=(y2,), sizes=(3,))
    dense(graph, y, one, w1)
    dense(graph, y2, two, w2)
    fed = np.random.default_rng(1).normal(size=(4, 3))
    program = eager.run(graph, {"x": fed}, "float64", input_gradients=("x",))
    program.act_grads["one"][:] = program.act_grads["two"][:] = 1
    for _ in range(2):  # a second pass begins anew and adds to nothing
        program.once(program.calls("forward", "loss", backward=True), 4)
        np.testing.assert_allclose(program.act_grads["x"], 2 * fed * (w1.value.T + 2 * fed**2 * w2.value.T), rtol=1e-12)


def test_a_shared_variable_gets_the_sum_of_both_gradients():
    graph = Graph()
    x, z, z2 = graph.tensor("x", (2,)), graph.tensor("z", (2,)), graph.tensor("z2", (2,))
    w = Variable(np.array([[0.5, -1.0], [2.0, 0.25]]), "w", dtype="float64")
    b = Variable(np.array([0.1, 0.2]), "b", dtype="float64")
    for source, target in ((x, z), (z, z2)):
        dense(graph, source, target, w, b)
    fed = np.random.default_rng(2).normal(size=(3, 2))
    program = eager.run(graph, {"x": fed}, "float64")
    ones = np.ones((3, 2))
    program.act_grads["z2"][:] = ones
    program.once(program.calls("forward", "loss", backward=True), 3)
    first = ones @ w.value.T
    np.testing.assert_allclose(program.grads["w"], (fed @ w.value + b.value).T @ ones + fed.T @ first, rtol=1e-12)
    np.testing.assert_allclose(program.grads["b"], ones.sum(0) + first.sum(0), rtol=1e-12)


def test_gradients_that_nobody_wants_are_skipped():
    graph = Graph()
    x, y, z = graph.tensor("x", (2,)), graph.tensor("y", (2,)), graph.tensor("z", (1,))
    frozen = Variable(np.ones((2, 2)), "frozen", trainable=False)
    trained = Variable(np.ones((2, 1)), "trained")
    first = dense(graph, x, y, frozen)
    second = dense(graph, y, z, trained)
    program = eager.run(graph, {"x": np.ones((1, 2))}, "float32")
    assert program._modes[first] == [SKIP, SKIP, SKIP]
    assert program._modes[second] == [SKIP, WRITE, SKIP]
    assert len(program.calls("forward", "loss", backward=True)) == 3


def test_a_smaller_batch_leaves_the_rest_of_the_memory_alone():
    graph = Graph()
    x, y = graph.tensor("x", (3,)), graph.tensor("y", (3,))
    graph.add(SQUARE, inputs=(x,), outputs=(y,), sizes=(3,))
    program = Program(graph, vector_of([], "float32"), None, 5, "float32", input_gradients=("x",))
    program.acts["x"][:] = 2
    program.acts["y"][:] = program.act_grads["x"][:] = -1
    program.once(program.calls("forward", "loss", backward=True), 2)
    assert program.acts["y"].tolist() == [[4] * 3] * 2 + [[-1] * 3] * 3
    assert program.act_grads["x"].tolist() == [[0] * 3] * 2 + [[-1] * 3] * 3


def test_an_alias_is_the_same_memory_in_another_shape():
    graph = Graph()
    x, z = graph.tensor("x", (2, 3)), graph.tensor("z", (1,))
    flat = graph.alias("flat", x, (6,))
    w = Variable(np.arange(6.0).reshape(6, 1), "w", dtype="float64")
    dense(graph, flat, z, w)
    program = eager.run(graph, {"x": np.ones((2, 2, 3))}, "float64", input_gradients=("x",))
    assert program.value(flat).shape == (2, 6) and np.shares_memory(program.value(flat), program.acts["x"])
    program.act_grads["z"][:] = 1
    program.once(program.calls("forward", "loss", backward=True), 2)
    assert program.act_grads["x"][1].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert np.shares_memory(program.gradient_of(flat), program.act_grads["x"])


def test_a_rescaling_behind_the_inputs_is_part_of_the_gather_and_gives_the_same_bits():
    def weights(*first):
        set_random_seed(3)
        model = Sequential([layers.Input((4,)), *first, layers.Dense(2, name="d")])
        model.compile("sgd", "mse")
        random = np.random.default_rng(0)
        x, y = random.integers(0, 256, (40, 4)).astype("uint8"), random.normal(size=(40, 2))
        model.fit(x, y, epochs=2, verbose=0)
        nodes = [node.operation.name for node in next(iter(model._programs.values())).program.graph.nodes]
        return nodes, model.get_weights()

    fused, fused_weights = weights(layers.Rescaling(1 / 255, 0.5))
    # With a number for each feature, the rescaling stays an operation of its own.
    apart, apart_weights = weights(layers.Rescaling([1 / 255] * 4, [0.5] * 4))
    assert "rescale" not in fused and "rescale" in apart
    for a, b in zip(fused_weights, apart_weights, strict=True):
        assert np.array_equal(a, b)


@pytest.mark.parametrize("name", sorted(GATHER))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gather_reads_each_dtype_in_the_given_order(name, dtype):
    data = np.array([[0, 1, 2], [250, 4, 5], [7, 8, 9]], name)
    graph = Graph()
    node = add_gather(graph, graph.tensor("x", (3,)), name)
    program = Program(graph, vector_of([], dtype), None, 2, dtype)
    program.set_source(node, data)
    program.begin([2, 0, 1])
    program.steps(program.calls("gather"), np.zeros(1), training=False)
    assert program.acts["x"].tolist() == [[7, 8, 9], [0, 1, 2]]
    program.steps(program.calls("gather"), np.zeros(1), training=False)  # the short last batch
    assert program.run[BATCH] == 1 and program.acts["x"].tolist() == [[250, 4, 5], [0, 1, 2]]


def test_constants_can_be_changed_later():
    from glassnet.engine.kernels.rescale import RESCALE

    graph = Graph()
    x, a = graph.tensor("x", (2,)), graph.tensor("a", (2,))
    node = graph.add(RESCALE, inputs=(x,), outputs=(a,), sizes=(1, 2, 1, 1), constants=(2.0, 1.0))
    program = eager.run(graph, {"x": [[1.0, 2.0]]}, "float32")
    assert program.acts["a"].tolist() == [[3, 5]]
    program.set_constants(node, (10.0, 0.0))
    program.once(program.calls("forward"), 1)
    assert program.acts["a"].tolist() == [[10, 20]]


def test_a_kernel_runs_without_the_compiler_too():
    memory = Memory(*[np.zeros(4, "float32") for _ in range(8)], np.zeros(0), np.zeros(0, np.int64))
    memory.acts[:] = [1, 2, 0, 0]
    run = np.zeros(RUN_SIZE, np.int64)
    run[BATCH] = 1
    row = np.zeros(8, np.int64)
    row[[X, Y, N]] = 0, 2, 2
    SQUARE.forward(row, run, memory)  # compiled
    assert memory.acts.tolist() == [1, 2, 1, 4]


def kernels():
    """All compiled kernels of the engine, by way of the operations that use them."""
    import importlib
    import pkgutil

    import glassnet.engine.kernels as package

    for module in pkgutil.iter_modules(package.__path__):
        for thing in vars(importlib.import_module(f"{package.__name__}.{module.name}")).values():
            for operation in thing.values() if isinstance(thing, dict) else [thing]:
                if isinstance(operation, Operation):
                    for kernel in (kernel for kernels in operation.stages for kernel in kernels):
                        yield kernel.kernel if isinstance(kernel, Halves) else kernel


def test_no_two_kernels_share_a_name_in_the_cache():
    names = {}
    for kernel in kernels():
        names.setdefault(kernel._cache._unique_name, set()).add(kernel)
    assert len(names) > 50
    assert not {name: found for name, found in names.items() if len(found) > 1}


# -- bounds ------------------------------------------------------------------------------------------------------------

CHECKED = """
import numpy as np
import glassnet
from glassnet.engine import kernel
assert kernel.CHECKED
"""


def checked(code):
    """Runs code in a process whose kernels test every index."""
    return subprocess.run(
        [sys.executable, "-c", CHECKED + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        env={**os.environ, "NUMBA_BOUNDSCHECK": "1"},
    )


def test_a_wrong_row_is_found_out_when_bounds_are_checked():
    done = checked(
        f"""
        import sys
        sys.path.insert(0, {os.path.dirname(__file__)!r})
        from test_engine import WRONG
        from glassnet.engine import cache, eager
        from glassnet.engine.graph import Graph
        graph = Graph()
        graph.add(WRONG, inputs=(graph.tensor("x", (3,)),), outputs=(graph.tensor("y", (3,)),), sizes=(3,))
        try:
            eager.run(graph, {{"x": np.ones((1, 3))}}, "float32")
        except IndexError as error:
            print("found:", error)
        """
    )
    assert done.stdout == "found: a view outside of its array\n", done.stderr


def test_kernels_stay_within_their_arrays():
    """Networks of all layers, losses of all kinds, short last batches: with every index tested, none is wrong."""
    done = checked(
        """
        from glassnet import Sequential, layers, optimizers
        random = np.random.default_rng(0)
        x = random.normal(size=(7, 4, 3)).astype("float32")
        normalization = layers.Normalization(axis=1)
        normalization.adapt(x)
        def network(units, activation):
            return Sequential([
                layers.Input((4, 3)), layers.Rescaling([1.0, 2.0, 3.0], 0.5), normalization, layers.GaussianNoise(0.1),
                layers.Dense(3, activation="leaky_relu"), layers.Reshape((2, 6)), layers.Flatten(), layers.Dropout(0.4),
                layers.Dense(17, activation="tanh", kernel_regularizer="l1l2", activity_regularizer="l2"),
                layers.ReLU(max_value=1), layers.Dense(units, activation=activation)])
        classes = random.integers(0, 5, 7)
        cases = [
            ("sigmoid", "binary_crossentropy", random.integers(0, 2, (7, 5)), optimizers.Adam()),
            ("softmax", "sparse_categorical_crossentropy", classes, optimizers.SGD(momentum=0.9, nesterov=True)),
            ("softmax", "categorical_crossentropy", np.eye(5)[classes], optimizers.RMSprop(global_clipnorm=1.0)),
            ("linear", "mse", random.random((7, 5)), optimizers.Adam(clipnorm=1.0, weight_decay=0.1, use_ema=True)),
        ]
        for activation, loss, y, optimizer in cases:
            for batch_size in (1, 2, 3, 5, 7, 32):
                model = network(5, activation)
                model.compile(optimizers.deserialize(optimizers.serialize(optimizer)), loss, metrics=["accuracy"])
                weights = random.random(7) if batch_size == 3 else None
                common = {"batch_size": batch_size, "verbose": 0}
                model.fit(x, y, sample_weight=weights, validation_data=(x[:3], y[:3]), **common)
                model.evaluate(x[:4], y[:4], batch_size=3, verbose=0)
                model.predict(x, **common)
        print("ended well")
        """
    )
    assert done.stdout == "ended well\n", done.stderr[-3000:]


def test_a_kernel_is_compiled_anew_when_what_it_is_made_of_changes(monkeypatch):
    def stamp():
        return cache.source_stamp({"glassnet.engine.kernels.dense"})

    before, unlike = stamp(), cache.source_stamp({"glassnet.engine.kernels.gather"})
    cache._source.cache_clear()
    read = Path.read_bytes
    touched = "parallel.py"  # dense -> matmul -> parallel
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"\n" * (path.name == touched))
    assert stamp() != before
    assert cache.source_stamp({"glassnet.engine.kernels.gather"}) == unlike
    cache._source.cache_clear()


def test_a_kernel_from_a_factory_is_made_of_all_modules_that_gave_it_functions():
    made = cache._modules_of(activation.SIGMOID.forward)
    assert {activation.__name__, "glassnet.engine.kernels.constants"} <= made


def test_a_users_kernel_is_compiled_anew_when_the_engine_changes(monkeypatch):
    def users(row, run, m):
        pass

    before = cache._KernelLocator.from_function(users, None).get_cache_path()
    cache._source.cache_clear()
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read(path) + b"\n" * (path.name == "memory.py"))
    assert cache._KernelLocator.from_function(users, None).get_cache_path() != before
    cache._source.cache_clear()


def test_every_order_of_an_epoch_is_as_likely_as_any_other():
    order, found = np.empty(4, np.int64), Counter()
    for epoch in range(4_800):
        random_order(order, 1, epoch)
        found[tuple(order.tolist())] += 1
    assert found.keys() == set(itertools.permutations(range(4)))
    unevenness = sum((times - 200) ** 2 / 200 for times in found.values())  # chi-square of 23 degrees of freedom
    assert 9 < unevenness < 45  # 99 % of drawings; one as even as a list would be no drawing


def test_the_order_of_an_epoch_is_a_function_of_seed_and_epoch():
    def order(seed, epoch):
        found = np.empty(1_000, np.int64)
        random_order(found, seed, epoch)
        return found

    np.testing.assert_array_equal(np.sort(order(1, 0)), np.arange(1_000))
    np.testing.assert_array_equal(order(1, 0), order(1, 0))
    for other in (order(1, 1), order(2, 0)):
        assert (order(1, 0) == other).mean() < 0.01
