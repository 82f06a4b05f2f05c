"""Metrics against Keras's recorded numbers, eagerly and in a program, and what they refuse."""

import inspect
import json
import math

import numpy as np
import pytest
from reference.load import load

from glassnet import losses, metrics
from glassnet.engine.graph import Graph
from glassnet.engine.program import Program
from glassnet.engine.variable import vector_of

REFERENCE = load("metrics")
CASES, WEIGHTS = REFERENCE["cases"], REFERENCE["sample_weight"]
SIGNATURES = load("signatures")
TOLERANCE = {"float32": {"rtol": 1e-5, "atol": 1e-6}, "float64": {"rtol": 1e-10, "atol": 1e-12}}
UNTARGETED = ("Mean", "Sum")


def build(case, dtype):
    # Keras counts IoU in whole numbers and works its result out in float32, unless it is given another dtype.
    chosen = {} if "IoU" in case["class"] else {"dtype": dtype}
    return getattr(metrics, case["class"])(**case["arguments"], **chosen)


def batches(case):
    inputs = REFERENCE["inputs"][case["inputs"]]
    return list(zip(*(inputs[key] for key in ("values", "y_true", "y_pred") if key in inputs), strict=True))


def results(metric, case, weighted):
    shown = []
    for batch, weights in zip(batches(case), WEIGHTS, strict=True):
        metric.update_state(*batch, sample_weight=weights if weighted else None)
        shown.append(metric.result())
    return np.stack(shown)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_as_keras(name, dtype):
    case = CASES[name]
    tolerance = TOLERANCE["float32" if "IoU" in name else dtype]
    for mode, expected in case[dtype].items():
        got = results(build(case, dtype), case, mode == "weighted")
        assert got.dtype == ("float32" if "IoU" in name else dtype)
        np.testing.assert_allclose(got, expected, **tolerance)


def planned(metric, arrays, dtype, size):
    """The program of a metric for batches of `size`, and its node with the totals."""
    graph = Graph()
    tensors = [None if array is None else graph.tensor(f"input_{i}", array.shape[1:]) for i, array in enumerate(arrays)]
    node = metric.plan(graph, *tensors, name="watched")[-1]
    return Program(graph, vector_of([], dtype), None, size, dtype), node


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("size", [1, 3, 7])
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case["class"] not in UNTARGETED])
def test_program_in_batches_equals_one_eager_update_bit_for_bit(name, size, weighted):
    case = CASES[name]
    y_true, y_pred = (np.concatenate([*parts, *parts[::-1]]) for parts in zip(*batches(case), strict=True))
    weights = np.concatenate([*WEIGHTS, *WEIGHTS[::-1]]) if weighted else None
    eager, watched = build(case, "float32"), build(case, "float32")
    eager.update_state(y_true, y_pred, weights)
    if y_pred.ndim == 1:
        y_pred = y_pred[:, None]
    program, node = planned(watched, (y_pred, y_true, weights), "float32", size)
    for start in range(0, len(y_pred), size):
        given = [array[start : start + size] for array in (y_pred, y_true, weights) if array is not None]
        for i, array in enumerate(given):
            program.acts[f"input_{i}"][: len(array)] = array
        program.once(program.calls("metric"), len(given[0]))
    np.testing.assert_array_equal(program.node_totals(node), eager.totals)
    expected = eager.result()
    np.testing.assert_array_equal(np.asarray(watched.result_from(program.node_totals(node)), expected.dtype), expected)


@pytest.mark.parametrize("name", CASES)
def test_reset_and_configuration(name):
    case = CASES[name]
    metric = build(case, "float32")
    first = results(metric, case, False)
    metric.reset_state()
    np.testing.assert_array_equal(results(metric, case, False), first)
    config = json.loads(json.dumps(metric.get_config()))
    again = type(metric).from_config(config)
    np.testing.assert_array_equal(results(again, case, False), first)
    assert again.get_config() == metric.get_config()
    assert metrics.deserialize(metrics.serialize(metric)).get_config() == metric.get_config()


@pytest.mark.parametrize(
    "name", [name for name in SIGNATURES["public"]["metrics"] if f"keras.metrics.{name}" in SIGNATURES["cases"]]
)
def test_arguments_are_keras(name):
    parameters = [p for p in inspect.signature(getattr(metrics, name)).parameters.values()]
    expected = SIGNATURES["cases"][f"keras.metrics.{name}"]
    if name == "deserialize":
        expected = expected[:1]  # nothing here is registered by hand
    assert [p.name for p in parameters] == [argument["name"] for argument in expected]
    for parameter, argument in zip(parameters, expected, strict=True):
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD:
            default = None if parameter.default is inspect.Parameter.empty else parameter.default
            assert json.loads(json.dumps(default)) == argument.get("default"), parameter.name


