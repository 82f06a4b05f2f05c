"""Explanations: the products are the gradient, the line of Python computes it, and the finite difference proves it."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from test_gradients import DIFFERENTIABLE, LOSSES, TARGETS
from test_random_graphs import PLANS, data, made

from glassnet import layers, losses, optimizers
from glassnet.inspect import chain, formula
from glassnet.inspect.names import joined
from glassnet.inspect.notation import evaluate
from glassnet.inspect.trace import trace
from glassnet.models import Sequential

B = 3


def dense(units, activation, name, **arguments):
    return layers.Dense(
        units, activation=activation, dtype="float64", name=name, bias_initializer="random_normal", **arguments
    )


def traced(parts, loss, kind="numbers", shape=(4,), training=False, weights=None, seed=1):
    random = np.random.default_rng(seed)
    model = Sequential([layers.Input(shape, dtype="float64"), *parts])
    for variable in model.trainable_variables:
        variable.assign(0.5 * random.normal(size=variable.shape))
    model.compile("sgd", loss)
    x, y = random.normal(size=(B, *shape)), TARGETS[kind](random, (B, *model.output_shape[1:]))
    return trace(model, x, y, weights, training)


def check(t, reference):
    """Everything that an explanation claims."""
    e = t.explain(reference)
    size = max(1.0, sum(abs(term.value) for term in e.terms))
    assert e.python and eval(e.python, {"t": t, "np": np, "math": math}) == pytest.approx(
        e.value, rel=1e-10, abs=1e-12 * size
    )
    assert list(e.terms) == sorted(e.terms, key=lambda term: -abs(term.value))
    if e.terms or reference.startswith("d "):
        assert e.total == pytest.approx(e.value, rel=1e-11, abs=1e-13 * size)
    for term in e.terms:
        assert math.prod(factor.value for factor in term.factors) == term.value
        for factor in term.factors:
            if factor.formula is not None:
                assert evaluate(factor.formula, factor.names) == pytest.approx(factor.value, rel=1e-9, abs=1e-12), (
                    factor
                )
    if e.finite_difference is not None:
        assert e.error == abs(e.value - e.finite_difference) < 1e-6 * max(1, abs(e.value))
    return e


def check_all(t, most=4):
    """Some numbers of every name of a trace."""
    random, reached = np.random.default_rng(0), 0
    for name in t:
        if name.startswith("new ") or (name in t.variables and "d " + name not in t):
            continue
        places = list(np.ndindex(t[name].shape))
        for k in random.permutation(len(places))[:most]:
            e = check(t, joined(name, places[k]))
            reached += e.finite_difference is not None and abs(e.value) > 1e-6
    assert reached > 5, "nearly all derivatives are 0: the check would be vacuous"


@settings(max_examples=6, deadline=None, derandomize=True)
@given(plan=PLANS)
def test_random_graphs_of_several_inputs_and_outputs_with_weights(plan):
    model = made(plan)
    outputs = len(model.output_names)
    model.compile("sgd", "mse", loss_weights=[0.5, 3.0][:outputs])
    weights = [np.array([1.0, 2.0, 0.5]), None][:outputs]
    check_all(trace(model, *data(model, 3), weights if outputs > 1 else weights[0]), most=2)


@pytest.mark.parametrize("activation", DIFFERENTIABLE)
def test_every_activation(activation):
    check_all(traced([dense(4, activation, "one"), dense(3, activation, "two")], losses.MeanSquaredError()))


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss(name):
    last, kind, arguments = LOSSES[name]
    loss = losses.registry.find(name.split()[0])(**arguments)
    t = traced([dense(4, "tanh", "one"), dense(3, last, "two")], loss, kind, weights=[0.5, 1.0, 2.0])
    check_all(t, 2)
    wanted = t.explain(f"d {t.output.name}[1, 0]").terms
    assert any(factor.formula for term in wanted for factor in term.factors) or not wanted, "every loss has a written formula"


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_every_reduction(reduction):
    check_all(traced([dense(2, "tanh", "one")], losses.MeanSquaredError(reduction), weights=[0.5, 1.0, 2.0]))


def test_the_layers_between():
    options = {"dtype": "float64"}
    parts = [
        layers.Rescaling([0.5, 1, 2, 0.5, 1, 2], 0.25, **options),
        layers.Normalization(mean=np.arange(6) / 3, variance=np.arange(1, 7) / 2, **options),
        layers.Dropout(0.3, seed=3, **options),
        layers.GaussianNoise(0.2, seed=4, **options),
        dense(6, "tanh", "one"),
        layers.Reshape((2, 3), **options),
        layers.Normalization(axis=1, mean=[0.5, 1.0], variance=[2.0, 3.0], invert=True, **options),
        dense(2, "linear", "two"),
        layers.LeakyReLU(**options),
        layers.Softmax(axis=1, **options),
        layers.Flatten(**options),
        layers.ELU(alpha=0.5, **options),
        dense(3, "linear", "three"),
        layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=-0.2, **options),
        layers.ReLU(negative_slope=0.1, threshold=0.1, **options),
    ]
    check_all(traced(parts, losses.MeanSquaredError(), shape=(6,), training=True), 3)


@pytest.mark.parametrize("regularizer", ["l1", "l2", "l1l2"])
def test_a_penalty_is_a_term_of_its_own(regularizer):
    penalty = {"class_name": regularizer, "config": {k: 0.3 for k in ("l1", "l2") if k in regularizer}}
    where = ("kernel_regularizer", "bias_regularizer", "activity_regularizer")
    t = traced([dense(2, "tanh", "one", **dict.fromkeys(where, penalty))], losses.MeanSquaredError())
    check_all(t)
    names = [factor.name for term in t.explain("one/kernel[0, 1]").terms for factor in term.factors]
    assert ("l1" in names, "l2" in names) == ("l1" in regularizer, "l2" in regularizer)


def test_an_operation_that_has_no_rule_is_explained_by_its_own_backward_kernel(monkeypatch):
    t = traced([dense(4, "softmax", "one"), dense(2, "linear", "two")], losses.MeanSquaredError())
    known = {r: t.explain(r) for r in ("one/kernel[1, 2]", "d one/a[1, 3]", "one/bias[0]", "d one/z[2, 1]")}
    monkeypatch.setattr(chain, "_dense_parameter", chain._by_example)
    monkeypatch.setattr(chain, "_dense_input", chain._through)
    for name in ("SHARED", "ACTIVATIONS"):
        monkeypatch.setattr(formula, name, {})
    for reference, before in known.items():
        e = check(t, reference)
        assert e.value == before.value and e.total == pytest.approx(before.total, rel=1e-12)
    assert len(t.explain("one/kernel[1, 2]").terms) == B


def test_a_loss_over_the_whole_batch_gets_terms_from_all_examples():
    t = traced([dense(3, "sigmoid", "one")], losses.Dice(), "bits", weights=[0.5, 1.0, 2.0])
    assert len(check(t, "d one/a[1, 2]").terms) == B


@pytest.mark.parametrize(
    ("last", "loss", "kind"),
    [
        ("sigmoid", losses.BinaryCrossentropy(), "bits"),
        ("sigmoid", losses.BinaryCrossentropy(label_smoothing=0.1), "bits"),
        ("softmax", losses.CategoricalCrossentropy(), "one_hot"),
        ("softmax", losses.SparseCategoricalCrossentropy(), "classes"),
    ],
)
def test_probabilities_that_are_cut_off_are_explained_as_they_are_computed(last, loss, kind):
    model = traced([dense(3, last, "one")], loss, kind).model
    model.get_layer("one").kernel.assign(np.diag([60.0, -60.0, 60.0, -60.0])[:, :3])
    t = trace(model, np.ones((2, 4)), TARGETS[kind](np.random.default_rng(3), (2, 3)))
    for reference in ("loss/values[0]", "loss/values[1]", *(f"d one/a[{b}, {o}]" for b in range(2) for o in range(3))):
        e = t.explain(reference)
        assert e.total == pytest.approx(e.value, rel=1e-9, abs=1e-12)
        assert eval(e.python, {"t": t, "np": np, "math": math}) == pytest.approx(e.value, rel=1e-9, abs=1e-12)


def test_float32_networks_are_proved_in_float64():
    model = Sequential([layers.Input((3,)), layers.Dense(4, activation="sigmoid", name="a"), layers.Dense(2, name="b")])
    model.compile("sgd", "mean_squared_error")
    random = np.random.default_rng(0)
    t = trace(model, random.normal(size=(4, 3)), random.normal(size=(4, 2)))
    for reference in ("a/kernel[2, 1]", "b/bias[1]", "d a/z[2, 3]", "d input[1, 0]"):
        e = t.explain(reference)
        assert e.error < 1e-6 and e.total == pytest.approx(e.value, abs=1e-6)


def test_a_chain_of_one_neuron_layers_worked_out_by_hand():
    """The textbooks' example: w, b, the activation before, and the cost (a - y)**2."""
    parts = [dense(1, "sigmoid", f"layer_{k}") for k in (1, 2, 3)]
    t = traced(parts, losses.MeanSquaredError(), shape=(1,))
    weights = [float(t[f"layer_{k}/kernel"][0, 0]) for k in (1, 2, 3)]
    biases = [float(t[f"layer_{k}/bias"][0]) for k in (1, 2, 3)]
    expected = 0.0
    for b in range(B):
        a = [float(t["input"][b, 0])]
        for w, bias in zip(weights, biases, strict=True):
            a.append(1 / (1 + math.exp(-(w * a[-1] + bias))))
        slopes = [v * (1 - v) for v in a[1:]]
        cost = 2 * (a[3] - float(t["target"][b, 0]))
        expected += a[0] * slopes[0] * weights[1] * slopes[1] * weights[2] * slopes[2] * cost / B
    e = check(t, "layer_1/kernel[0, 0]")
    assert e.value == pytest.approx(expected, rel=1e-12)
    for term in e.terms:  # the chain rule's three factors
        example = int(term.factors[0].name.removeprefix("input[").split(",")[0])
        assert [factor.name for factor in term.factors] == [
            f"input[{example}, 0]",
            f"slope of layer_1/a[{example}, 0] by layer_1/z[{example}, 0]",
            f"d layer_1/a[{example}, 0]",
        ]


