"""What recurrent layers share: arguments, weights, states, masks, and their place in a graph."""

import math

import numpy as np

from glassnet import activations, initializers, regularizers
from glassnet.engine.kernels.dropout import DROPOUT
from glassnet.engine.kernels.recurrent import NO_NUDGE, scratch_sizes
from glassnet.engine.kernels.sequence import (
    DROPOUT_MASK,
    KEEP_STATE,
    ONE_STEP,
    READ_STATE,
    REVERSE,
    THROUGH_TIME,
)
from glassnet.layers.keras_tensor import is_symbolic
from glassnet.layers.layer import Layer
from glassnet.layers.masking import masked
from glassnet.random import draw_seed


class SequenceReader(Layer):
    """A layer that reads a sequence (B, T, I), and may be given a state (B, U) to begin with and a mask (B, T)."""

    least_axes = 3
    one_shape = False
    stateful = False

    def __call__(self, inputs, initial_state=None, mask=None, training=False):
        """The layer's output, with `return_state` a list of it and the last states.

        Arguments:
            inputs: Array (B, T, I), or a symbolic tensor.
            initial_state: List of arrays (B, U) or symbolic tensors, one for each of the states; None for zeros.
            mask: Array (B, T): true for steps that count. Symbolic tensors bring their own.
            training: Whether to behave as in training (dropout).
        """
        states = list(initial_state) if isinstance(initial_state, list | tuple) else [initial_state]
        if not is_symbolic([inputs]):
            inputs = np.asarray(inputs)
            if self.stateful and not self.built and inputs.ndim == 3:
                self.build(inputs.shape)
            for state in states:
                self._check_shape("an initial state", state, (len(inputs), self.units))
            self._check_shape("a mask", mask, inputs.shape[:2])
        given = {"initial_state": None if initial_state is None else states, "mask": mask}
        given = {name: value for name, value in given.items() if value is not None}
        return super().__call__(inputs, training=training, **given)

    def _check_shape(self, what, given, shape):
        if given is not None and np.shape(given) != shape:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected {what} of shape {shape}. Received: shape {np.shape(given)}."
            )


