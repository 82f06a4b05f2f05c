import inspect

import numpy as np
import pytest
from reference.load import load

from glassnet import activations
from glassnet.engine.gradcheck import central_difference
from glassnet.engine.graph import Graph, Operation
from glassnet.engine.program import Program
from glassnet.engine.variable import vector_of

REFERENCE = load("activations")
CASES = {name: case for name, case in REFERENCE["cases"].items() if case["function"] in activations.ACTIVATIONS}
ELEMENTWISE = [name for name, case in CASES.items() if case["inputs"] == "grid"]
ALONG_AN_AXIS = [name for name, case in CASES.items() if case["inputs"] == "rows"]
TOLERANCE = {"float32": {"rtol": 2e-6, "atol": 2e-6}, "float64": {"rtol": 1e-12, "atol": 1e-14}}
EXTREMES = np.array([-3e38, -1e30, -1e10, -104.5, -89.0, -1e-30, -1e-45, 0.0, 1e-45, 1e-30, 88.0, 1e10, 1e30, 3e38])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_values_and_derivatives_are_those_of_keras(name, dtype):
    case = CASES[name]
    activation = activations.get(case["function"])
    x = REFERENCE["inputs"]["grid"].astype(dtype)
    value, derivative = activation(x, **case["arguments"]), activation.derivative(x, **case["arguments"])
    assert value.dtype == derivative.dtype == dtype
    np.testing.assert_allclose(value, case[dtype]["value"], **TOLERANCE[dtype])
    smooth = x != 0  # at a kink each framework takes a slope of its own
    np.testing.assert_allclose(derivative[smooth], case[dtype]["derivative"][smooth], **TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ALONG_AN_AXIS)
def test_softmax_and_its_gradient_are_those_of_keras(name, dtype):
    case = CASES[name]
    activation = activations.get(case["function"])
    x, directions = (REFERENCE["inputs"][key].astype(dtype) for key in ("rows", "directions"))
    np.testing.assert_allclose(activation(x, **case["arguments"]), case[dtype]["value"], **TOLERANCE[dtype])
    gradient = activation.gradient(x, directions, **case["arguments"])
    np.testing.assert_allclose(
        gradient, case[dtype]["gradient"], rtol=TOLERANCE[dtype]["rtol"], atol=1e-6 if dtype == "float32" else 1e-13
    )


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_gradients_are_the_central_differences(name):
    activation = activations.get(name)
    x = np.array([[-2.7, -0.8, 0.3], [0.9, 1.7, 4.2]])
    da = np.array([[0.5, -1.0, 2.0], [1.5, 0.7, -0.3]])
    expected = central_difference(lambda point: (activation(point) * da).sum(), x)
    np.testing.assert_allclose(activation.gradient(x, da), expected, rtol=1e-7, atol=1e-9)


