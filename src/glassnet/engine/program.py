"""The network compiled to a table: a row for each operation, and the lists of calls that predict, evaluate and train."""

import contextlib

import numpy as np

from glassnet.engine.graph import Halves
from glassnet.engine.kernel import (
    ADD,
    BATCH,
    COLUMNS,
    FIRST,
    FIRST_HALF,
    HALF,
    ITERATION,
    MAILBOX,
    MULTIPLY,
    PART,
    PATCHES,
    RUN_SIZE,
    SECOND_HALF,
    SKIP,
    STEP,
    TRAINING,
    WATCHED,
    WHOLE,
    WRITE,
    address,
    signature,
)
from glassnet.engine.layout import VECTOR, Layout, Vector, aligned_zeros
from glassnet.engine.loop import CALL_SIZE, compute_half, run_calls, run_steps
from glassnet.engine.memory import Memory
from glassnet.engine.parallel import MAILBOX_SIZE, PARALLEL, assistant, job_signature, prepare
from glassnet.engine.patch_tile import multiply_patches, patch_signature
from glassnet.engine.tile import multiply

PHASES = ("gather", "forward", "loss", "metric", "update", "keep")
"""When a node's call is made: examples come in, layers, loss and penalties, metrics, clipping and optimiser, keeping."""


class Program:
    """A graph with its memory for mini-batches of one size.

    Arguments:
        graph: `Graph`.
        params: `Vector` that holds the nodes' variables.
        state: `Vector` that holds the nodes' state, or None.
        batch_size: Largest number of examples at once.
        dtype: `"float32"` or `"float64"`.
        slots: Flat array of the optimiser's own numbers, or None.
        input_gradients: Names of input tensors whose gradients are wanted, too.
        output_gradients: Names of tensors whose gradients are put there by whoever runs the backward pass.

    Attributes: `grads` (`Vector`, laid out as `params`), `acts` and `act_grads` (`Vector`s of all named tensors), `totals`
    (running sums), `memory`, `run`.
    """

    def __init__(self, graph, params, state, batch_size, dtype, slots=None, input_gradients=(), output_gradients=()):
        self.graph, self.batch_size, self.dtype = graph, batch_size, str(np.dtype(dtype))
        self.params, self.state = params, state
        self.grads = Vector(params.layout, dtype)
        arena = Layout(alignment=VECTOR)
        for tensor in graph.tensors.values():
            arena.add(tensor.name, (batch_size, *tensor.shape) if tensor.batched else tensor.shape)
        self.acts, self.act_grads = Vector(arena, dtype), Vector(arena, dtype)
        self._plan_gradients(input_gradients, output_gradients)
        constants, totals, rows = [0.0], 0, []
        self._rows, self._sizes = {}, {}
        for node in graph.nodes:
            before_sizes = [len(constants), totals, node.seed, 0, WHOLE, *self._offsets(node)]
            row = [*before_sizes, *node.sizes, *self._modes[node]]
            start = sum(map(len, rows))
            self._rows[node], self._sizes[node] = slice(start, start + len(row)), [start + len(before_sizes)]
            rows.append(row)
            if any(isinstance(kernel, Halves) for kernels in node.operation.stages for kernel in kernels):
                for part in (FIRST_HALF, SECOND_HALF):
                    rows.append([*row[:PART], part, *row[COLUMNS:]])
                    self._sizes[node].append(self._sizes[node][-1] + len(row))
            constants.extend(node.constants)
            totals += node.totals
        self._table = np.array([number for row in rows for number in row], np.int64)
        self.run = np.zeros(RUN_SIZE, np.int64)
        self.totals = np.zeros(totals, np.float64)
        self.memory = Memory(
            params=params.array,
            grads=self.grads.array,
            slots=np.zeros(0, dtype) if slots is None else slots,
            state=np.zeros(0, dtype) if state is None else state.array,
            acts=self.acts.array,
            act_grads=self.act_grads.array,
            scratch=aligned_zeros(
                max([node.scratch * batch_size + node.room for node in graph.nodes], default=0) + VECTOR, dtype
            ),
            consts=np.array(constants, dtype),
            totals=self.totals,
            order=np.zeros(0, np.int64),
        )
        work = batch_size * max([self._work(node) for node in graph.nodes], default=0)
        self.run[MULTIPLY] = address(multiply, job_signature(self.dtype))
        if any(node.operation.patches for node in graph.nodes):
            self.run[PATCHES] = address(multiply_patches, patch_signature(self.dtype))
        self._mailbox = None
        if work >= PARALLEL:
            prepare(self.dtype)
            self._mailbox = aligned_zeros(MAILBOX_SIZE, np.int64).reshape(1, -1)
            self.run[MAILBOX] = self._mailbox.ctypes.data
            self.run[HALF] = address(compute_half, job_signature(self.dtype))
        self._calls = {}
        self._sources = {}

    def _offsets(self, node):
        """Offsets of a node's tensors, variables and state, -1 for those that it does without."""
        for tensor in (*node.inputs, *node.outputs):
            yield -1 if tensor is None else self.acts.layout.offset(tensor.name)
        for vector, variables in ((self.params, node.variables), (self.state, node.state)):
            for variable in variables:
                yield -1 if variable is None else vector.layout.offset(variable.path)

    def _plan_gradients(self, input_gradients, output_gradients):
        """Decides for every input and variable of every node whether its gradient is skipped, written or added."""
        wanted = set(input_gradients)
        for node in self.graph.nodes:
            sources = any(t is not None and t.name in wanted for t in node.inputs)
            if node.operation.backward and (sources or any(v is not None and v.trainable for v in node.variables)):
                wanted.update(tensor.name for tensor in node.outputs if tensor is not None)
        written = set(output_gradients)
        self._modes, self._backward = {}, []
        for node in reversed(self.graph.nodes):
            tensors = [SKIP if t is None or t.name not in wanted else t.name for t in node.inputs]
            trained = [SKIP if v is None or not v.trainable else v for v in node.variables]
            modes = []
            reached = node.operation.backward is not None and any(target != SKIP for target in (*tensors, *trained))
            for target in (*tensors, *trained):
                if target == SKIP or not reached:
                    modes.append(SKIP)
                else:
                    modes.append(ADD if target in written else WRITE)
                    written.add(target)
            self._modes[node] = modes
            if reached:
                self._backward.append(node)

    def calls(self, *phases, backward=False):
        """The calls of the nodes of these phases, in order, with the backward pass behind the loss."""
        key = phases, backward
        if key not in self._calls:
            pairs = []
            for phase in PHASES:
                if phase in phases:
                    pairs += [(node, node.operation.stages[0]) for node in self.graph.nodes if node.phase == phase]
                if phase == "loss" and backward:
                    pairs += [(node, node.operation.stages[1]) for node in self._backward if node.phase in phases]
            self._calls[key] = self._made(pairs)
        return self._calls[key]

    def forward(self, nodes):
        """The calls that run some of the nodes forward, in the order given."""
        return self._made([(node, node.operation.stages[0]) for node in nodes])

    def _made(self, pairs):
        """The calls of pairs of a node and kernels of its operation."""
        made = [call for node, kernels in pairs for kernel in kernels for call in self._call(node, kernel)]
        return np.array(made, np.int64).reshape(-1, CALL_SIZE)

    def _call(self, node, kernel):
        """The call of a kernel, or the two calls of one that is called in halves; see `loop`."""
        rows, sig = self._rows[node], signature(self.dtype)
        in_halves = isinstance(kernel, Halves)
        if not in_halves or self._work(node) * self.batch_size < PARALLEL:
            yield address(kernel.kernel if in_halves else kernel, sig), rows.start, rows.stop, 0
            return
        length = rows.stop - rows.start
        for part in (FIRST_HALF, SECOND_HALF):
            begin = rows.stop + part * length
            yield address(kernel.kernel, sig), begin, begin + length, self._work(node)

    def _work(self, node):
        """Multiply-adds for each example. An update's are the same for every batch."""
        return node.work // self.batch_size if node.phase == "update" else node.work

    @property
    def prediction(self):
        return self.calls("forward")

    @property
    def gradient(self):
        return self.calls("forward", "loss", backward=True)

    @property
    def evaluation(self):
        return self.calls("gather", "forward", "loss", "metric")

    @property
    def training(self):
        return self.calls("gather", "forward", "loss", "metric", "update", backward=True)

    @property
    def training_kept(self):
        """The same, and behind each step what `set_keep` asks for."""
        return self.calls(*PHASES, backward=True)

    def value(self, tensor):
        """The tensor's numbers, (batch_size, ...): a view on `acts`."""
        return self._view(self.acts, tensor)

    def gradient_of(self, tensor):
        """The derivative of the loss by the tensor: a view on `act_grads`."""
        return self._view(self.act_grads, tensor)

    def _view(self, vector, tensor):
        return vector[tensor.name].reshape((self.batch_size, *tensor.shape) if tensor.batched else tensor.shape)

    def set_constants(self, node, constants):
        """Gives a node new constants, such as an optimiser's momentum."""
        start = self._table[self._rows[node]][0]
        self.memory.consts[start : start + len(constants)] = constants

    def node_totals(self, node, totals=None):
        """The running sums of a node, the present ones or those within kept `totals`: a view."""
        start = self._table[self._rows[node]][1]
        return (self.totals if totals is None else totals)[start : start + node.totals]

    def set_source(self, node, data):
        """Lets a gather node read from `data`, a C-contiguous array with an example in each row."""
        self._sources[node] = data  # compiled code holds only its address, so it must be kept alive here
        self.set_sizes(node, 0, (data.ctypes.data, len(data)))

    def set_keep(self, node, every, plan, places):
        """Lets a node copy the stretches of `plan` after every so many steps; see `kernels.keep` for the int64 arrays."""
        self._sources[node] = plan, places  # kept alive, as above
        self.set_sizes(node, 0, (every, len(plan), plan.ctypes.data, places.ctypes.data))

    def set_sizes(self, node, first, numbers):
        """Gives a node, and its halves, other sizes than planned, from number `first` on."""
        for start in self._sizes[node]:
            self._table[start + first : start + first + len(numbers)] = numbers

    def begin(self, order, step=0, iteration=0, first=0):
        """Sets the order of examples of an epoch and where in it to begin."""
        self._check_batches(len(order))
        self.memory = self.memory._replace(order=np.ascontiguousarray(order, np.int64))
        self.run[STEP], self.run[ITERATION], self.run[FIRST] = step, iteration, first

    def _check_batches(self, examples):
        """Refuses examples of which not all batches have the one size that is possible."""
        size = self.graph.batch_size
        if size is not None and (self.batch_size != size or examples % size):
            raise ValueError(
                f"Expected batches of {size} examples, because a layer keeps a state for each of them. Received: {examples} "
                f"examples in batches of {self.batch_size}. Give batch_size={size}, and a multiple of it examples."
            )

    def steps(self, calls, learning_rates, training):
        """Makes a chunk of steps, one for each learning rate. Derivatives that no kernel reads may be left out; see `once`."""
        self.run[TRAINING], self.run[WATCHED] = training, False
        with self._assistant():
            run_steps(calls, self._table, self.run, self.memory, self.batch_size, learning_rates)

    def _assistant(self):
        """Context in which a second thread helps, where there is work enough for it."""
        if self._mailbox is None:
            return contextlib.nullcontext()
        return assistant.helping(self._mailbox, self.dtype)

    def once(self, calls, batch, training=False):
        """Makes the calls once on the first `batch` examples in memory. Afterwards, every number of theirs is there."""
        self._check_batches(batch)
        self.run[TRAINING], self.run[WATCHED], self.run[BATCH] = training, True, batch
        run_calls(calls, self._table, self.run, self.memory)
