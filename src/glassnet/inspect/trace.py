"""One step of a network with every number kept and named: what `model.trace(x, y)` returns."""

from collections.abc import Mapping

import numpy as np

from glassnet.engine.graph import Graph
from glassnet.engine.kernel import SKIP
from glassnet.engine.layout import Vector
from glassnet.engine.program import Program
from glassnet.engine.variable import Variable
from glassnet.inspect.names import AFTER, DERIVATIVE, suggestion
from glassnet.inspect.step import steps
from glassnet.inspect.table import html, table
from glassnet.inspect.update import updated_params


def trace(model, x, y=None, sample_weight=None, training=False):
    """Runs one example or a batch forward, through the loss, and backward, and keeps every number.

    Arguments:
        model: A model; compiled, where `y` is given.
        x: One example, shaped as the model's input, or a batch (B, ...).
        y: Its label or labels (B, ...); None for the way forward only.
        sample_weight: (B,) weights of the examples in the loss.
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
    if model.built and np.shape(x) == tuple(model.input_shape[1:]):
        x, y = np.asarray(x)[None], None if y is None else np.asarray(y)[None]
        sample_weight = None if sample_weight is None else np.reshape(sample_weight, 1)
    if y is not None:
        model._need_compile()
    x, y, weights = model._checked(x, y, sample_weight, need_y=y is not None)
    graph = Graph()
    fed, output = model.plan(graph)
    feeds = {fed.name: x}
    if y is not None:
        feeds["target"] = y
        target = graph.tensor("target", model.loss.target_shape(output.shape))
        if weights is not None:
            feeds["sample_weight"] = weights
            weights = graph.tensor("sample_weight", ())
        model.loss.plan_reduction(graph, model.loss.plan(graph, output, target), weights)
    params, state = _copy(model.params), _copy(model.state)
    program = Program(graph, params, state, len(x), model.dtype, input_gradients=(fed.name,))
    for name, numbers in feeds.items():
        program.acts[name][...] = numbers
    iteration = 0 if model.optimizer is None else int(model.optimizer.steps)
    program.begin([], step=iteration, iteration=iteration)
    program.once(program.prediction if y is None else program.gradient, len(x), training)
    return Trace(model, program, fed, output, training)


def _copy(vector):
    copy = Vector(vector.layout, vector.array.dtype)
    copy.array[:] = vector.array
    return copy


class Trace(Mapping):
    """Every number of one step by name: views on the memory in which the step was computed. Made by `trace`.

    `t["dense_1/z"]` is a tensor (B, ...) or a parameter, `t["d dense_1/z"]` the derivative of the loss by it (a layer's delta
    is that by its z), `t["new dense_1/kernel"]` what the optimiser would make of a parameter. Iterating gives all names.

    Attributes: `model`, `program`, `graph`, `input` and `output` (tensors of the graph), `batch_size`, `dtype`, `training`.
    """

    def __init__(self, model, program, input, output, training):
        self.model, self.program, self.graph = model, program, program.graph
        self.input, self.output = input, output
        self.batch_size, self.dtype, self.training = program.batch_size, program.dtype, training
        self.iteration = 0 if model.optimizer is None else int(model.optimizer.steps)
        self.variables = {variable.path: variable for variable in model.variables}
        self.tensors = {**self.graph.tensors, **self.graph.aliases}
        slots = None if model.optimizer is None else model.optimizer.slots
        self.slots = None if slots is None else slots.array.copy()
        self._after = None
        targets = [part for node in self.backward_nodes() for part in self.backward_targets(node)]
        reached = {part.path if isinstance(part, Variable) else part.name for part in targets}
        self._derivatives = [name for name, tensor in self.tensors.items() if tensor.name in reached]
        self._derivatives += [name for name in self.variables if name in reached]
        trained = [name for name, variable in self.variables.items() if variable.trainable]
        names = [*self.tensors, *self.variables, *(DERIVATIVE + name for name in self._derivatives)]
        self._names = dict.fromkeys([*names, *(AFTER + name for name in trained if name in reached)])

    def backward_nodes(self):
        """The operations of the backward pass, in its order."""
        return self.program._backward if "loss" in self.tensors else []

    def backward_targets(self, node):
        """The inputs and variables of a node by which the backward pass computed derivatives."""
        parts = zip((*node.inputs, *node.variables), self.program._modes[node], strict=True)
        return [part for part, mode in parts if mode != SKIP]

    # -- numbers by name -------------------------------------------------------------------------------------------------

    def __getitem__(self, name):
        if name not in self._names:
            raise KeyError(self._unknown(name))
        if name.startswith(DERIVATIVE):
            return _read_only(self._find(name.removeprefix(DERIVATIVE), self.program.gradient_of, self.program.grads))
        if name.startswith(AFTER):
            return _read_only(self._params_after()[name.removeprefix(AFTER)])
        params = self.program.params if name in self.program.params else self.program.state
        return _read_only(self._find(name, self.program.value, params))

    def _find(self, name, tensor_view, vector):
        return tensor_view(self.tensors[name]) if name in self.tensors else vector[name]

    def __iter__(self):
        return iter(self._names)

    def __len__(self):
        return len(self._names)

    def _unknown(self, name):
        """What is wrong with a name that is not there."""
        plain = str(name).removeprefix(DERIVATIVE).removeprefix(AFTER)
        if plain in self._names and "loss" not in self.tensors:
            return f"Expected a number of the way forward, because this trace has no labels. Received: {name!r}. Give y to trace(x, y)."
        if plain in self.variables and not self.variables[plain].trainable:
            return f"Expected a parameter that is trained. Received: {name!r}, which is frozen: its derivative is not computed."
        return f"Expected one of {', '.join(self._names)}. Received: {name!r}.{suggestion(name, self._names)}"

    def gradient(self, name):
        """The derivative of the loss by a tensor or parameter, shaped like it: `t["d " + name]`."""
        return self[DERIVATIVE + name]

    def update(self, name):
        """What the optimiser would add to a parameter: `t["new " + name] - t[name]`, an array shaped like it."""
        return self[AFTER + name] - self[name]

    def _params_after(self):
        if self._after is None:
            self._after = updated_params(self)
        return self._after

    # -- the loss --------------------------------------------------------------------------------------------------------

    @property
    def loss(self):
        """What training lowers: the mean loss of the examples and the penalties. A float."""
        return float(self["loss"]) + sum(float(self[node.outputs[0].name]) for node in self.penalties)

    @property
    def losses(self):
        """The loss of each example, (B, ...), before weights and mean: `t["loss/values"]`."""
        return self["loss/values"]

    @property
    def penalties(self):
        """The nodes of the regularizers."""
        return [node for node in self.graph.nodes if node.phase == "loss" and node.totals == 1]

    @property
    def prediction(self):
        """The network's output (B, ...)."""
        return _read_only(self.program.value(self.output))

    # -- the order of calculation, and what to look at ------------------------------------------------------------------

    def steps(self):
        """The order of calculation: a list of `Step`, one for each operation, forward, backward and of the optimiser."""
        return steps(self)

    def explain(self, name):
        """How a number comes about; see `explain.explain`."""
        return explain(self, name)

    def nudges(self, example=None):
        """What each output wants and how it can be had; see `nudge.nudges`."""
        return nudges(self, example)

    def __str__(self):
        return table(self)

    def __repr__(self):
        loss = f", loss {self.loss:.6g}" if "loss" in self.tensors else ""
        return f"<Trace of '{self.model.name}': {self.batch_size} examples{loss}>"

    def _repr_html_(self):
        return html(self)


def _read_only(view):
    view = view.view()
    view.flags.writeable = False
    return view
