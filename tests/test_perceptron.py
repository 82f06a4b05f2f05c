"""The perceptron: its two notations, Rosenblatt's rule to the bit, what it can learn and what it cannot."""

import itertools
import json

import numpy as np
import pytest

from glassnet import Perceptron
from glassnet.engine import eager
from glassnet.engine.gradcheck import central_difference
from glassnet.engine.graph import Graph
from glassnet.engine.kernels.perceptron import PERCEPTRON_CRITERION
from glassnet.perceptron import PerceptronNetwork, separable

SQUARE = np.array(list(itertools.product((0, 1), repeat=2)))
CUBE = np.array(list(itertools.product((0, 1), repeat=3)))
OR, XOR = [0, 1, 1, 1], [0, 1, 1, 0]


def rosenblatt(x, y, epochs, rate):
    """The rule as the textbook has it, an example at a time: weights, threshold, mistakes of each epoch."""
    w, threshold, mistakes = np.zeros(x.shape[1]), 0.0, []
    for _ in range(epochs):
        mistakes.append(0)
        for example, label in zip(x, y, strict=True):
            error = label - int(w @ example > threshold)
            w, threshold = w + rate * error * example, threshold - rate * error
            mistakes[-1] += error != 0
        if not mistakes[-1]:
            break
    return w, threshold, mistakes


