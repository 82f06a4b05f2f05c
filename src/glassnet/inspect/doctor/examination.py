"""The examination: the network's own operations run on copies of its vectors, so that looking changes no number."""

import copy
import functools
import math

import numpy as np

from glassnet.engine.graph import Graph
from glassnet.engine.kernels.gather import add_gather
from glassnet.engine.layout import Vector, aligned_zeros
from glassnet.engine.program import Program
from glassnet.examples import count, several
from glassnet.initializers import compute_fans
from glassnet.inspect.doctor.output import outputs_of
from glassnet.layers.structure import flatten
from glassnet.objective import plan_objective

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
    `loss`, `chosen` (which examples these are), `layers` (the nodes with a trainable kernel, in order), `hidden` and `last`
    (those of them that do not make an output, and that do), `ends` (an `Output` for each with a loss), `tensors` and `losses`
    (of each of these: the output, and its loss).
    """

    def __init__(self, model, x, y):
        self.model, self.x, self.y = model, x, y
        looked_at = min(self.examples, EXAMPLES)
        self.chosen = np.arange(looked_at) * self.examples // looked_at
        self.ends = outputs_of(model)
        # The optimizer is built on a copy of the object, so that one that was not built before stays so.
        self._optimizer = copy.copy(model.optimizer)
        self._optimizer.build(model.params_variables)
        self._began = [model.params.array.copy(), model.state.array.copy(), self._optimizer.slots.array.copy()]
        self._params, self._state = Vector(model.params.layout, model.dtype), Vector(model.state.layout, model.dtype)
        self._slots = aligned_zeros(self._began[2].size, model.dtype)
        self._restore()
        self.probe, self._inputs, outputs, losses = self._program(looked_at)
        self.probe.begin(self.chosen)
        calls = self.probe.calls("gather", "forward", "loss", backward=True)
        self.probe.steps(calls, np.full(1, NO_STEP), training=False)
        self.loss = float(self.probe.acts["loss"][()])
        self.losses = [float(self.probe.acts[tensor.name][()]) for tensor in losses]
        self.tensors = [outputs[end.number] for end in self.ends]
        self.layers = [node for node in self.probe.graph.nodes if node.phase == "forward" and kernels(node)]
        self.last = [node for node in self.layers if node in self._ending()] or self.layers[-1:]
        self.hidden = [node for node in self.layers if node not in self.last]

    @property
    def examples(self):
        """How many examples the data have."""
        return count(self.x)

    @property
    def targets(self):
        """The targets (N, ...) of each output with a loss."""
        return [array for array in several(self.y) if array is not None]

    def _program(self, batch_size):
        """The network with data, loss and optimizer around it, on copies of its vectors.

        Returns: The `Program`; the tensors of the inputs, the outputs, and the losses of these.
        """
        model, graph = self.model, Graph()
        inputs, outputs = (flatten(tensors) for tensors in model.plan(graph))
        objective = plan_objective(graph, model, outputs, [False] * len(outputs))
        parts = [part for part in objective.parts if part is not None]
        data = [*several(self.x), *self.targets]
        tensors = [*inputs, *(part.target for part in parts)]
        gathers = [add_gather(graph, tensor, array.dtype.name) for tensor, array in zip(tensors, data, strict=True)]
        self._optimizer.plan(graph, model.params, [variable for variable in model.variables if variable.trainable])
        program = Program(graph, self._params, self._state, batch_size, model.dtype, self._slots)
        for gather, array in zip(gathers, data, strict=True):
            program.set_source(gather, array)
        return program, inputs, outputs, [part.loss.outputs[0] for part in parts]

    def _ending(self):
        """The nodes that the outputs come from, behind which there is nothing but activations and the like."""
        writers = {tensor.name: node for node in self.probe.graph.nodes for tensor in node.outputs if tensor is not None}
        found = []
        for tensor in self.tensors:
            node = writers.get(tensor.name)
            while node is not None and not any(v is not None for v in node.variables) and len(node.inputs) == 1:
                node = writers.get(node.inputs[0].name)
            found += [node] * (node is not None)
        return found

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
        """Whether a node computes an output of the network."""
        return node.writes in [tensor.name for tensor in self.tensors]

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
        """What the first layers with weights read: `[(matrix (rows, features), numbers of the inputs that it comes from)]`.

        Layers are left out that have no use for a scale: a table of embeddings, or one that scales by itself.
        """
        first = {}
        for number, tensor in enumerate(self._inputs):
            node = self._first_reader(tensor)
            if node is not None and node.operation.name != "embedding" and len(node.variables[0].shape) >= 2:
                first.setdefault(node, []).append(number)
        return [(self._rows(node.inputs[0]), numbers) for node, numbers in first.items()]

    def _first_reader(self, tensor):
        """The first node with weights that depends on a tensor; None where there is none."""
        reached = {tensor.name}
        for node in self.probe.graph.nodes:
            if node.phase == "forward" and any(t is not None and t.name in reached for t in node.inputs):
                if node.variables:
                    return node
                reached |= {t.name for t in node.outputs if t is not None}
        return None

    def _rows(self, tensor):
        numbers = self.values(tensor)
        return numbers.reshape(-1, numbers.shape[-1]).astype(np.float64)

    @functools.cached_property
    def learning_rate(self):
        """The present learning rate; None where a function of the user is asked for it, which might count its calls."""
        return None if callable(self._optimizer.get_config()["learning_rate"]) else float(self._optimizer.learning_rate)

    @functools.cached_property
    def _stepper(self):
        program = self._program(min(TRIAL_BATCH, self.examples))[0]
        random, length = np.random.default_rng(0), TRIAL_STEPS * program.batch_size
        orders = [random.permutation(self.examples) for _ in range(-(-length // self.examples))]
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
    def constant_losses(self):
        """For each output with a loss that of the best constant, see `Output.constant_loss`."""
        pairs = zip(self.ends, self.targets, strict=True)
        return [end.constant_loss(target[self.chosen], self.model.dtype) for end, target in pairs]

    @property
    def constant_loss(self):
        """The loss where every output is its best constant."""
        return sum(end.factor * loss for end, loss in zip(self.ends, self.constant_losses, strict=True))


def kernels(node):
    """The trainable variables of a node that are matrices or more: its kernels, without biases, which are rows for each gate or
    head in some layers."""
    matrices = [v for v in node.variables if v is not None and v.trainable and len(v.shape) >= 2]
    return [variable for variable in matrices if variable.path.rpartition("/")[2] != "bias"]


def _glorot_norm(shape):
    """The norm that a kernel of this shape has on average after Glorot's initialisation."""
    fan_in, fan_out = compute_fans(shape)
    return math.sqrt(2 * math.prod(shape) / (fan_in + fan_out))
