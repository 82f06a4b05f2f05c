"""One perceptron, and Rosenblatt's rule."""

import numpy as np

from glassnet.callbacks import History
from glassnet.engine.graph import Graph
from glassnet.engine.kernels.gather import add_gather
from glassnet.engine.kernels.perceptron import PERCEPTRON_CRITERION
from glassnet.engine.program import Program
from glassnet.engine.variable import vector_of
from glassnet.examples import as_numbers
from glassnet.layers import Dense
from glassnet.optimizers import SGD
from glassnet.perceptron.run import check_features, plan_step, run_once
from glassnet.perceptron.separability import labelled, separable
from glassnet.registry import Configurable

PROVABLE = 1_000_000
"""Up to so many numbers in x, the verdict has a proof where `fit` made mistakes to the end; beyond, call `separable`."""


class Perceptron(Configurable):
    """One neuron: 1 where w.x > threshold, else 0. A sum that only reaches the threshold does not fire.

    Arguments:
        weights: One number for each input (I,), or None: then `fit` starts from zeros.
        threshold: What the weighted sum must exceed; 0 where neither it nor the bias is given.
        bias: The same, written on the other side: w.x + bias > 0, bias = -threshold. Only one of the two may be given.
        dtype: `"float32"` or `"float64"`; None for the default (`config.floatx()`).

    Attributes: `mistakes`, for each epoch of the last `fit` how many examples were wrong when their turn came;
    `converged`, whether its last epoch had none; `verdict`, what it learnt or why not, in a sentence.

    Sources: McCulloch and Pitts (1943); Rosenblatt (1958).

    >>> festival = Perceptron(weights=[6, 2, 2], threshold=5)
    >>> festival([1, 0, 0]), festival([0, 1, 1])
    (1, 0)
    >>> festival.bias
    -5.0
    """

    def __init__(self, weights=None, threshold=None, bias=None, dtype=None):
        if threshold is not None and bias is not None:
            raise ValueError(f"Expected a threshold or a bias. Received: threshold={threshold!r} and bias={bias!r}.")
        self.neuron = Dense(1, dtype=dtype, kernel_initializer="zeros", name="perceptron")
        self.mistakes, self.converged = [], False
        self._learnt_from, self._told = None, "It has not learnt yet: call fit(x, y)."
        self._threshold = 0.0 - _number("bias", 0 if bias is None else bias)
        if threshold is not None:
            self._threshold = _number("threshold", threshold)
        if weights is not None:
            self.weights = weights

    # -- weights -----------------------------------------------------------------------------------------------------

    @property
    def weights(self):
        """A copy of the weights, (I,); None before there are any. They can be set."""
        return self.neuron.kernel.numpy()[:, 0] if self.neuron.built else None

    @weights.setter
    def weights(self, weights):
        weights = as_numbers(weights, "weights")
        if weights.ndim != 1 or weights.size == 0:
            raise ValueError(f"Expected one weight for each input, as [6, 2, 2]. Received: shape {weights.shape}.")
        self._build(len(weights))
        self.neuron.kernel.assign(weights[:, None])

    @property
    def bias(self):
        """What is added to the weighted sum: -threshold. It can be set."""
        return 0.0 - self.threshold

    @bias.setter
    def bias(self, bias):
        self.threshold = 0.0 - _number("bias", bias)

    @property
    def threshold(self):
        """What the weighted sum must exceed. It can be set."""
        return 0.0 - float(self.neuron.bias[0]) if self.neuron.built else self._threshold

    @threshold.setter
    def threshold(self, threshold):
        self._threshold = _number("threshold", threshold)
        if self.neuron.built:
            self.neuron.bias.assign([0.0 - self._threshold])

    def _build(self, inputs):
        if not self.neuron.built or self.neuron.input_shape[-1] != inputs:
            threshold = self.threshold
            self.neuron.build((None, inputs))
            self.neuron.bias.assign([0.0 - threshold])

    # -- deciding ----------------------------------------------------------------------------------------------------

    def plan(self, graph, x):
        """Adds the neuron to a graph. Returns its tensors z and a."""
        z = self.neuron.plan(graph, x)
        return z, plan_step(graph, z, "perceptron/fires")

    def _run(self, x):
        if not self.neuron.built:
            raise ValueError("The perceptron has no weights yet: Perceptron(weights=[...]) or fit(x, y) gives it some.")
        return run_once(self.plan, x, self.neuron.input_shape[-1], self.neuron.dtype)

    def decision(self, x):
        """How far the weighted sum lies above the threshold: w.x - threshold.

        Returns: (N,) for x (N, I), a number for a single x (I,).

        >>> Perceptron(weights=[6, 2, 2], threshold=5).decision([1, 0, 1])
        3.0
        """
        return self._run(x)[0][..., 0].tolist() if np.ndim(x) == 1 else self._run(x)[0][..., 0]

    def predict(self, x):
        """0 or 1: integers (N,) for x (N, I), one for a single x (I,). `perceptron(x)` is the same.

        Raises `ValueError` where x does not have a number for each weight.
        """
        fires = self._run(x)[1][..., 0].astype(np.int64)
        return int(fires) if fires.ndim == 0 else fires

    __call__ = predict

    # -- learning ----------------------------------------------------------------------------------------------------

    def fit(self, x, y, epochs=100, learning_rate=1.0, shuffle=False, seed=0, verbose=1):
        """Learns by Rosenblatt's rule: after each example, w <- w + rate (y - a) x and bias <- bias + rate (y - a).

        Starts from the weights there are, and stops after the first epoch without a mistake. That epoch comes if and
        only if a line (a plane, a hyperplane) has all examples of 1 on one side and all of 0 on the other
        (Novikoff 1962).

        Arguments:
            x: Examples (N, I).
            y: Labels (N,) or (N, 1), 0 or 1.
            epochs: Most passes over the examples.
            learning_rate: Length of the steps. From zeros, it scales the weights and changes no decision.
            shuffle: Whether each epoch has an order of its own.
            seed: Of those orders.
            verbose: 0 for silence; else the verdict is printed.

        Returns: `History`, with the mistakes of each epoch in `history["mistakes"]`.

        >>> x, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1]
        >>> _ = Perceptron().fit(x, y)
        Learnt: the last of 4 epochs made no mistake on the 4 examples.
        >>> _ = Perceptron().fit(x, [0, 1, 1, 0])
        Not learnt: still 4 mistakes in the last of 100 epochs. No perceptron can learn these 4 examples: no straight
        line has all of 1 on one side and all of 0 on the other.
        """
        x, y = labelled(x, y)
        if not isinstance(epochs, int) or epochs < 1:
            raise ValueError(f"Expected epochs as a positive whole number. Received: {epochs!r}.")
        if not self.neuron.built:
            self._build(x.shape[1])
        check_features(x, self.neuron.input_shape[-1])
        program, criterion, rates = self._training(x, y, learning_rate)
        rng, order, history = np.random.default_rng(seed), np.arange(len(x)), History()
        self.mistakes, self.converged = [], False
        while len(self.mistakes) < epochs and not self.converged:
            if shuffle:
                order = rng.permutation(len(x))
            program.totals[:] = 0
            program.begin(order)
            program.steps(program.training, rates, training=True)
            if not np.isfinite(program.params.array).all():
                raise ValueError(
                    f"The weights outgrew {self.neuron.dtype} in epoch {len(self.mistakes) + 1}. Expected smaller "
                    f"numbers in x (the largest is {abs(x).max():g}) or a smaller learning rate ({learning_rate})."
                )
            self.mistakes.append(int(program.node_totals(criterion)[0]))
            self.converged = self.mistakes[-1] == 0
            history.on_epoch_end(len(self.mistakes) - 1, {"mistakes": self.mistakes[-1]})
        self._learnt_from, self._told = (x, y), None
        if verbose:
            print(self.verdict)
        return history

    @property
    def verdict(self):
        """What the last `fit` came to, in a sentence. Where it did not converge, a proof is looked for when this is read."""
        if self._told is None:
            self._told = self._verdict(*self._learnt_from)
            self._learnt_from = None
        return self._told

    def _training(self, x, y, learning_rate):
        """The program of Rosenblatt's rule, the node that counts mistakes, and the rate of each step of an epoch."""
        dtype, weights = self.neuron.dtype, self.neuron.weights
        params, optimizer, graph = vector_of(weights, dtype), SGD(learning_rate), Graph()
        inputs, target = graph.tensor("input", x.shape[1:]), graph.tensor("target", (1,))
        sources = [add_gather(graph, tensor, data.dtype.name) for tensor, data in ((inputs, x), (target, y))]
        z, a = self.plan(graph, inputs)
        loss = graph.tensor("loss", ())
        criterion = graph.add(PERCEPTRON_CRITERION, inputs=(z, a, target), outputs=(loss,), sizes=(1,), totals=1, phase="loss")
        optimizer.plan(graph, params, weights)
        program = Program(graph, params, None, 1, dtype, optimizer.slots.array)
        for source, data in zip(sources, (x, y), strict=True):
            program.set_source(source, data)
        return program, criterion, optimizer.rates(0, len(x))

    def _verdict(self, x, y):
        epochs, last = len(self.mistakes), self.mistakes[-1]
        if self.converged:
            return f"Learnt: the last of {epochs} epochs made no mistake on the {len(x)} examples."
        failed = f"Not learnt: still {last} mistakes in the last of {epochs} epochs."
        if x.size > PROVABLE:
            return f"{failed} Either it needs more epochs, or no perceptron can learn these {len(x)} examples."
        divider = {1: "point", 2: "straight line", 3: "plane"}.get(x.shape[1], "hyperplane")
        if separable(x, y):
            return f"{failed} A {divider} that separates these {len(x)} examples exists: give it more epochs."
        return (
            f"{failed} No perceptron can learn these {len(x)} examples: no {divider} has all of 1 on one side and all "
            "of 0 on the other."
        )

    # -- configuration -----------------------------------------------------------------------------------------------

    def get_config(self):
        """Weights, threshold and dtype as plain data."""
        weights = None if self.weights is None else self.weights.tolist()
        return {"weights": weights, "threshold": self.threshold, "dtype": self.neuron.dtype}


def _number(name, value):
    number = np.asarray(value)
    if number.shape != () or number.dtype.kind not in "buif" or not np.isfinite(number):
        raise ValueError(f"Expected {name} as one finite number. Received: {value!r}.")
    return float(number)