def clouds(seed, n=60, gap=0.0):
    """Two clouds of integer points, divided by a line if the gap is large."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    return rng.integers(-8, 9, (n, 3)) + np.outer(2 * y - 1, [gap, -gap, gap]), y


# -- deciding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("notation", [{"threshold": 5}, {"bias": -5}])
def test_threshold_and_bias_are_two_notations_of_one_thing(notation):
    perceptron = Perceptron(weights=[6, 2, 2], **notation)
    assert (perceptron.threshold, perceptron.bias) == (5.0, -5.0)
    assert perceptron(CUBE).tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    perceptron.bias = -3
    assert perceptron.threshold == 3.0
    assert perceptron(CUBE).tolist() == [0, 0, 0, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_fires_only_strictly_above_the_threshold(dtype):
    perceptron = Perceptron(weights=[1.0], threshold=0.3, dtype=dtype)
    number = np.dtype(dtype).type
    at = number(0.3)
    above, below = np.nextafter(at, number(1)), np.nextafter(at, number(0))
    assert perceptron(np.array([[below], [at], [above]])).tolist() == [0, 0, 1]


def test_decision_says_how_far_above_the_threshold():
    perceptron = Perceptron(weights=[6, 2, 2], threshold=5)
    np.testing.assert_array_equal(perceptron.decision(CUBE), CUBE @ [6, 2, 2] - 5)
    assert perceptron.decision([1, 0, 1]) == 3.0
    assert perceptron([1, 0, 1]) == 1


def test_weights_can_be_set_later_and_are_copies():
    perceptron = Perceptron(threshold=1.5)
    assert perceptron.weights is None
    perceptron.weights = [1, 1]
    perceptron.weights[0] = 100
    assert perceptron.weights.tolist() == [1, 1]
    assert perceptron(SQUARE).tolist() == [0, 0, 0, 1]
    perceptron.weights = [1, 1, 1]
    assert perceptron.threshold == 1.5
    assert perceptron(CUBE).tolist() == [0, 0, 0, 1, 0, 1, 1, 1]


# -- learning --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("rate", [1.0, 0.25])
def test_it_learns_by_rosenblatts_rule_to_the_bit(seed, rate):
    x, y = clouds(seed)
    perceptron = Perceptron(dtype="float64")
    history = perceptron.fit(x, y, epochs=7, learning_rate=rate, verbose=0)
    w, threshold, mistakes = rosenblatt(x, y, 7, rate)
    assert perceptron.weights.tolist() == w.tolist()
    assert perceptron.threshold == threshold
    assert perceptron.mistakes == history.history["mistakes"] == mistakes


def test_it_stops_at_the_first_epoch_without_mistakes():
    x, y = clouds(3, gap=9)
    perceptron = Perceptron()
    perceptron.fit(x, y, verbose=0)
    assert perceptron.converged
    assert perceptron.mistakes[-1] == 0
    assert 0 not in perceptron.mistakes[:-1]
    np.testing.assert_array_equal(perceptron(x), y)


def test_it_makes_no_more_mistakes_than_novikoff_allows():
    x, y = clouds(5, n=200, gap=11)
    inputs = np.column_stack([x, np.ones(len(x))])  # the threshold as one more weight
    divider = np.array([1.0, -1.0, 1.0, 0.0]) / np.sqrt(3)
    margin = (inputs @ divider * (2 * y - 1)).min()
    assert margin > 0
    perceptron = Perceptron(dtype="float64")
    perceptron.fit(x, y, verbose=0)
    assert sum(perceptron.mistakes) <= (np.linalg.norm(inputs, axis=1).max() / margin) ** 2


def test_it_goes_on_from_the_weights_it_has():
    x, y = clouds(1)
    at_once, in_parts = Perceptron(), Perceptron()
    at_once.fit(x, y, epochs=6, verbose=0)
    first = in_parts.fit(x, y, epochs=2, verbose=0).history["mistakes"]
    assert first + in_parts.fit(x, y, epochs=4, verbose=0).history["mistakes"] == at_once.mistakes
    assert in_parts.weights.tolist() == at_once.weights.tolist()


def test_shuffled_orders_follow_from_the_seed():
    x, y = clouds(2)

    def learnt(**arguments):
        perceptron = Perceptron()
        perceptron.fit(x, y, epochs=5, verbose=0, **arguments)
        return perceptron.weights.tolist(), perceptron.mistakes

    assert learnt(shuffle=True, seed=1) == learnt(shuffle=True, seed=1)
    assert learnt(shuffle=True, seed=1) != learnt(shuffle=True, seed=2)
    assert learnt(shuffle=True, seed=1) != learnt()


def test_the_criterions_derivative_against_central_differences():
    rng = np.random.default_rng(0)
    z, t = rng.normal(size=(5, 2)), rng.integers(0, 2, (5, 2)).astype(float)
    a = (z > 0).astype(float)

    def run(z, **arguments):
        graph = Graph()
        tensors = [graph.tensor(name, (2,)) for name in "zat"]
        value = graph.tensor("value", ())
        graph.add(PERCEPTRON_CRITERION, inputs=tensors, outputs=(value,), sizes=(2,), totals=1, phase="loss")
        feeds = {"z": z, "a": a, "t": t}
        return eager.run(graph, feeds, "float64", phases=("forward", "loss"), input_gradients=("z",), **arguments)

    numeric = central_difference(lambda z: float(run(z).acts["value"].sum()), z)
    np.testing.assert_allclose(run(z, backward=True).act_grads["z"], numeric, atol=1e-8)
    assert run(z).totals[0] == (a != t).any(axis=1).sum()
    np.testing.assert_allclose(run(z).acts["value"], np.where(a != t, abs(z), 0).sum(axis=1))


# -- what it can learn -----------------------------------------------------------------------------------------------


def test_of_the_boolean_functions_it_learns_exactly_the_separable_ones():
    functions = list(itertools.product((0, 1), repeat=4))
    learnt = []
    for y in functions:
        perceptron = Perceptron()
        perceptron.fit(SQUARE, y, verbose=0)
        assert perceptron.converged == separable(SQUARE, y)
        learnt.append(perceptron.converged)
    assert [y for y, well in zip(functions, learnt, strict=True) if not well] == [(0, 1, 1, 0), (1, 0, 0, 1)]


def test_104_of_the_256_functions_of_three_bits_are_separable():
    assert sum(separable(CUBE, y) for y in itertools.product((0, 1), repeat=8)) == 104


def test_separability_survives_large_offsets_small_scales_and_constant_features():
    far = np.column_stack([SQUARE * 1e-3 + 1e4, np.full(4, 0.1)])
    assert separable(far, OR)
    assert not separable(far, XOR)
    assert separable(far, [1, 1, 1, 1])
    assert not separable([[0.5], [0.5]], [0, 1])


@pytest.mark.parametrize(
    ("x", "y", "epochs", "said"),
    [
        (SQUARE, OR, 100, "Learnt: the last of 4 epochs made no mistake on the 4 examples."),
        (SQUARE, XOR, 20, "No perceptron can learn these 4 examples: no straight line has all of 1 on one side"),
        (CUBE, CUBE.sum(1) % 2, 20, "no plane"),
        (CUBE[:, :1] + CUBE[:, 1:2], CUBE[:, 0] ^ CUBE[:, 1], 20, "no point"),
        (SQUARE, OR, 1, "A straight line that separates these 4 examples exists: give it more epochs."),
    ],
)
def test_it_says_plainly_what_it_learnt_and_why_not(capsys, x, y, epochs, said):
    perceptron = Perceptron()
    perceptron.fit(x, y, epochs=epochs)
    printed = capsys.readouterr().out
    assert said in printed
    assert printed.strip() == perceptron.verdict
    assert perceptron.converged == printed.startswith("Learnt")


def test_it_does_not_claim_a_proof_that_it_did_not_look_for(monkeypatch):
    monkeypatch.setattr("glassnet.perceptron.neuron.PROVABLE", 4)
    perceptron = Perceptron()
    perceptron.fit(SQUARE, XOR, epochs=3, verbose=0)
    assert perceptron.verdict.endswith("Either it needs more epochs, or no perceptron can learn these 4 examples.")


# -- networks --------------------------------------------------------------------------------------------------------


def gates():
    return {
        "and": Perceptron([1, 1], threshold=1),
        "or": Perceptron([1, 1], threshold=0),
        "nand": Perceptron([-2, -2], bias=3),
    }


def test_two_layers_compute_xor_and_show_their_middle():
    gate = gates()
    network = PerceptronNetwork([[gate["nand"], gate["or"]], [gate["and"]]])
    middle, output = network.activations(SQUARE)
    assert middle.tolist() == [[1, 0], [1, 1], [1, 1], [0, 1]]
    assert output.tolist() == network(SQUARE).tolist() == [[0], [1], [1], [0]]
    assert network([1, 0]).tolist() == [1]


def test_a_network_adds_two_bits():
    gate = gates()
    through = Perceptron([0, 0, 1], threshold=0.5)
    adder = PerceptronNetwork([
        [gate["nand"], gate["or"], gate["and"]],
        [through, Perceptron([1, 1, 0], threshold=1)],
    ])  # fmt: skip
    carry_and_sum = adder(SQUARE)
    assert (carry_and_sum @ [2, 1]).tolist() == [0, 1, 1, 2]


def test_a_network_sees_changes_of_its_perceptrons():
    gate = gates()
    network = PerceptronNetwork([[gate["or"]]])
    gate["or"].threshold = 1
    assert network(SQUARE)[:, 0].tolist() == [0, 0, 0, 1]


# -- configuration and errors ----------------------------------------------------------------------------------------


def test_configurations_rebuild_perceptrons_and_networks():
    x, y = clouds(1, gap=9)
    learnt = Perceptron(dtype="float64")
    learnt.fit(x, y, verbose=0)
    again = Perceptron.from_config(json.loads(json.dumps(learnt.get_config())))
    assert again.get_config() == learnt.get_config()
    np.testing.assert_array_equal(again.decision(x), learnt.decision(x))
    assert repr(Perceptron([6, 2], threshold=5)) == "Perceptron(weights=[6.0, 2.0], threshold=5.0, dtype='float32')"
    gate = gates()
    network = PerceptronNetwork([[gate["nand"], gate["or"]], [gate["and"]]])
    copied = PerceptronNetwork.from_config(json.loads(json.dumps(network.get_config())))
    assert copied(SQUARE).tolist() == network(SQUARE).tolist()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: Perceptron([1], threshold=1, bias=-1), "a threshold or a bias"),
        (lambda: Perceptron([1], threshold="high"), "Expected threshold as one finite number"),
        (lambda: Perceptron([1], bias=float("nan")), "Expected bias as one finite number"),
        (lambda: Perceptron([[1, 2]]), "one weight for each input"),
        (lambda: Perceptron([1, float("inf")]), "finite numbers in weights"),
        (lambda: Perceptron()([1, 2]), "no weights yet"),
        (lambda: Perceptron([1, 2])([1, 2, 3]), "has 2 inputs"),
        (lambda: Perceptron([1, 2])([]), "has 2 inputs"),
        (lambda: Perceptron([1, 2]).fit(CUBE, [0] * 8), "has 2 inputs"),
        (lambda: Perceptron().fit(SQUARE, [-1, 1, 1, 1]), "labels 0 and 1"),
        (lambda: Perceptron().fit(SQUARE, [0, 1]), "a label for each of 4 examples"),
        (lambda: Perceptron().fit([0, 1], [0, 1]), "shape (examples, features)"),
        (lambda: Perceptron().fit(SQUARE, OR, epochs=0), "epochs as a positive whole number"),
        (lambda: Perceptron().fit(SQUARE, OR, learning_rate=-1), "learning_rate"),
        (lambda: Perceptron().fit(SQUARE * 5, OR, learning_rate=1e38), "The weights outgrew float32 in epoch"),
        (lambda: Perceptron([1, 1]).decision([1e300, 0]), "weighted sums fit into float32"),
        (lambda: PerceptronNetwork([]), "at least one layer"),
        (lambda: PerceptronNetwork([[Perceptron([1])], []]), "at least one layer, and at least one perceptron"),
        (lambda: PerceptronNetwork([[Perceptron()]]), "Received: one without"),
        (lambda: PerceptronNetwork([[Perceptron([1, 1])], [Perceptron([1, 1])]]), "Expected 1 weights"),
    ],
)
def test_errors_say_what_was_expected(wrong, said):
    with pytest.raises(ValueError) as caught:
        wrong()
    assert said in str(caught.value)