def test_aliases_are_keras():
    for alias, name in SIGNATURES["aliases"]["metrics"].items():
        if name != "Metric":  # the base is no metric
            assert metrics.metrics.find(alias) is getattr(metrics, name)


@pytest.mark.parametrize(
    ("identifier", "output", "target", "chosen", "name"),
    [
        ("accuracy", (1,), (1,), "BinaryAccuracy", "accuracy"),
        ("acc", (1,), (), "BinaryAccuracy", "acc"),
        ("accuracy", (3,), (3,), "CategoricalAccuracy", "accuracy"),
        ("accuracy", (3,), (), "SparseCategoricalAccuracy", "accuracy"),
        ("Accuracy", (3,), (1,), "SparseCategoricalAccuracy", "Accuracy"),
        ("accuracy", (5, 3), (5,), "SparseCategoricalAccuracy", "accuracy"),
        ("crossentropy", (3,), (), "SparseCategoricalCrossentropy", "crossentropy"),
        ("ce", (1,), (1,), "BinaryCrossentropy", "ce"),
        ("mse", (1,), (1,), "MeanSquaredError", "mse"),
        ("MeanSquaredError", (1,), (1,), "MeanSquaredError", "MeanSquaredError"),
        (metrics.MeanAbsoluteError, (1,), (1,), "MeanAbsoluteError", "mean_absolute_error"),
        (metrics.MeanAbsoluteError(name="away"), (1,), (1,), "MeanAbsoluteError", "away"),
        (metrics.binary_accuracy, (1,), (1,), "BinaryAccuracy", "binary_accuracy"),
        (metrics.mean_squared_error, (1,), (1,), "MeanMetricWrapper", "mean_squared_error"),
        (losses.Huber(delta=2.0), (1,), (1,), "MeanMetricWrapper", "huber_loss"),
        ({"class_name": "AUC", "config": {"name": "area"}}, (1,), (1,), "AUC", "area"),
    ],
)
def test_resolve(identifier, output, target, chosen, name):
    metric = metrics.resolve(identifier, output, target)
    assert (type(metric).__name__, metric.name) == (chosen, name)


def test_crossentropy_takes_logits_from_the_loss():
    metric = metrics.resolve("crossentropy", (3,), (), losses.SparseCategoricalCrossentropy(from_logits=True))
    assert metric.from_logits


def test_unnamed_metrics_are_numbered():
    first, second = metrics.FalsePositives(), metrics.FalsePositives()
    assert first.name.startswith("false_positives")
    assert first.name != second.name


def test_confusion_matrix_by_hand():
    sparse = metrics.ConfusionMatrix(3)
    table = [[1, 1, 0], [0, 1, 0], [1, 0, 2]]
    scores = np.array([[5, 1, 1], [0, 2, 1], [0, 3, 0], [0, 0, 1], [1, 2, 3], [9, 0, 0]])
    np.testing.assert_array_equal(sparse([0, 0, 1, 2, 2, 2], scores), table)
    np.testing.assert_array_equal(metrics.ConfusionMatrix(3)(np.eye(3)[[0, 0, 1, 2, 2, 2]], scores), table)
    np.testing.assert_array_equal(metrics.ConfusionMatrix(3)([0, 0, 1, 2, 2, 2], scores.argmax(axis=1)), table)
    weighted = metrics.ConfusionMatrix(3)
    weighted.update_state([0, 1], scores[[0, 2]], sample_weight=[0.5, 2])
    np.testing.assert_array_equal(weighted.result(), np.diag([0.5, 2, 0]))
    binary = metrics.ConfusionMatrix(2)
    np.testing.assert_array_equal(binary([0, 1, 1, 0], [[0.2], [0.9], [0.5], [0.7]]), [[1, 1], [1, 1]])


def test_areas_under_curves_of_four_points_by_hand():
    y_true, y_pred = [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]
    # Three of the four pairs of a positive and a negative are in the right order.
    assert metrics.AUC()(y_true, y_pred) == 0.75
    assert metrics.AUC(thresholds=[0.2, 0.375, 0.6])(y_true, y_pred) == 0.75
    # One threshold of three lies inside: (1, 1), (0, 1/2), (0, 0).
    assert metrics.AUC(num_thresholds=3)(y_true, y_pred) == 0.75
    assert metrics.AUC(num_thresholds=3, summation_method="minoring")(y_true, y_pred) == 0.5
    assert metrics.AUC(num_thresholds=3, summation_method="majoring")(y_true, y_pred) == 1.0
    # Precision gain and recall gain at the thresholds: (1, 0), (0, 1), (0, 1); the trapeze between them.
    assert metrics.AUC(num_thresholds=3, curve="PRGAIN")(y_true, y_pred) == 0.5


