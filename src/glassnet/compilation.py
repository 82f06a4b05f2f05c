"""A model compiled for training: its graph with data, loss, metrics and optimiser around the layers, as a program."""

import contextlib
import functools

from glassnet.engine.graph import Graph
from glassnet.engine.kernels.gather import add_gather
from glassnet.engine.kernels.keep import add_keep
from glassnet.engine.kernels.rescale import RESCALE
from glassnet.engine.program import Program
from glassnet.examples import check_limits, several
from glassnet.layers.structure import flatten
from glassnet.objective import plan_objective


class CompiledNetwork:
    """A program together with what a trainer must know of it: where data come in and where the measures come out.

    Arguments:
        model: The model, built, and compiled where there are labels.
        batch_size: Largest number of examples at once.
        x_dtype, y_dtype, weight_dtype: Of the data: one, or a tuple for several inputs or outputs; None where there are none.

    Attributes: `program`; `inputs`, `outputs` (lists of tensors); `input`, `output` (the tensor, or the structure of them).
    """

    def __init__(self, model, batch_size, x_dtype, y_dtype, weight_dtype):
        graph = Graph()
        self.input, self.output = model.plan(graph)
        self.inputs, self.outputs = flatten(self.input), flatten(self.output)
        slots = None
        self._sources, self._data = [], None
        self.chunk = 1  # steps that take about as long as a chunk may; the trainer finds out
        if y_dtype:
            objective = plan_objective(
                graph, model, self.outputs, [dtype is not None for dtype in _each(weight_dtype, self.outputs)]
            )
            self._plan_gathers(graph, _each(x_dtype, self.inputs), _each(y_dtype, self.outputs), weight_dtype, objective)
            self._objective = objective
            self._metrics = []
            for name, metric, weighted, number in model._resolve_metrics([tensor.shape for tensor in self.outputs]):
                part = objective.parts[number]
                weights = part.weights if weighted else None
                nodes = metric.plan(graph, self.outputs[number], part.target, weights, name=f"metrics/{name}")
                self._metrics.append((name, metric, nodes[-1]))
            self._log_order = self._names(model)
            self.trained = [variable for variable in model.variables if variable.trainable]
            model.optimizer.build(model.params_variables)
            model.optimizer.plan(graph, model.params, self.trained, model.learning_rate_multipliers())
            slots = model.optimizer.slots.array
            self.keep = add_keep(graph)
        self.program = Program(graph, model.params, model.state, batch_size, model.dtype, slots)

    @functools.cached_property
    def values(self):
        """The numbers of a batch's inputs and those of its outputs, as two lists of views on the program's memory."""
        return tuple([self.program.value(tensor) for tensor in tensors] for tensors in (self.inputs, self.outputs))

    def _plan_gathers(self, graph, x_dtypes, y_dtypes, weight_dtypes, objective):
        """Adds the nodes that fetch the data: a row for each input, target and weight."""
        for tensor, dtype in zip(self.inputs, x_dtypes, strict=True):
            read_as_it_is = any(tensor.name == output.name for output in self.outputs)
            self._sources.append(add_gather(graph, tensor, dtype) if read_as_it_is else _gather_inputs(graph, tensor, dtype))
        parts = [part for part in objective.parts if part is not None]
        targets = [dtype for dtype in y_dtypes if dtype is not None]
        for part, dtype in zip(parts, targets, strict=True):
            self._sources.append(add_gather(graph, part.target, dtype))
        for part, dtype in zip(objective.parts, _each(weight_dtypes, objective.parts), strict=True):
            if part is not None and part.weights is not None:
                self._sources.append(add_gather(graph, part.weights, dtype))

    def _names(self, model):
        """The names in `logs`, in order: Keras sorts those of several outputs."""
        names = [name for name, _, _ in self._metrics]
        self._loss_parts = list(zip(model._loss_names(), (p for p in self._objective.parts if p is not None), strict=False))
        return ["loss", *(sorted([*names, *model._loss_names()]) if isinstance(model.loss, list) else names)]

    def read(self, *data):
        """Lets the gather rows read from x, y and weights."""
        check_limits(self.inputs, several(data[0]))
        self._data = data
        arrays = [array for part in data for array in several(part) if array is not None]
        for node, array in zip(self._sources, arrays, strict=True):
            self.program.set_source(node, array)

    @contextlib.contextmanager
    def other_data(self, *data):
        """Context in which other data are read: a validation amid a training, which then goes on as if nothing had been."""
        program, before = self.program, self._data
        run, totals, order = program.run.copy(), program.totals.copy(), program.memory.order
        self.read(*data)
        try:
            yield
        finally:
            if before is not None:
                self.read(*before)
            program.run[:], program.totals[:] = run, totals
            program.memory = program.memory._replace(order=order)

    def begin(self, order, iteration):
        """Begins an epoch: the order of examples, and all running sums at 0."""
        self.program.totals[:] = 0
        self.program.begin(order, step=iteration, iteration=iteration)

    def logs(self, totals=None):
        """Loss and metrics since `begin`, or those that follow from kept `program.totals`."""

        def sums(node):
            return self.program.node_totals(node, totals)

        total, count = sums(self._objective.loss)
        penalty = sum(sums(node)[0] for node in self._objective.penalties)
        logs = {"loss": float((total + penalty) / count)}
        for name, part in self._loss_parts:
            logs[name] = float(sums(part.loss)[0] / count)
        for name, metric, node in self._metrics:
            result = metric.result_from(sums(node))
            logs[name] = float(result) if getattr(result, "ndim", 0) == 0 else result
        return {name: logs[name] for name in self._log_order}


def _each(dtypes, tensors):
    """A dtype for each of several tensors; None for those that have none."""
    return dtypes if isinstance(dtypes, tuple) else (dtypes or None,) * len(tensors)


def _gather_inputs(graph, x, dtype):
    """Adds the node that fetches the inputs. A rescaling by two numbers behind them becomes part of it: one pass less."""
    readers = [node for node in graph.nodes if any(tensor is not None and tensor.name == x.name for tensor in node.inputs)]
    first = readers[0] if len(readers) == 1 else None
    if first is None or first.operation is not RESCALE or len(first.constants) != 2:
        return add_gather(graph, x, dtype)
    graph.nodes.remove(first)
    return add_gather(graph, first.outputs[0], dtype, *first.constants)
