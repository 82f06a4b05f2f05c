import inspect
import json

import numpy as np
import pytest
from reference.load import load

from glassnet import losses
from glassnet.engine.gradcheck import central_difference
from glassnet.engine.graph import Graph
from glassnet.engine.program import Program
from glassnet.engine.variable import vector_of

REFERENCE = load("losses")
CASES = REFERENCE["cases"]
TOLERANCE = {"float32": {"rtol": 1e-5, "atol": 1e-6}, "float64": {"rtol": 1e-10, "atol": 1e-12}}

# Keras lets targets (N, 1) broadcast against predictions (N, O) here, so that its values are (N, N); ours are those of
# targets (N,).
BROADCAST = "CategoricalGeneralizedCrossEntropy/sparse_column"
CLASSES = [getattr(losses, name) for name in losses.__all__ if name[0].isupper() and name != "Loss"]
FUNCTIONS = {name: thing for name, thing in vars(losses).items() if hasattr(thing, "loss_class")}

rng = np.random.default_rng(11)
NUMBERS = rng.uniform(-2, 2, (4, 3)), rng.uniform(-2, 2, (4, 3))
POSITIVE = rng.uniform(0.1, 0.9, (4, 3)), rng.uniform(0.1, 0.9, (4, 3))
BITS = (rng.uniform(0, 1, (4, 3)) > 0.5).astype(float), rng.uniform(0.05, 0.95, (4, 3))
LOGITS = (rng.uniform(0, 1, (4, 3)) > 0.5).astype(float), rng.uniform(-3, 3, (4, 3))
STEPS = rng.uniform(0, 1, (2, 4, 3)), rng.uniform(0.05, 0.95, (2, 4, 3))
SPARSE = np.array([2, 0, 1, 2]), rng.uniform(0.1, 0.9, (4, 3))
SPARSE_LOGITS = np.array([2, 0, 1, 2]), rng.uniform(-3, 3, (4, 3))
SPARSE_STEPS = np.array([[2, 0, 1, 2], [1, 1, 1, 0]]), rng.uniform(0.1, 0.9, (2, 4, 3))

# Every operation, and what changes it, with data on which it is smooth.
SMOOTH = [
    (losses.MeanSquaredError(), NUMBERS),
    (losses.MeanSquaredError(), STEPS),
    (losses.SumOfSquares(), NUMBERS),
    (losses.MeanAbsoluteError(), NUMBERS),
    (losses.MeanAbsolutePercentageError(), NUMBERS),
    (losses.MeanSquaredLogarithmicError(), POSITIVE),
    (losses.MeanSquaredLogarithmicError(), NUMBERS),
    (losses.CosineSimilarity(), NUMBERS),
    (losses.CosineSimilarity(axis=1), STEPS),
    (losses.Huber(), NUMBERS),
    (losses.Huber(delta=0.3), NUMBERS),
    (losses.LogCosh(), NUMBERS),
    (losses.Poisson(), POSITIVE),
    (losses.KLDivergence(), POSITIVE),
    (losses.KLDivergence(), STEPS),
    (losses.Hinge(), LOGITS),
    (losses.SquaredHinge(), LOGITS),
    (losses.CategoricalHinge(), STEPS),
    (losses.BinaryCrossentropy(), BITS),
    (losses.BinaryCrossentropy(label_smoothing=0.3), STEPS),
    (losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.3), LOGITS),
    (losses.BinaryFocalCrossentropy(), BITS),
    (losses.BinaryFocalCrossentropy(apply_class_balancing=True, gamma=0.0, label_smoothing=0.3), BITS),
    (losses.BinaryFocalCrossentropy(from_logits=True, gamma=0.5), LOGITS),
    (losses.CategoricalCrossentropy(), POSITIVE),
    (losses.CategoricalCrossentropy(label_smoothing=0.3), STEPS),
    (losses.CategoricalCrossentropy(from_logits=True), LOGITS),
    (losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.3), STEPS),
    (losses.CategoricalFocalCrossentropy(), POSITIVE),
    (losses.CategoricalFocalCrossentropy(gamma=0.0, label_smoothing=0.3), STEPS),
    (losses.CategoricalFocalCrossentropy(from_logits=True, gamma=0.5), LOGITS),
    (losses.SparseCategoricalCrossentropy(), SPARSE),
    (losses.SparseCategoricalCrossentropy(), SPARSE_STEPS),
    (losses.SparseCategoricalCrossentropy(from_logits=True), SPARSE_LOGITS),
    (losses.SparseCategoricalCrossentropy(ignore_class=2), SPARSE_STEPS),
    (losses.SparseCategoricalCrossentropy(ignore_class=2, from_logits=True), SPARSE_LOGITS),
    (losses.CategoricalGeneralizedCrossEntropy(), SPARSE),
    (losses.CategoricalGeneralizedCrossEntropy(q=0.9), SPARSE_STEPS),
    (losses.Dice(), BITS),
    (losses.Dice(axis=[1, 2]), STEPS),
    (losses.Dice(axis=1), STEPS),
    (losses.Tversky(alpha=0.3, beta=0.8), STEPS),
    (losses.Tversky(axis=-1), STEPS),
]
SMOOTH_IDS = [f"{loss!r}-{pair[1].shape}" for loss, pair in SMOOTH]


