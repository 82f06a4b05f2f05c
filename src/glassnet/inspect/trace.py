"""One step of a network with every number kept and named: what `model.trace(x, y)` returns."""

import functools
from collections.abc import Mapping

import numpy as np

from glassnet.engine.graph import Graph
from glassnet.engine.kernel import SKIP
from glassnet.engine.layout import Vector
from glassnet.engine.program import Program
from glassnet.engine.variable import Variable
from glassnet.examples import check_limits, count, several
from glassnet.inspect.chain import REDUCTIONS
from glassnet.inspect.difference import DoubleNetwork
from glassnet.inspect.example import as_batch
from glassnet.inspect.explain import compare, explain
from glassnet.inspect.names import AFTER, DERIVATIVE, split, suggestion, within
from glassnet.inspect.notebook import trace_html
from glassnet.inspect.nudge import nudges
from glassnet.inspect.slopes import LocalBackward
from glassnet.inspect.step import steps
from glassnet.inspect.table import table
from glassnet.inspect.update import Update
from glassnet.layers.structure import flatten, mapped
from glassnet.objective import plan_objective


def trace(model, x, y=None, sample_weight=None, training=False):
    """Runs one example or a batch forward, through the loss, and backward, and keeps every number.

    Arguments:
        model: A model; compiled, where `y` is given.
        x: One example, shaped as the model's input, or a batch (B, ...); of several inputs a list, tuple or dictionary.
        y: Its label or labels (B, ...); None for the way forward only. Of several outputs a list, tuple or dictionary.
        sample_weight: (B,) weights of the examples in the loss, or what `fit` takes.
        training: Whether layers such as Dropout behave as in training; they then draw what the next step would draw.

    Returns: `Trace`. Nothing of the model changes; weights are kept as they are now.

    Raises `ValueError` where x or y do not fit the model.

    >>> from glassnet import layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((2,)), layers.Dense(1, name="neuron")])
    >>> model.set_weights([[[2.0], [3.0]], [1.0]])
    >>> model.compile("sgd", "mean_squared_error")
    >>> t = trace(model, [1.0, 1.0], [5.0])
    >>> t["neuron/z"], t["d neuron/z"], t["d neuron/kernel"].ravel()
    (array([[6.]], dtype=float32), array([[2.]], dtype=float32), array([2., 2.], dtype=float32))
    """
    x, y, sample_weight = as_batch(model, x, y, sample_weight)
    if y is not None:
        model._need_compile()
    x, y, weights = model._data(x, y, sample_weight, need_y=y is not None)
    graph = Graph()
    fed, output = model.plan(graph)
    inputs, outputs = flatten(fed), flatten(output)
    check_limits(inputs, several(x))
    feeds = {tensor.name: array for tensor, array in zip(inputs, several(x), strict=True)}
    if y is None:  # penalties belong to the loss
        for node in [node for node in graph.nodes if node.phase != "forward"]:
            graph.nodes.remove(node)
            for tensor in node.outputs:
                del graph.tensors[tensor.name]
    else:
        weights = weights if isinstance(weights, tuple) else (weights,) * len(outputs)
        parts = plan_objective(graph, model, outputs, [w is not None for w in weights]).parts
        for part, label, weight in zip(parts, several(y), weights, strict=True):
            if part is not None:
                feeds[part.target.name] = label
            if part is not None and part.weights is not None:
                feeds[part.weights.name] = weight
    params, state = _copy(model.params), _copy(model.state)
    program = Program(graph, params, state, count(x), model.dtype, input_gradients=[tensor.name for tensor in inputs])
    for name, numbers in feeds.items():
        program.acts[name][...] = numbers
    iteration = 0 if model.optimizer is None else int(model.optimizer.steps)
    program.begin([], step=iteration, iteration=iteration)
    program.once(program.prediction if y is None else program.gradient, count(x), training)
    return Trace(model, program, fed, output, training)


def _copy(vector):
    copy = Vector(vector.layout, vector.array.dtype)
    copy.array[:] = vector.array
    return copy