def test_thresholds_keep_their_order_and_certain_predictions_their_side():
    precision = metrics.Precision(thresholds=[0.7, 0.2])
    np.testing.assert_array_equal(precision([0, 1, 1, 0], [0.3, 0.8, 0.6, 0.1]), np.float32([1, 2 / 3]))
    negatives = metrics.TrueNegatives(thresholds=[0.0, 0.5, 1.0])
    np.testing.assert_array_equal(negatives([0, 0, 0, 1], [0.0, 0.5, 1.0, np.nan]), [1, 2, 3])


def test_ties_and_unknown_predictions():
    sparse = metrics.sparse_categorical_accuracy
    np.testing.assert_array_equal(sparse([0, 1, 2, 0], [[2, 2, 1], [1, 2, 2], [np.nan, 1, 2], [np.nan, 1, 2]]), [1, 1, 0, 1])
    np.testing.assert_array_equal(sparse([1, 2], [[3, np.nan, np.nan], [np.nan, 1, 2]]), [1, 0])
    top = metrics.sparse_top_k_categorical_accuracy
    np.testing.assert_array_equal(
        top([2, 2, 0, 5, -1], [[2, 1, 1], [3, 2, 1], [np.nan, 1, 2], [1, 2, 3], [1, 2, 3]], k=2), [1, 0, 0, 0, 0]
    )
    np.testing.assert_array_equal(top([2, 1], [[0, 2, 1], [0, 2, 1]], k=2, from_sorted_ids=True), [1, 0])
    precision = metrics.Precision(top_k=2)
    assert precision([[0, 1, 1, 0]], [[1.0, 2.0, 1.0, 1.0]]) == 0.5  # of three equal ones the first counts


def test_functions_give_the_value_of_each_sample():
    y_true, y_pred = np.eye(3)[[0, 2]], np.array([[0.5, 0.2, 0.3], [0.6, 0.3, 0.1]])
    np.testing.assert_array_equal(metrics.categorical_accuracy(y_true, y_pred), [1, 0])
    np.testing.assert_array_equal(metrics.top_k_categorical_accuracy(y_true, y_pred, k=3), [1, 1])
    np.testing.assert_array_equal(metrics.binary_accuracy([[1, 0]], [[0.7, 0.9]]), [[1, 0]])
    steps = metrics.sparse_categorical_accuracy(np.zeros((2, 4), int), np.ones((2, 4, 3)))
    np.testing.assert_array_equal(steps, np.ones((2, 4)))
    np.testing.assert_allclose(metrics.pearson_correlation([[1.0, 2, 3]], [[2.0, 4, 6]]), [1], rtol=1e-6)
    np.testing.assert_allclose(metrics.concordance_correlation([[1.0, 2, 3]], [[3.0, 2, 1]]), [-1], rtol=1e-6)


def test_weights_for_parts_of_an_example():
    metric = metrics.SparseCategoricalAccuracy()
    y_pred = np.eye(3)[[[0, 1], [2, 2]]]
    metric.update_state([[0, 0], [2, 1]], y_pred, sample_weight=[[1, 3], [2, 0]])
    assert metric.result() == 0.5
    mean = metrics.Mean()
    mean.update_state([[1.0, 3.0], [5.0, 7.0]], sample_weight=3)  # a number weighs the batch
    mean.update_state([[0.0, 0.0]], sample_weight=1)
    assert mean.result() == 3.0


def test_metrics_leave_the_gradient_alone():
    def gradient(watched):
        graph = Graph()
        y_pred, target = graph.tensor("y_pred", (2,)), graph.tensor("y_true", (2,))
        loss = losses.MeanSquaredError()
        loss.plan_reduction(graph, loss.plan(graph, y_pred, target), None)
        for metric in watched:
            metric.plan(graph, y_pred, target)
        program = Program(graph, vector_of([], "float32"), None, 2, "float32", input_gradients=("y_pred",))
        program.acts["y_pred"][...], program.acts["y_true"][...] = [[1, 2], [3, 4]], [[0, 2], [4, 0]]
        program.once(program.calls("loss", "metric", backward=True), 2)
        assert math.isfinite(program.totals.sum())
        return program.act_grads["y_pred"].copy()

    watched = [metrics.MeanAbsolutePercentageError(), metrics.Hinge(), metrics.PearsonCorrelation(), metrics.AUC()]
    np.testing.assert_array_equal(gradient(watched), gradient([]))


def test_batches_of_several_sizes_and_none():
    metric = metrics.BinaryAccuracy()
    for y_true, y_pred in (([1], [0.9]), ([0, 1, 1], [0.9, 0.8, 0.7]), ([], []), ([0], [0.2])):
        metric.update_state(y_true, y_pred)
    assert metric.result() == np.float32(0.8)
    assert [variable.path for variable in metric.variables] == ["binary_accuracy/totals"]
    assert metrics.F1Score().variables == []


def update(metric, *batch, **weights):
    return lambda: metric.update_state(*batch, **weights)