def test_a_delta_says_who_above_wanted_it():
    t = traced([dense(4, "tanh", "one"), dense(3, "tanh", "two")], losses.MeanSquaredError())
    e = check(t, "d one/a[2]")  # of example 0, where it is left out
    assert e.name == "d one/a[0, 2]" and len(e.terms) == 3
    for term in e.terms:
        kernel, delta = term.factors
        o = int(kernel.name.removeprefix("two/kernel[2, ").removesuffix("]"))
        assert (kernel.value, delta.value) == (t["two/kernel"][2, o], t["d two/z"][0, o])


def test_the_first_of_two_variables_matters_three_times_as_much():
    model = Sequential(
        [layers.Input((2,), dtype="float64"), layers.Dense(1, use_bias=False, dtype="float64", name="cost")]
    )
    model.set_weights([np.ones((2, 1))])  # the cost as a function of two variables, at (1, 1)
    model.compile("sgd", losses.SumOfSquares())
    t = trace(model, [3.0, 1.0], [3.0])
    assert t["d cost/kernel"].ravel().tolist() == [3.0, 1.0]
    assert t.compare("cost/kernel[1, 0]", "cost/kernel[0, 0]").startswith(
        "cost/kernel[0, 0] matters 3 times as much as cost/kernel[1, 0]"
    )
    assert [nudge.strength for nudge in t.nudges()["cost"].ranked("kernel")] == [-3.0, -1.0]
    assert "matters and not" in trace(model, [3.0, 0.0], [2.0]).compare("cost/kernel[0, 0]", "cost/kernel[1, 0]")
    assert trace(model, [3.0, 1.0], [4.0]).compare("cost/kernel[0, 0]", "cost/kernel[1, 0]").startswith("Neither")