class Trace(Mapping):
    """Every number of one step by name: views on the memory in which the step was computed. Made by `trace`.

    `t["dense_1/z"]` is a tensor (B, ...) or a parameter, `t["d dense_1/z"]` the derivative of the loss by it (a layer's
    delta is that by its z), `t["new dense_1/kernel"]` what the optimiser would make of a parameter. Iterating gives all
    names. The arrays are read-only.

    Attributes: `model`, `program`, `graph`, `input` and `output` (tensors of the graph, or structures of
    them), `tensors` and `variables` (by
    name), `batch_size`, `dtype`, `training`, `iteration` (of the optimiser, when it was traced).
    """

    def __init__(self, model, program, input, output, training):
        self.model, self.program, self.graph = model, program, program.graph
        self.input, self.output = input, output
        self.batch_size, self.dtype, self.training = program.batch_size, program.dtype, training
        self.iteration = 0 if model.optimizer is None else int(model.optimizer.steps)
        self.variables = {variable.path: variable for variable in model.variables}
        self.tensors = {**self.graph.tensors, **self.graph.aliases}
        self._local = {}
        targets = [part for node in self.backward_nodes() for part in self.backward_targets(node)]
        reached = {part.path if isinstance(part, Variable) else part.name for part in targets}
        self._derivatives = [name for name, tensor in self.tensors.items() if tensor.name in reached]
        self._derivatives += [name for name in self.variables if name in reached]
        self._derivatives += self._count_losses()
        self.optimizer_step = Update(model) if reached & self.variables.keys() else None
        trained = [name for name, variable in self.variables.items() if variable.trainable]
        names = [*self.tensors, *self.variables, *(DERIVATIVE + name for name in self._derivatives)]
        self._names = dict.fromkeys([*names, *(AFTER + name for name in trained if name in reached)])

    def _count_losses(self):
        """Writes down by how much each output's loss counts in the loss, which the backward pass begins with: these derivatives
        are constants of its kernels. Returns the losses' names."""
        found = {"loss": 1.0} if "loss" in self.tensors else {}
        for node in reversed(self.loss_sums()):
            parts = zip(node.inputs, node.constants, strict=True)
            found |= {tensor.name: factor * found[node.writes] for tensor, factor in parts if tensor is not None}
        for name, factor in found.items():
            self.program.gradient_of(self.tensors[name])[...] = factor
        return list(found)

    def loss_sums(self):
        """The operations that make one loss of those of several outputs, in order."""
        return [node for node in self.graph.nodes if node.operation.name == "add_losses"]

    def backward_nodes(self):
        """The operations of the backward pass, in its order."""
        return self.program._backward if "loss" in self.tensors else []

    def backward_targets(self, node):
        """The inputs and variables of a node by which the backward pass computed derivatives."""
        given = node.inputs[:1] if node.operation.name in REDUCTIONS else node.inputs  # not by weights or mask
        if node.operation.name == "embedding":  # nor by numbers of rows
            given = ()
        parts = zip((*node.inputs, *node.variables), self.program._modes[node], strict=True)
        return [part for part, mode in parts if mode != SKIP and (part in given or isinstance(part, Variable))]

    # -- numbers by name ---------------------------------------------------------------------------

    def __getitem__(self, name):
        if name not in self._names:
            raise KeyError(self._unknown(name))
        program = self.program
        if name in self.tensors:
            found = program.value(self.tensors[name])
        elif name in self.variables:
            found = (program.params if name in program.params else program.state)[name]
        elif name.startswith(AFTER):
            found = self._params_after[name.removeprefix(AFTER)]
        else:
            plain = name.removeprefix(DERIVATIVE)
            found = program.gradient_of(self.tensors[plain]) if plain in self.tensors else program.grads[plain]
        view = found.view()
        view.flags.writeable = False
        return view

    def __iter__(self):
        return iter(self._names)

    def __len__(self):
        return len(self._names)

    __eq__, __hash__ = object.__eq__, object.__hash__  # a Mapping would compare all arrays

    def _unknown(self, name):
        """What is wrong with a name that is not there."""
        plain = str(name).removeprefix(DERIVATIVE).removeprefix(AFTER)
        if plain in self._names and "loss" not in self.tensors:
            return (
                f"Expected a number of the way forward, because this trace has no labels. Received: {name!r}. "
                "Give y to trace(x, y)."
            )
        if plain in self.variables and not self.variables[plain].trainable:
            return f"Expected a parameter that is trained. Received: {name!r}, which is frozen and has no derivative."
        return f"Expected one of {', '.join(self._names)}. Received: {name!r}.{suggestion(name, self._names)}"

    def gradient(self, name):
        """The derivative of the loss by a tensor or parameter, shaped like it: `t["d " + name]`."""
        return self[DERIVATIVE + name]

    def update(self, name):
        """What the optimiser would add to a parameter: `t["new " + name] - t[name]`, an array shaped like it."""
        return self[AFTER + name] - self[name]

    @functools.cached_property
    def _params_after(self):
        return self.optimizer_step.params_after(self)

    # -- derivatives of single operations, and their proof -----------------------------------------

    def slope(self, output, input):
        """The derivative of one number of an operation's output by one of its input, from its own backward kernel.

        Arguments:
            output, input: References such as `"dense_1/a[0, 2]"` and `"dense_1/z[0, 2]"`.

        Raises `ValueError` where no single operation leads from the one to the other.
        """
        (out, out_at), (name, at) = self._place(output), self._place(input)
        for node in self.backward_nodes():
            written = [tensor.name for tensor in node.outputs if tensor is not None]
            if out in written and any(part.name == name for part in self.backward_targets(node)):
                return float(self.local(node).one(name, out, out_at)[at])
        raise ValueError(f"Expected the output of an operation and one of its inputs. Received: {output!r}, {input!r}.")

    def _place(self, reference):
        """Tensor and complete index of a reference."""
        name, index = split(reference)
        shape = self[name].shape
        tensor = self.tensors.get(name)
        if tensor is None or not tensor.batched:
            raise ValueError(f"Expected a number of a tensor, such as 'dense_1/z[0, 2]'. Received: {reference!r}.")
        flat = np.ravel_multi_index(within(index, shape, reference, True), shape)
        return tensor.name, tuple(map(int, np.unravel_index(flat, self[tensor.name].shape)))

    def local(self, node):
        """The backward pass of one node by itself: `LocalBackward`."""
        if node not in self._local:
            self._local[node] = LocalBackward(self, node)
        return self._local[node]

    @functools.cached_property
    def double_network(self):
        """The same network in float64, for finite differences."""
        return DoubleNetwork(self)

    # -- the loss ----------------------------------------------------------------------------------

    @property
    def loss(self):
        """What training lowers: the mean loss of the examples and the penalties. A float."""
        return float(self["loss"]) + sum(float(self[node.outputs[0].name]) for node in self.penalties)

    @property
    def losses(self):
        """The loss of each example, (B, ...), before weights and mean: `t["loss/values"]`. For several outputs see
        `t["name/loss/values"]`."""
        return self["loss/values"]

    @property
    def penalties(self):
        """The nodes of the regularizers."""
        return [node for node in self.graph.nodes if node.phase == "loss" and node.totals == 1]

    @property
    def prediction(self):
        """The network's output (B, ...); a list or dictionary of them for several."""
        return mapped(lambda tensor: self[tensor.name].reshape(self.batch_size, *tensor.shape), self.output)

    # -- the order of calculation, and what to look at ---------------------------------------------

    def steps(self):
        """The order of calculation: a list of `Step`, one for each operation, the optimiser's included."""
        return steps(self)

    def explain(self, name):
        """How a number comes about; see `explain.explain`."""
        return explain(self, name)

    def compare(self, first, second):
        """Which of two numbers matters more to the loss, and how many times, in words; see `explain.compare`."""
        return compare(self, first, second)

    def nudges(self, example=None):
        """What each output wants and how it can be had; see `nudge.nudges`."""
        return nudges(self, example)

    def __str__(self):
        return table(self)

    def __repr__(self):
        loss = f", loss {self.loss:.6g}" if "loss" in self.tensors else ""
        return f"<Trace of '{self.model.name}': {self.batch_size} example{'s' * (self.batch_size != 1)}{loss}>"

    def _repr_html_(self):
        return trace_html(self)