class Recurrent(SequenceReader):
    """A layer that reads a sequence step by step and carries a state along.

    Arguments:
        units: Length of the state (U).
        activation: Name or object, of single numbers; None for none.
        use_bias: Whether the weighted sums have biases.
        kernel_initializer, recurrent_initializer, bias_initializer: Where training starts from.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: Penalties, or None.
        dropout: Share of the inputs left out while training, the same ones at all steps of a sequence.
        recurrent_dropout: The same of the state on its way through the recurrent kernel, drawn for each gate.
        seed: Of dropout; drawn where none is given.
        return_sequences: Whether the states of all steps are the output, or the last one alone.
        return_state: Whether the last state is returned, too, as `[output, state, ...]`.
        go_backwards: Whether the sequence is read from its end; the output is in the order of reading.
        stateful: Whether a batch begins with the states that the batch before ended with, example by example. The batch size must
            be known: `Input(..., batch_size=...)`. `reset_state()` begins anew.
        unroll: As in Keras, where it chooses between two ways to the same numbers. Here there is one.
        zero_output_for_mask: Whether a masked step's output is 0, and not the state so far.

    Inputs (B, T, I). Outputs (B, U), with `return_sequences` (B, T, U). A masked step leaves the state as it was.
    """

    gates = 1
    states = ("h",)
    """Names of the states, the output first."""

    def __init__(
        self,
        units,
        *,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        zero_output_for_mask=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._what = f"{type(self).__name__} '{self.name}'"
        if not isinstance(units, int) or units < 1:
            raise ValueError(f"{self._what} expected a positive whole number of units. Received: {units!r}.")
        self.units = units
        self.activation = activations.get(activation) or activations.linear
        self.activation.elementwise(self._what)
        self.use_bias = bool(use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        for name, rate in (("dropout", dropout), ("recurrent_dropout", recurrent_dropout)):
            if not 0 <= rate < 1:
                raise ValueError(f"{self._what} expected {name} from 0 to below 1. Received: {rate!r}.")
        self.dropout, self.recurrent_dropout = dropout, recurrent_dropout
        self.seed = draw_seed(seed)
        self.return_sequences, self.return_state = bool(return_sequences), bool(return_state)
        self.go_backwards, self.stateful, self.unroll = bool(go_backwards), bool(stateful), bool(unroll)
        self.zero_output_for_mask = bool(zero_output_for_mask)
        self.kernel = self.recurrent_kernel = self.bias = None
        self.kept_states = ()

    # -- weights -------------------------------------------------------------------------------------------------------

    @property
    def bias_shape(self):
        return (self.gates * self.units,)

    def build(self, input_shape):
        if len(input_shape) != 3:
            raise ValueError(f"{self._what} expected inputs of shape (batch, steps, features). Received: {tuple(input_shape)}.")
        columns = self.gates * self.units
        self.weights.clear()
        self.kernel = self.add_weight(
            (input_shape[-1], columns), self.kernel_initializer, regularizer=self.kernel_regularizer, name="kernel"
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, columns), self.recurrent_initializer, regularizer=self.recurrent_regularizer, name="recurrent_kernel"
        )
        if self.use_bias:
            self.bias = self.add_weight(self.bias_shape, self._start_bias, regularizer=self.bias_regularizer, name="bias")
        if self.stateful:
            if input_shape[0] is None:
                raise ValueError(
                    f"{self._what} is stateful and expected a known batch size. Received: inputs of shape "
                    f"{tuple(input_shape)}. Give it: Input({tuple(input_shape[1:])}, batch_size=...)."
                )
            self.kept_states = tuple(
                self.add_weight((input_shape[0], self.units), "zeros", trainable=False, name=f"kept_{name}")
                for name in self.states
            )
            for variable in self.kept_states:
                variable.is_weight = False
        super().build(input_shape)

    def _start_bias(self, shape, dtype=None):
        return self.bias_initializer(shape, dtype=dtype)

    def reset_state(self):
        """Lets the next batch begin with states of 0."""
        for variable in self.kept_states:
            variable.assign(np.zeros(variable.shape))

    reset_states = reset_state

    # -- shapes and graph ----------------------------------------------------------------------------------------------

    def compute_output_shape(self, input_shape):
        batch = input_shape[0]
        output = (*input_shape[:2], self.units) if self.return_sequences else (batch, self.units)
        return [output, *[(batch, self.units)] * len(self.states)] if self.return_state else output

    def parts(self):
        """(operation, constants, names of the gates' tensors) of the layer."""
        raise NotImplementedError(f"Expected {type(self).__name__} to define parts(). Do so.")

    def plan(self, graph, x, initial_state=None, mask=None):
        """Adds the layer to a graph. Returns the output tensor, or with `return_state` a list of it and the last states.

        Arguments:
            graph: `Graph`.
            x: Tensor (B, T, I).
            initial_state: Tensors (B, U), one for each of `states`, or None for zeros.
            mask: Tensor (B, T) of the steps that count; that of `x` where None.
        """
        steps, inputs = x.shape
        if inputs != self.kernel.shape[0]:
            raise ValueError(f"{self._what} expected inputs of {self.kernel.shape[0]} features, got {inputs}.")
        name, units, given_mask = self.name, self.units, x.mask if mask is None else mask
        mask = given_mask
        if mask is not None and mask.shape != (steps,):
            raise ValueError(f"{self._what} expected a mask of {steps} steps. Received: a mask of shape {mask.shape}.")
        if self.go_backwards:
            x = self._reversed(graph, x, f"{name}/reversed")
            mask = None if mask is None else self._reversed(graph, mask, f"{name}/reversed_mask")
        if self.dropout:
            x = self._dropped(graph, x)
        operation, constants, gate_names = self.parts()
        groups, kept = self._groups, None
        if self.recurrent_dropout:
            groups = self.gates
            kept = self._kept_of_state(graph)
        initial = self._initial_states(graph, initial_state)
        h = graph.tensor(f"{name}/h", (steps, units))
        sums = graph.tensor(f"{name}/sums", (steps, self._width * units))
        c = graph.tensor(f"{name}/c", (steps, units)) if "c" in self.states else None
        gates = [graph.tensor(f"{name}/{gate}", (steps, units)) for gate in gate_names]
        scratch, room = scratch_sizes(steps, inputs, units)
        inside = (h, sums, c, *gates, *[None] * (4 - len(gates)))
        graph.add(
            operation,
            inputs=(x, *initial, *[None] * (2 - len(initial)), mask, kept),
            outputs=inside,
            variables=(self.kernel, self.recurrent_kernel, self.bias),
            sizes=(steps, inputs, units, groups, *NO_NUDGE),
            constants=(0.0, *constants),
            scratch=scratch,
            room=room,
            work=steps * units * self.gates * (units + inputs),
            layer=name,
        )
        graph.add(THROUGH_TIME, inputs=(h, c, sums, *inside[3:]), sizes=(steps * units,), layer=name)
        sequence = h
        if self.zero_output_for_mask and mask is not None:
            sequence = masked(graph, h, mask, f"{name}/a", name)
        last = []
        if self.return_state or self.kept_states or (sequence is h and not self.return_sequences):
            last = [one_step(graph, h, steps - 1, f"{name}/h_last", name)]
        if c is not None and (self.return_state or self.kept_states):
            last.append(one_step(graph, c, steps - 1, f"{name}/c_last", name))
        for variable, tensor in zip(self.kept_states, last, strict=False):
            graph.add(KEEP_STATE, inputs=(tensor,), state=(variable,), sizes=(units,), layer=name)
        if self.return_sequences:
            output = graph.alias(sequence.name, sequence)
            output.mask = given_mask
        else:
            output = last[0] if sequence is h else one_step(graph, sequence, steps - 1, f"{name}/a_last", name)
        return [output, *last] if self.return_state else output

    def plan_with_activity(self, graph, x, initial_state, mask):
        """`plan`, and the penalty on the output behind it, for a layer that is a part of another."""
        result = self.plan(graph, x, initial_state, mask)
        if self.activity_regularizer is not None:
            output = result[0] if self.return_state else result
            self.activity_regularizer.plan_activity(graph, output, f"{self.name}/activity_penalty")
        return result

    _groups = 1
    _width = 1

    def _reversed(self, graph, x, name):
        y = graph.tensor(name, x.shape)
        size = x.shape[1] if len(x.shape) > 1 else 1
        graph.add(REVERSE, inputs=(x,), outputs=(y,), sizes=(x.shape[0], size), layer=self.name)
        return y

    def _dropped(self, graph, x):
        """The inputs with dropout: one mask (B, I) for all steps."""
        mask = graph.tensor(f"{self.name}/dropout_mask", x.shape[1:])
        dropped = graph.tensor(f"{self.name}/dropped", x.shape)
        seed = self.seed % 2**63
        graph.add(
            DROPOUT, inputs=(x,), outputs=(dropped, mask), sizes=x.shape, constants=(self.dropout,), seed=seed, layer=self.name
        )
        return dropped

    def _kept_of_state(self, graph):
        """What dropout keeps of the state on its way to each gate: (B, G, U)."""
        mask = graph.tensor(f"{self.name}/recurrent_dropout_mask", (self.gates, self.units))
        seed, sizes = (self.seed + 1) % 2**63, (self.gates * self.units,)
        graph.add(DROPOUT_MASK, outputs=(mask,), sizes=sizes, constants=(self.recurrent_dropout,), seed=seed, layer=self.name)
        return mask

    def _initial_states(self, graph, given):
        if given is not None:
            given = list(given) if isinstance(given, list | tuple) else [given]
            shapes = [tuple(tensor.shape) for tensor in given]
            if shapes != [(self.units,)] * len(self.states):
                raise ValueError(
                    f"{self._what} expected {len(self.states)} initial states of {self.units} numbers. Received: {shapes}."
                )
            return given
        initial = []
        for state, variable in zip(self.states, self.kept_states, strict=False):
            graph.fix_batch_size(variable.shape[0], self._what)
            tensor = graph.tensor(f"{self.name}/{state}_before", (self.units,))
            graph.add(READ_STATE, outputs=(tensor,), state=(variable,), sizes=(self.units,), layer=self.name)
            initial.append(tensor)
        return initial

    def get_config(self):
        config = {**super().get_config(), "units": self.units, "activation": activations.serialize(self.activation)}
        for part in ("kernel", "recurrent", "bias"):
            config[f"{part}_initializer"] = initializers.serialize(getattr(self, f"{part}_initializer"))
            config[f"{part}_regularizer"] = regularizers.serialize(getattr(self, f"{part}_regularizer"))
        plain = ("use_bias", "dropout", "recurrent_dropout", "seed", "return_sequences", "return_state", "go_backwards")
        return {**config, **{name: getattr(self, name) for name in (*plain, "stateful", "unroll", "zero_output_for_mask")}}


def one_step(graph, x, t, name, layer):
    """The tensor (B, ...) of step t of x (B, T, ...), and the node that copies it."""
    y = graph.tensor(name, x.shape[1:])
    graph.add(ONE_STEP, inputs=(x,), outputs=(y,), sizes=(x.shape[0], math.prod(x.shape[1:]), t), layer=layer)
    return y