REFUSED = {
    "unknown name": (lambda: metrics.get("exactness"), "Expected the name of one of the metrics: "),
    "a Python function": (lambda: metrics.get(lambda y_true, y_pred: 0), "Python functions cannot be metrics"),
    "none": (lambda: metrics.resolve(None, (1,), (1,)), "Leave it out"),
    "no batch yet": (lambda: metrics.R2Score().result(), "Call update_state first"),
    "other shape": (
        update(metrics.BinaryAccuracy(), [[1, 0]], [[1.0]]),
        r"\(batch, 1\). Received: y_true of shape \(batch, 2\)",
    ),
    "fewer targets": (update(metrics.AUC(), [1], [0.5, 0.5]), "as many targets as predictions"),
    "one-hot for sparse": (
        update(metrics.SparseCategoricalAccuracy(), np.eye(3), np.eye(3)),
        "expected one class number for each row of 3",
    ),
    "no classes": (update(metrics.CategoricalAccuracy(), [1, 0], [1, 0]), "use binary_accuracy"),
    "weights of others": (
        update(metrics.BinaryAccuracy(), [1, 0], [1, 0], sample_weight=[1, 1, 1]),
        "a weight for each of 2",
    ),
    "weights of more axes": (
        update(metrics.MeanSquaredError(), np.eye(2), np.eye(2), sample_weight=np.ones((2, 2))),
        "expected a weight for each example",
    ),
    "targets of a loss": (
        update(metrics.SparseCategoricalCrossentropy(), [3], [[0.5, 0.5]]),
        "from 0 to 1 for 2 outputs",
    ),
    "k": (lambda: metrics.TopKCategoricalAccuracy(k=0), "at least 1"),
    "threshold": (lambda: metrics.Precision(thresholds=[0.5, 2]), "between 0 and 1"),
    "class_id": (update(metrics.Recall(class_id=3), np.eye(3), np.eye(3)), "class_id between 0 and 2"),
    "recall": (lambda: metrics.PrecisionAtRecall(recall=1.5), "Received: recall=1.5"),
    "no thresholds": (lambda: metrics.PrecisionAtRecall(0.5, num_thresholds=0), "num_thresholds=0"),
    "curve": (lambda: metrics.AUC(curve="RCO"), "one of the curves"),
    "summation": (lambda: metrics.AUC(summation_method="exact"), "summation_method"),
    "one threshold": (lambda: metrics.AUC(num_thresholds=1), "at least 2"),
    "labels": (lambda: metrics.AUC(num_labels=2), "set multi_label"),
    "no labels": (update(metrics.AUC(multi_label=True), [1], [1]), r"\(batch, labels\)"),
    "label weights": (update(metrics.AUC(label_weights=[1, 2]), np.eye(3), np.eye(3)), "2 labels"),
    "average": (lambda: metrics.F1Score(average="mean"), "average of"),
    "beta": (lambda: metrics.FBetaScore(beta=1), "float above 0"),
    "F threshold": (lambda: metrics.F1Score(threshold=0.0), "threshold"),
    "F of one axis": (update(metrics.F1Score(), [1], [1]), "Make targets one-hot"),
    "other outputs": (
        lambda: (m := metrics.R2Score(), m(np.eye(2), np.eye(2)), m(np.eye(3), np.eye(3))),
        "like those before",
    ),
    "R2 axes": (update(metrics.R2Score(), np.ones((2, 2, 2)), np.ones((2, 2, 2))), "Flatten the outputs"),
    "aggregation": (lambda: metrics.R2Score(class_aggregation="mean"), "class_aggregation"),
    "regressors": (lambda: metrics.R2Score(num_regressors=-1), "at least 0"),
    "classes": (lambda: metrics.ConfusionMatrix(0), "at least one class"),
    "rows": (update(metrics.ConfusionMatrix(3), [0, 1], np.ones((2, 2, 3))), "a true class for each predicted one"),
    "class ids": (lambda: metrics.IoU(num_classes=2, target_class_ids=[2]), "between 0 and 1"),
    "IoU axis": (lambda: metrics.IoU(2, [0], axis=0), "axis=-1"),
    "IoU scores": (update(metrics.OneHotIoU(2, [0]), np.eye(2), [0, 1]), "sparse_y_pred=True"),
    "correlation axis": (lambda: metrics.PearsonCorrelation(axis=0), "axis=-1"),
    "dtype": (lambda: metrics.Mean(dtype="float16"), "float32"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refuses(what):
    call, message = REFUSED[what]
    with pytest.raises(ValueError, match=message):
        call()


def test_adjusted_r2_needs_enough_values():
    score = metrics.R2Score(num_regressors=3)
    with pytest.warns(UserWarning, match="not adjusted"):
        assert score([[1.0], [2.0]], [[1.0], [2.0]]) == 1.0