def test_all_notations():
    t = traced([dense(12, "selu", "one_1"), dense(3, "softmax", "two")], losses.CategoricalCrossentropy(), "one_hot")
    for reference in ("one_1/kernel[3, 1]", "d one_1/z[1]", "one_1/a[2]", "two/z[1]", "two/a[0]", "d two/a[1]", "loss"):
        e = t.explain(reference)
        root = ElementTree.fromstring(e.mathml)
        assert root.tag.endswith("math") and f"{e.value:.5g}".lstrip("-") in "".join(root.itertext())
        assert e.latex.count("{") == e.latex.count("}") and e.latex.count(r"\left") == e.latex.count(r"\right")
        assert e.name in e.text and e.python in e.text and f"{e.value:.6g}" in e.text and str(e) == e.text
        assert "<math" in e._repr_html_() and e.text.isascii()
    e = t.explain("two/z[1]")
    assert len(e.terms) == 13 and "(5 smaller terms)" in e.text
    assert r"\frac{\partial L}{\partial w^{\text{one\_1}}_{3,1}}" in t.explain("one_1/kernel[3, 1]").latex


@pytest.mark.parametrize(
    ("optimizer", "told"),
    [
        (optimizers.SGD(0.1), "one/kernel[1, 0] - learning_rate * d one/kernel[1, 0]"),
        (optimizers.SGD(0.1, momentum=0.9), "momentum * v before"),
        (optimizers.SGD(0.1, momentum=0.9, nesterov=True), "momentum * (momentum * v before"),
        (optimizers.Adam(0.1), "-alpha * m * scale"),
        (optimizers.RMSprop(0.1), "rho * v before"),
        (optimizers.Adagrad(0.1), "a before + d one/kernel[1, 0] ** 2"),
        (optimizers.Adam(0.1, amsgrad=True), "update of one/kernel[1, 0]"),
        (optimizers.SGD(0.1, clipnorm=0.01), "update of one/kernel[1, 0]"),
        (optimizers.Lion(0.1), "update of one/kernel[1, 0]"),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "get_config") else "",
)
def test_what_the_optimiser_makes_of_a_weight(optimizer, told):
    model = Sequential([layers.Input((2,)), layers.Dense(2, "tanh", name="one"), layers.Dense(1, name="two")])
    model.compile(optimizer, "mean_squared_error")
    x, y = np.array([[0.5, -1.0]]), np.array([[0.25]])
    for _ in range(3):  # momenta are there from the second step on
        t = model.trace(x, y)
        e = t.explain("new one/kernel[1, 0]")
        assert e.error <= 1e-6 and e.value == t["new one/kernel"][1, 0] and told in e.text, e.text
        assert eval(e.python, {"t": t, "np": np, "math": math}) == pytest.approx(e.value, abs=1e-6)
        assert ElementTree.fromstring(e.mathml).tag.endswith("math")
        model.train_on_batch(x, y)
        assert e.value == model.get_layer("one").kernel.value[1, 0]


