"""The examination: the network's own operations run on copies of its vectors, so that looking changes no number."""

import copy
import functools
import math

import numpy as np

from glassnet.engine.graph import Graph
from glassnet.engine.kernels.gather import add_gather
from glassnet.engine.layout import Vector, aligned_zeros
from glassnet.engine.program import Program
from glassnet.initializers import compute_fans

EXAMPLES = 1024
"""How many examples are looked at, evenly spread over the data."""
TRIAL_STEPS, TRIAL_BATCH = 20, 32
"""Steps of a trial of a learning rate, and the examples of each."""
RATE_FACTORS = (1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 1e2, 1e3, 1e4)
"""The learning rates that are tried, as multiples of the present one."""
NO_STEP = 0.0
"""The rate of steps that only compute gradients."""


class Examination:
    """What is measured of a network on some data; every number is read from the arena of a program of its own.

    Arguments:
        model: A compiled model.
        x, y: Its data as training reads them.

    Attributes: `probe` (the `Program` whose memory holds a forward and backward pass over the examples looked at),
    `loss`, `chosen` (which examples these are), `layers` (the nodes with a trainable kernel, in order), `output`
    (tensor).
    """

    def __init__(self, model, x, y):
        self.model, self.x, self.y = model, x, y
        count = min(len(x), EXAMPLES)
        self.chosen = np.arange(count) * len(x) // count
        # The optimizer is built on a copy of the object, so that one that was not built before stays so.
        self._optimizer = copy.copy(model.optimizer)
        self._optimizer.build(model.params_variables)
        self._began = [model.params.array.copy(), model.state.array.copy(), self._optimizer.slots.array.copy()]
        self._params, self._state = Vector(model.params.layout, model.dtype), Vector(model.state.layout, model.dtype)
        self._slots = aligned_zeros(self._began[2].size, model.dtype)
        self._restore()
        self.probe, self.output = self._program(count)
        self.probe.begin(self.chosen)
        calls = self.probe.calls("gather", "forward", "loss", backward=True)
        self.probe.steps(calls, np.full(1, NO_STEP), training=False)
        self.loss = float(self.probe.acts["loss"][()])
        self.layers = [node for node in self.probe.graph.nodes if node.phase == "forward" and kernels(node)]

    def _program(self, batch_size):
        """The network with data, loss and optimizer around it, on copies of its vectors: `(Program, output tensor)`."""
        model, graph = self.model, Graph()
        x, output = model.plan(graph)
        target = graph.tensor("target", model.loss.target_shape(output.shape))
        sources = []
        for tensor, data in ((x, self.x), (target, self.y)):
            sources.append((add_gather(graph, tensor, data.dtype.name), data))
        model.loss.plan_reduction(graph, model.loss.plan(graph, output, target), None)
        self._optimizer.plan(graph, model.params, [variable for variable in model.variables if variable.trainable])
        program = Program(graph, self._params, self._state, batch_size, model.dtype, self._slots)
        for gather, data in sources:
            program.set_source(gather, data)
        return program, output

    def _restore(self):
        for copied, began in zip((self._params.array, self._state.array, self._slots), self._began, strict=True):
            copied[...] = began

    @property
    def finite(self):
        """Whether the weights and the loss are finite."""
        return bool(np.isfinite(self._began[0]).all() and np.isfinite(self.loss))

    def activations(self, *operations):
        """The nodes of these activations."""
        return [node for node in self.probe.graph.nodes if node.operation.name in operations]

    def is_last(self, node):
        """Whether a node computes the network's output."""
        return node.writes == self.output.name

    def writer(self, tensor):
        """The node with a trainable kernel that computes a tensor; None where there is no such."""
        return next((node for node in self.layers if node.writes == tensor.name), None)

    def values(self, tensor):
        """The tensor's numbers for the examples looked at, (B, ...): a view."""
        return self.probe.value(tensor)

    def delta(self, node):
        """The derivative of the loss by what a node computes, (B, ...): a view."""
        return self.probe.gradient_of(node.outputs[0])

    def inputs(self):
        """What the first layer with weights reads, as a matrix (rows, features).

        None where that layer has no use for a scale: a table of embeddings, or one that scales by itself.
        """
        first = next((node for node in self.probe.graph.nodes if node.phase == "forward" and node.variables), None)
        if first is None or first.operation.name == "embedding" or len(first.variables[0].shape) < 2:
            return None
        numbers = self.values(first.inputs[0])
        return numbers.reshape(-1, numbers.shape[-1]).astype(np.float64)

    @functools.cached_property
    def learning_rate(self):
        """The present learning rate; None where a function of the user is asked for it, which might count its calls."""
        return None if callable(self._optimizer.get_config()["learning_rate"]) else float(self._optimizer.learning_rate)

    @functools.cached_property
    def _stepper(self):
        program, _ = self._program(min(TRIAL_BATCH, len(self.x)))
        random, length = np.random.default_rng(0), TRIAL_STEPS * program.batch_size
        orders = [random.permutation(len(self.x)) for _ in range(-(-length // len(self.x)))]
        return program, np.concatenate(orders)[:length]

    def _trial(self, factor):
        """`(loss, update ratios)` of steps at `factor` times the present rate, on copies, from where the network is."""
        program, order = self._stepper
        watched = [variable for node in self.layers for variable in kernels(node)]
        ratios = {variable.path: [] for variable in watched}
        self._restore()
        program.begin(order, step=int(self._optimizer.steps), iteration=int(self._optimizer.steps))
        rate = np.full(1, factor * self.learning_rate)
        with np.errstate(all="ignore"):  # that numbers grow beyond all limits is what a trial may find out
            for _ in range(TRIAL_STEPS):
                before = self._params.array.astype(np.float64)
                program.steps(program.training, rate, training=True)
                for variable in watched:
                    part = slice(variable.offset, variable.offset + variable.size)
                    norm = max(np.linalg.norm(before[part]), _glorot_norm(variable.shape))
                    ratio = np.linalg.norm(self._params.array[part] - before[part]) / norm
                    if np.isfinite(ratio):
                        ratios[variable.path].append(ratio)
            loss = self._loss_now()
        self._restore()
        return loss, {path: float(np.median(numbers)) for path, numbers in ratios.items() if numbers}

    def _loss_now(self):
        """The loss of the examples looked at, with the weights as a trial left them; infinite where it is no number."""
        if not np.isfinite(self._params.array).all():
            return np.inf
        kept = self.probe.acts.array.copy()
        self.probe.begin(self.chosen)
        calls = self.probe.calls("gather", "forward", "loss")
        self.probe.steps(calls, np.full(1, NO_STEP), training=False)
        loss = float(self.probe.acts["loss"][()])
        self.probe.acts.array[...] = kept
        return loss if np.isfinite(loss) else np.inf

    @functools.cached_property
    def _present_trial(self):
        return self._trial(1.0)

    @property
    def update_ratios(self):
        """`{path of a kernel: norm of a step relative to the kernel's}`, the median over a trial.

        A kernel near 0 counts with the norm that Glorot's initialisation would give it, because its own says little.
        """
        return {} if self.learning_rate is None or not self.layers else self._present_trial[1]

    @functools.cached_property
    def trials(self):
        """`{factor of the learning rate: loss after a trial}`; empty where there is no rate to multiply."""
        if not self.learning_rate or not self.layers:
            return {}
        return {f: self._present_trial[0] if f == 1 else self._trial(f)[0] for f in RATE_FACTORS}

    @property
    def scale(self):
        """What differences of the loss are compared with: the size of `constant_loss`, above 0."""
        return max(abs(self.constant_loss), np.finfo(np.float32).tiny)

    @functools.cached_property
    def constant_loss(self):
        """The loss of the best constant output: the classes' shares (ln C for C equally frequent ones), or the mean."""
        loss, target, shape = self.model.loss, self.y[self.chosen], self.output.shape
        if loss.target_shape(shape) == tuple(shape):
            constant = target.mean(axis=0, dtype=np.float64)
        else:
            counted = target[(target >= 0) & (target < shape[-1])].astype(np.int64)
            constant = np.bincount(counted, minlength=shape[-1]) / max(1, counted.size)
        if getattr(loss, "from_logits", False):
            inside = np.clip(constant, 1e-7, 1 - 1e-7)
            constant = np.log(inside) - (0 if shape[-1] > 1 else np.log1p(-inside))
        outputs = np.broadcast_to(constant, (len(target), *shape)).astype(self.model.dtype)
        return float(loss(target, outputs))


def kernels(node):
    """The trainable variables of a node that are matrices or more: its kernels, without biases, which are rows for each gate or
    head in some layers."""
    matrices = [v for v in node.variables if v is not None and v.trainable and len(v.shape) >= 2]
    return [variable for variable in matrices if variable.path.rpartition("/")[2] != "bias"]


def _glorot_norm(shape):
    """The norm that a kernel of this shape has on average after Glorot's initialisation."""
    fan_in, fan_out = compute_fans(shape)
    return math.sqrt(2 * math.prod(shape) / (fan_in + fan_out))