def in_float64(loss, **changes):
    return type(loss)(**{**loss.get_config(), **changes}, dtype="float64")


REDUCED = [
    pytest.param(name, case, dtype, id=f"{name}-{dtype}")
    for name, case in CASES.items()
    if name != BROADCAST
    for dtype in ("float64", "float32")
]


@pytest.mark.parametrize(("name", "case", "dtype"), REDUCED)
def test_values_reductions_and_gradients_are_those_of_keras(name, case, dtype):
    loss_class, arguments = getattr(losses, case["class"]), case["arguments"]
    y_true, y_pred = (REFERENCE["inputs"][case["inputs"]][key] for key in ("y_true", "y_pred"))
    for weighting, expected in case[dtype].items():
        weights = None if weighting == "unweighted" else REFERENCE["weights"][weighting.removeprefix("weighted_")]
        for reduction in set(expected) - {"gradient"}:
            value = loss_class(**arguments, reduction=reduction, dtype=dtype)(y_true, y_pred, sample_weight=weights)
            assert value.dtype == dtype and np.shape(value) == np.shape(expected[reduction])
            np.testing.assert_allclose(value, expected[reduction], **TOLERANCE[dtype], err_msg=f"{weighting} {reduction}")
        gradient = loss_class(**arguments, dtype=dtype).gradient(y_true, y_pred, sample_weight=weights)
        assert gradient.dtype == dtype and gradient.shape == y_pred.shape
        # At a prediction of exactly 1 the clip of KLDivergence has a kink; there JAX takes the mean of both slopes.
        smooth = y_pred.astype(dtype) != 1 if loss_class is losses.KLDivergence else np.ones(y_pred.shape, bool)
        np.testing.assert_allclose(gradient[smooth], expected["gradient"][smooth], **TOLERANCE[dtype], err_msg=weighting)


def test_numbers_of_classes_may_come_as_a_column():
    case = CASES["CategoricalGeneralizedCrossEntropy/sparse"]["float64"]["unweighted"]
    y_true, y_pred = (REFERENCE["inputs"]["sparse_column"][key] for key in ("y_true", "y_pred"))
    np.testing.assert_allclose(losses.CategoricalGeneralizedCrossEntropy(dtype="float64").call(y_true, y_pred), case["none"])