def test_formulas_of_one_example_do_not_count_examples():
    model = Sequential([layers.Input((2,)), layers.Dense(2, "softmax", name="one")])
    model.compile("sgd", "categorical_crossentropy")
    x, y = np.array([[0.5, -1.0], [0.5, 1.0]]), np.eye(2)
    assert r"z^{\text{one}}_{1}" in model.trace(x[0], y[0]).explain("one/z[1]").latex
    assert r"z^{\text{one}}_{1,1}" in model.trace(x, y).explain("one/z[1, 1]").latex
    assert r"}{\sum_j e^{z^{\text{one}}_{j}}}" in model.trace(x[0], y[0]).explain("one/a[1]").latex
    large = model.trace(1e3 * x[0], y[0]).explain("one/a[1]")
    assert r"\ln \sum_j e^{z^{\text{one}}_{j}}" in large.latex and large.error < 1e-6


def test_bad_references_are_told_what_there_is():
    t = traced([dense(4, "tanh", "one")], losses.MeanSquaredError())
    with pytest.raises(KeyError, match="one/kernel.*Did you mean 'one/kernel'"):
        t.explain("one/kernal[0, 0]")
    with pytest.raises(IndexError, match=r"within the shape \(4, 4\).*one/kernel\[4, 1\]"):
        t.explain("one/kernel[4, 1]")
    with pytest.raises(IndexError, match=r"that of the example may be left out.*\(3, 4\)"):
        t.explain("one/z")
    for reference in ("one/z[a]", "one/z[1 2]", "one/z[1,,2]", "one/z[+]"):
        with pytest.raises(ValueError, match="Expected a name with an index"):
            t.explain(reference)
    with pytest.raises(IndexError, match="within the shape"):
        t.explain("new one/kernel[4, 0]")
    with pytest.raises(ValueError, match="output of an operation"):
        t.slope("one/z[0]", "one/a[0]")
    assert t.explain("one/kernel[-1, -1]").name == "d one/kernel[3, 3]"
