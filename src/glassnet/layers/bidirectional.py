"""A recurrent layer and its twin that reads from the end."""

from glassnet.engine.kernels.sequence import REVERSE
from glassnet.layers.layer import layers
from glassnet.layers.merge import Add, Average, Concatenate, Multiply
from glassnet.layers.recurrent import Recurrent, SequenceReader

MERGES = {"concat": Concatenate, "sum": Add, "mul": Multiply, "ave": Average}


@layers.add()
class Bidirectional(SequenceReader):
    """Reads a sequence from both ends: a recurrent layer beside a copy that goes backwards.

    Arguments:
        layer: A recurrent layer, such as `LSTM(32)`; what it has learnt is not taken over.
        merge_mode: What is made of both outputs: `"concat"` (side by side), `"sum"`, `"mul"`, `"ave"` (their mean), or None for a
            list of both.
        weights: Weights of both, in a list, to start from.
        backward_layer: The layer that goes backwards, where it is to be another one.

    Inputs (B, T, I); outputs as those of the layers, with `"concat"` twice as wide. With `return_state` the states of the first,
    then of the second follow. Tensors and weights are called `forward_lstm/...` and `backward_lstm/...`.
    Source: Schuster and Paliwal (1997).

    >>> import numpy as np
    >>> from glassnet.layers import GRU
    >>> Bidirectional(GRU(3, return_sequences=True))(np.ones((2, 5, 4))).shape
    (2, 5, 6)
    """

    def __init__(self, layer, merge_mode="concat", weights=None, backward_layer=None, **kwargs):
        super().__init__(**kwargs)
        given, backward = layers.get(layer), layers.get(backward_layer)
        for part in (given, backward) if backward is not None else (given,):
            if not isinstance(part, Recurrent):
                raise ValueError(f"Bidirectional '{self.name}' expected a recurrent layer, such as LSTM(32). Received: {part!r}.")
        if merge_mode not in (*MERGES, None):
            raise ValueError(
                f"Bidirectional '{self.name}' expected merge_mode as one of {', '.join(map(repr, MERGES))} or None. "
                f"Received: {merge_mode!r}."
            )
        self.merge_mode = merge_mode
        # What dropout leaves out is drawn anew for the way back.
        twin = {"go_backwards": not given.go_backwards, "seed": given.seed + 2}
        self.forward_layer = self._part(given, "forward")
        self.backward_layer = self._part(given if backward is None else backward, "backward", **({} if backward else twin))
        for name in ("return_sequences", "return_state", "stateful"):
            both = [getattr(part, name) for part in self.sublayers]
            if both[0] != both[1]:
                raise ValueError(
                    f"Bidirectional '{self.name}' expected layers of the same {name}. Received: {both[0]}, {both[1]}."
                )
        if self.forward_layer.go_backwards == self.backward_layer.go_backwards:
            raise ValueError(f"Bidirectional '{self.name}' expected one layer with go_backwards=True and one without.")
        self.units, self.return_sequences, self.return_state = given.units, given.return_sequences, given.return_state
        self.stateful = given.stateful
        self._start = weights

    @staticmethod
    def _part(layer, direction, **changes):
        """A new layer like one that is given."""
        config = {**layer.get_config(), **changes, "name": f"{direction}_{layer.name.removeprefix(direction + '_')}"}
        # Steps that are masked are not to be mixed with those of the other direction.
        return type(layer).from_config({**config, "zero_output_for_mask": layer.return_sequences})

    @property
    def sublayers(self):
        """Both layers."""
        return [self.forward_layer, self.backward_layer]

    def build(self, input_shape):
        self.weights.clear()
        for part in self.sublayers:
            part.build(input_shape)
            self.weights += part.weights
        super().build(input_shape)
        if self._start is not None:
            self.set_weights(self._start)

    def reset_state(self):
        """Lets the next batch begin with states of 0."""
        for part in self.sublayers:
            part.reset_state()

    def compute_output_shape(self, input_shape):
        first = self.forward_layer.compute_output_shape(input_shape)
        output, states = (first[0], first[1:]) if self.return_state else (first, [])
        if self.merge_mode == "concat":
            output = (*output[:-1], 2 * output[-1])
        outputs = [output, output] if self.merge_mode is None else [output]
        every = [*outputs, *states, *states]
        return every if len(every) > 1 else every[0]

    def plan(self, graph, x, initial_state=None, mask=None):
        """Adds both layers to a graph. Returns the output tensor, or a list of outputs and states.

        Arguments:
            graph: `Graph`.
            x: Tensor (B, T, I).
            initial_state: Tensors (B, U): those of the first layer, then those of the second; or None for zeros.
            mask: Tensor (B, T) of the steps that count; that of `x` where None.
        """
        given = [None, None]
        if initial_state is not None:
            half = len(initial_state) // 2
            given = initial_state[:half], initial_state[half:]
        mask = x.mask if mask is None else mask
        results = [part.plan_with_activity(graph, x, state, mask) for part, state in zip(self.sublayers, given, strict=True)]
        outputs, states = results, []
        if self.return_state:
            outputs, states = [found[0] for found in results], [state for found in results for state in found[1:]]
        if self.return_sequences:
            outputs = [
                self._turned_back(graph, tensor, part) if part is self.backward_layer else tensor
                for tensor, part in zip(outputs, self.sublayers, strict=True)
            ]
        if self.merge_mode is not None:
            outputs = [MERGES[self.merge_mode](name=self.name, dtype=self.dtype).plan(graph, outputs)]
        if self.return_sequences:
            for tensor in outputs:
                tensor.mask = mask
        every = [*outputs, *states]
        return every if len(every) > 1 else every[0]

    def _turned_back(self, graph, x, part):
        """The outputs of the layer that goes backwards in the order of the steps."""
        y = graph.tensor(f"{part.name}/in_order", x.shape)
        graph.add(REVERSE, inputs=(x,), outputs=(y,), sizes=x.shape, layer=self.name)
        return y

    def get_config(self):
        return {
            **super().get_config(),
            "layer": layers.serialize(self.forward_layer),
            "backward_layer": layers.serialize(self.backward_layer),
            "merge_mode": self.merge_mode,
        }