@pytest.mark.parametrize(("loss", "pair"), SMOOTH, ids=SMOOTH_IDS)
def test_gradients_are_the_central_differences(loss, pair):
    (y_true, y_pred), loss = pair, in_float64(loss)
    expected = central_difference(lambda point: loss(y_true, point), y_pred)
    np.testing.assert_allclose(loss.gradient(y_true, y_pred), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
@pytest.mark.parametrize(
    ("loss", "pair"),
    [
        (losses.MeanSquaredError(), STEPS),
        (losses.SparseCategoricalCrossentropy(ignore_class=2), SPARSE_STEPS),
        (losses.Dice(), STEPS),
    ],
)
@pytest.mark.parametrize("weights", [[0.5, 2.0], rng.uniform(0, 2, (2, 4))], ids=["examples", "values"])
def test_weighted_gradients_are_the_central_differences(loss, pair, reduction, weights):
    (y_true, y_pred), loss = pair, in_float64(loss, reduction=reduction)
    weights = weights if not loss.whole_batch else [0.5, 2.0]
    expected = central_difference(lambda point: loss(y_true, point, sample_weight=weights), y_pred)
    np.testing.assert_allclose(loss.gradient(y_true, y_pred, weights), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("loss", "pair"), SMOOTH, ids=SMOOTH_IDS)
def test_float32_is_near_float64(loss, pair):
    y_true, y_pred = pair[0], pair[1].astype("float32")
    np.testing.assert_allclose(loss.call(y_true, y_pred), in_float64(loss).call(y_true, y_pred), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(loss.gradient(y_true, y_pred), in_float64(loss).gradient(y_true, y_pred), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("loss", "pair"), SMOOTH, ids=SMOOTH_IDS)
def test_a_second_reader_of_the_prediction_adds_its_gradient(loss, pair):
    """Two losses of one prediction: backward writes the one and adds the other."""
    y_true, y_pred = pair
    loss, other = in_float64(loss), losses.LogCosh(dtype="float64")
    graph = Graph()
    prediction, zeros = graph.tensor("y_pred", y_pred.shape[1:]), graph.tensor("zeros", y_pred.shape[1:])
    target = graph.tensor("y_true", loss.target_shape(y_pred.shape[1:]))
    for order, part in enumerate((loss, other)):
        values = part.plan(graph, prediction, (target, zeros)[order], name=f"loss_{order}")
        part.plan_reduction(graph, values, None, name=f"loss_{order}")
    program = Program(graph, vector_of([], "float64"), None, len(y_pred), "float64", input_gradients=("y_pred",))
    feeds = {"y_pred": y_pred, "y_true": loss.check_target(y_true, y_pred.shape[1:]), "zeros": 0}
    for name, value in feeds.items():
        program.acts[name][...] = value
    program.act_grads.array[...] = np.nan
    program.once(program.calls("loss", backward=True), len(y_pred))
    expected = loss.gradient(y_true, y_pred) + other.gradient(np.zeros_like(y_pred), y_pred)
    np.testing.assert_allclose(program.act_grads["y_pred"], expected, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize(("loss", "pair"), SMOOTH, ids=SMOOTH_IDS)
def test_a_smaller_batch_counts_its_own_examples_only(loss, pair):
    y_true, y_pred = pair
    loss = in_float64(loss)
    graph = Graph()
    values = loss.plan(
        graph, graph.tensor("y_pred", y_pred.shape[1:]), graph.tensor("y_true", loss.target_shape(y_pred.shape[1:]))
    )
    node = loss.plan_reduction(graph, values, None)
    program = Program(graph, vector_of([], "float64"), None, len(y_pred), "float64", input_gradients=("y_pred",))
    program.acts["y_pred"][...], program.acts["y_true"][...] = y_pred, loss.check_target(y_true, y_pred.shape[1:])
    calls = program.calls("loss", backward=True)
    expected = [loss(y_true, y_pred), loss(y_true[:1], y_pred[:1])]
    program.once(calls, len(y_pred))
    program.once(calls, 1)
    np.testing.assert_allclose(program.acts["loss"], expected[1], rtol=1e-12)
    np.testing.assert_allclose(program.act_grads["y_pred"][:1], loss.gradient(y_true[:1], y_pred[:1]), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(program.node_totals(node), [len(y_pred) * expected[0] + expected[1], len(y_pred) + 1], rtol=1e-12)


EDGES = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], "float32")
FAR = np.array([[1e30, -1e30, 0.0], [-1e4, 1e4, 100.0], [-100.0, 0.0, 100.0]], "float32")


@pytest.mark.parametrize("name", [c.__name__ for c in CLASSES if not issubclass(c, losses.MeanSquaredError)])
@pytest.mark.parametrize("y_pred", [EDGES, np.zeros((3, 3), "float32") + 1 / 3], ids=["sure", "unsure"])
def test_sure_predictions_give_no_nan(name, y_pred):
    loss = getattr(losses, name)()
    for y_true in (EDGES, EDGES[::-1]):
        target = y_true.argmax(-1) if loss.target_shape((3,)) == () else y_true
        assert np.isfinite(loss(target, y_pred))
        gradient = loss.gradient(target, y_pred)
        # The slope of p**q at p = 0 is infinite.
        assert np.isfinite(gradient).all() or name == "CategoricalGeneralizedCrossEntropy" and not np.isnan(gradient).any()


@pytest.mark.parametrize(
    "loss",
    [
        losses.BinaryCrossentropy(from_logits=True),
        losses.BinaryFocalCrossentropy(from_logits=True),
        losses.CategoricalCrossentropy(from_logits=True),
        losses.CategoricalFocalCrossentropy(from_logits=True),
        losses.SparseCategoricalCrossentropy(from_logits=True),
        losses.MeanAbsoluteError(),
        losses.Huber(),
        losses.LogCosh(),
        losses.Hinge(),
        losses.CategoricalHinge(),
        losses.CosineSimilarity(),
    ],
)
def test_far_predictions_give_no_nan(loss):
    for y_true in (EDGES, EDGES[::-1]):
        target = y_true.argmax(-1) if loss.target_shape((3,)) == () else y_true
        assert not np.isnan(loss(target, FAR))
        assert np.isfinite(loss.gradient(target, FAR)).all()


def test_sum_of_squares_is_the_textbooks():
    y_true, y_pred = NUMBERS
    loss = losses.SumOfSquares(reduction="none", dtype="float64")
    np.testing.assert_allclose(loss(y_true, y_pred), 0.5 * ((y_pred - y_true) ** 2).sum(-1))
    np.testing.assert_allclose(losses.SumOfSquares(reduction="sum", dtype="float64").gradient(y_true, y_pred), y_pred - y_true)


def test_one_example_may_come_without_a_batch():
    assert losses.MeanSquaredError()([0.0, 0.0], [1.0, 3.0]) == 5
    assert losses.mean_squared_error([0.0, 0.0], [1.0, 3.0]).shape == ()
    assert losses.MeanSquaredError(reduction="none")([[0.0], [0.0]], [1.0, 3.0]).tolist() == [1, 9]
    assert losses.MeanSquaredError().gradient([0.0, 0.0], [1.0, 3.0]).tolist() == [1, 3]
    assert losses.sparse_categorical_crossentropy(1, [0.5, 0.5]) == pytest.approx(np.log(2))


def test_weights_come_in_several_shapes():
    y_true, y_pred = STEPS
    loss = losses.MeanSquaredError(dtype="float64")
    values = loss.call(y_true, y_pred)
    weights = np.array([0.5, 2.0])
    for given in (
        weights,
        weights[:, None],
        np.repeat(weights[:, None], 4, 1),
        np.repeat(weights[:, None, None], 4, 1),
    ):
        assert loss(y_true, y_pred, given) == pytest.approx((values * weights[:, None]).mean())
    assert loss(y_true, y_pred, 3) == pytest.approx(3 * values.mean())
    weighted = losses.MeanSquaredError(reduction="none", dtype="float64")(y_true, y_pred, weights)
    np.testing.assert_allclose(weighted, values * weights[:, None])


def test_weights_that_add_up_to_nothing_give_no_loss():
    loss = losses.MeanSquaredError(reduction="mean_with_sample_weight")
    assert loss([[1.0]], [[3.0]], [0.0]) == 0
    assert loss.gradient([[1.0]], [[3.0]], [0.0]) == 0
    ignoring = losses.SparseCategoricalCrossentropy(ignore_class=0)
    assert ignoring([0, 0], [[0.5, 0.5], [0.5, 0.5]]) == 0


def test_the_whole_batch_has_one_dice():
    y_true, y_pred = BITS
    value = losses.Dice(reduction=None, dtype="float64")(y_true, y_pred)
    assert value.shape == ()
    for reduction in ("sum", "mean"):
        assert losses.Dice(reduction=reduction, dtype="float64")(y_true, y_pred) == pytest.approx(value)
    np.testing.assert_allclose(losses.Dice(reduction=None, dtype="float64")(y_true, y_pred, range(1, 5)), value * np.arange(1, 5))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_return_the_values_of_samples(name):
    function = FUNCTIONS[name]
    loss, pair = next((loss, pair) for loss, pair in SMOOTH if type(loss) is function.loss_class)
    values = function(*pair)
    assert values.dtype == "float64"
    np.testing.assert_array_equal(values, type(loss)(dtype="float64").call(*pair))
    assert function(pair[0], pair[1].astype("float32")).dtype == "float32"
    assert losses.get(function).get_config() == type(loss)().get_config()


def test_functions_take_the_arguments_of_keras():
    assert losses.huber([[0.0]], [[3.0]], 2.0) == 4
    assert losses.binary_crossentropy([[1.0]], [[0.0]], from_logits=True) == pytest.approx(np.log(2))
    with pytest.raises(TypeError, match="reduction"):
        losses.mse([[0.0]], [[3.0]], reduction="sum")


def test_signatures_are_those_of_keras():
    signatures = load("signatures")["cases"]
    names = [cls.__name__ for cls in CLASSES if cls is not losses.SumOfSquares]
    names += [n for n in FUNCTIONS if f"keras.losses.{n}" in signatures and n != "categorical_generalized_cross_entropy"]
    assert len(names) == 21 + 18
    for name in names:
        given = [(p.name, p.default) for p in inspect.signature(getattr(losses, name)).parameters.values()]
        expected = [(p["name"], p.get("default", inspect.Parameter.empty)) for p in signatures[f"keras.losses.{name}"]]
        assert given == expected, name


def test_names_are_those_of_keras():
    missing = {"CTC", "ctc", "Circle", "circle", "Loss", "LossFunctionWrapper"}
    for alias, name in load("signatures")["aliases"]["losses"].items():
        if alias not in missing:
            found = losses.get(alias)
            assert type(found) is type(losses.get(name)) and isinstance(found, losses.Loss)
    assert type(losses.get("mse")) is losses.MeanSquaredError
    assert losses.get(None) is None


@pytest.mark.parametrize("loss", [loss for loss, _ in SMOOTH], ids=SMOOTH_IDS)
def test_configurations_come_back(loss):
    config = json.loads(json.dumps(losses.serialize(loss)))
    again = losses.deserialize(config)
    assert type(again) is type(loss) and again.get_config() == loss.get_config()