ARGUMENTS = [
    ("relu", {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5}),
    ("relu", {"threshold": -1.0, "max_value": 2.0}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("elu", {"alpha": 0.5}),
    ("gelu", {"approximate": True}),
    ("softmax", {"axis": 1}),
    ("softmax", {"axis": 0}),
    ("log_softmax", {"axis": -2}),
]


@pytest.mark.parametrize(("name", "arguments"), ARGUMENTS)
def test_gradients_with_arguments_are_the_central_differences(name, arguments):
    activation = activations.get(name)
    rng = np.random.default_rng(3)
    x, da = rng.uniform(-4, 4, (2, 3, 4)), rng.uniform(-1, 1, (2, 3, 4))
    expected = central_difference(lambda point: (activation(point, **arguments) * da).sum(), x)
    np.testing.assert_allclose(activation.gradient(x, da, **arguments), expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", [name for name in activations.ACTIVATIONS if name not in ("softmax", "log_softmax")])
def test_extreme_numbers_give_no_nan(name):
    activation = activations.get(name)
    x = EXTREMES.astype("float32")
    np.testing.assert_allclose(activation(x), activation(x.astype(float)).astype("float32"), rtol=1e-5, atol=1e-30)
    assert np.isfinite(activation(x[x < 88])).all()
    assert np.isfinite(activation.derivative(x[x < 88])).all()


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_extreme_rows_give_no_nan(name):
    activation = activations.get(name)
    rows = np.array([[3e38, 0, -3e38], [-3e38, -3e38, -3e38], [1e4, 1e4, 0]], "float32")
    assert not np.isnan(activation(rows)).any()
    assert not np.isnan(activation.gradient(rows, np.ones_like(rows))).any()


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_float32_is_near_float64(name):
    activation = activations.get(name)
    x, da = np.random.default_rng(5).normal(0, [[[4]], [[1]]], (2, 50, 20)).astype("float32")
    np.testing.assert_allclose(activation(x), activation(x.astype(float)), rtol=2e-6, atol=3e-7)
    np.testing.assert_allclose(activation.gradient(x, da), activation.gradient(x.astype(float), da), rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", [name for name in activations.ACTIVATIONS if name != "linear"])
def test_a_second_reader_adds_its_gradient(name):
    """Two activations of one tensor: its gradient is the sum of theirs."""
    activation, x = activations.get(name), np.array([[-1.5, 0.4, 2.0]])
    graph = Graph()
    z = graph.tensor("z", (3,))
    outputs = [activation.plan(graph, z, "one"), activations.tanh.plan(graph, z, "two")]
    program = Program(graph, vector_of([], "float64"), None, 1, "float64", input_gradients=("z",))
    program.acts["z"][...] = x
    for output in outputs:
        program.act_grads[output.name][...] = 1
    program.act_grads["z"][...] = np.nan
    program.once(program.calls("forward", "loss", backward=True), 1)
    expected = activation.gradient(x, np.ones_like(x)) + activations.tanh.derivative(x)
    np.testing.assert_allclose(program.act_grads["z"], expected, rtol=1e-12)


def test_a_smaller_batch_uses_a_part():
    graph = Graph()
    activations.softmax.plan(graph, graph.tensor("z", (2, 3)), "a")
    program = Program(graph, vector_of([], "float32"), None, 4, "float32")
    program.acts["z"][...] = 1
    program.once(program.calls("forward"), 2)
    np.testing.assert_allclose(program.acts["a"], np.repeat([1 / 3, 0], 2)[:, None, None] * np.ones((4, 2, 3)), rtol=1e-6)


def test_plan_names_the_tensor_and_the_layer():
    graph = Graph()
    z = graph.tensor("dense/z", (4,))
    a = activations.relu.plan(graph, z, "dense/a", layer="dense", max_value=6)
    node = graph.nodes[0]
    assert (a.name, a.shape) == ("dense/a", (4,))
    assert isinstance(node.operation, Operation) and node.layer == "dense" and node.constants == (0.0, 6, 0.0)


def test_linear_takes_no_memory():
    graph = Graph()
    z = graph.tensor("z", (4,))
    assert activations.linear.plan(graph, z, "a").name == "z"
    assert list(graph.tensors) == ["z"] and not graph.nodes


def test_shapes_and_types():
    assert activations.relu(3.0).shape == ()
    assert activations.relu(np.zeros((0, 3))).shape == (0, 3)
    assert activations.relu([[1, -2]]).dtype == "float32"
    assert activations.relu(np.array([1.0])).dtype == "float64"
    assert activations.softmax(np.zeros((2, 3, 4), "float32")).sum() == pytest.approx(6)


def test_names_and_objects():
    for name, activation in activations.ACTIVATIONS.items():
        assert activations.get(name) is activation
        assert activations.get(activation) is activation
        assert activations.deserialize(activations.serialize(activation)) is activation
        assert activation.__doc__
    assert activations.get(None) is activations.linear
    assert activations.swish is activations.silu


def test_signatures_are_those_of_keras():
    signatures = load("signatures")["cases"]
    checked = 0
    for name, activation in activations.ACTIVATIONS.items():
        expected = signatures.get(f"keras.activations.{name}")
        if expected:
            given = [(p.name, p.default) for p in inspect.signature(activation).parameters.values()]
            assert given == [(p["name"], p.get("default", inspect.Parameter.empty)) for p in expected]
            checked += 1
    assert checked >= 18


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: activations.get("rellu"), "Expected one of the activations .* Received: 'rellu'"),
        (lambda: activations.get(np.tanh), "no derivative here"),
        (lambda: activations.softmax(np.zeros((2, 3)), axis=2), "Expected an axis of the shape"),
        (lambda: activations.softmax(1.0), "Expected an axis of the shape"),
        (lambda: activations.softmax.derivative([1.0, 2.0]), "depends on all inputs"),
        (lambda: activations.relu([1.0], max_value=-1), "Expected max_value >= 0"),
        (lambda: activations.tanh.gradient([1.0], [1.0, 2.0]), "Expected da shaped like x"),
        (lambda: activations.softmax.plan(Graph(), Graph().tensor("z", (3,)), "a", axis=0), "other than the batch's"),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=message):
        call()
