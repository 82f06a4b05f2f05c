"""Operations of one's own as layers, with a forward and a backward function in plain Python that the engine compiles."""

import functools
import inspect

from numba.core.errors import NumbaError

from glassnet.engine.kernel import address, signature
from glassnet.engine.kernels.custom import custom
from glassnet.layers.keras_tensor import is_symbolic
from glassnet.layers.layer import Layer, layers, unique_name
from glassnet.layers.structure import flatten

operations = {}
"""All operations by name: a saved model finds its own among those that the program has made."""


class CustomOperation:
    """A forward and a backward function; made by `ops.operation`, which describes them."""

    def __init__(self, forward, backward, name=None, output_shape=None):
        self.forward, self.backward, self.output_shape = forward, backward, output_shape
        self.name = name or forward.__name__
        if not isinstance(self.name, str) or not self.name or "/" in self.name or self.name == "<lambda>":
            raise ValueError(f"Expected a name of the operation, without '/'. Received: name={self.name!r}.")
        self._made = functools.cache(self._make)

    def _make(self, inputs, variables, outputs, constants, dtype):
        arrays = len(inputs) + len(variables) + len(outputs)
        counts = arrays + constants, 2 * arrays + constants
        for what, function, count in zip(("forward", "backward"), (self.forward, self.backward), counts, strict=True):
            if function is not None:
                names = list(inspect.signature(function).parameters)
                if len(names) != count:
                    raise ValueError(
                        f"Operation '{self.name}' expected a {what} function of {count} arguments: one for each input, variable "
                        f"and output{', derivative by these' * (what == 'backward')} and constant. "
                        f"Received: ({', '.join(names)})."
                    )
        made = custom(self.name, self.forward, self.backward, inputs, variables, outputs, constants)
        for what, kernel in (("forward", made.forward), ("backward", made.backward)):
            try:
                if kernel is not None:
                    address(kernel, signature(dtype))
            except NumbaError as error:
                lines = [line.strip() for line in str(error).splitlines() if line.strip()]
                raise ValueError(
                    f"The {what} function of operation '{self.name}' cannot be compiled. It may use numbers, loops, and arrays "
                    f"it is given, but make no new arrays. Numba says: {' '.join(lines[:6])}"
                ) from error
        return made

    def parts(self, inputs, outputs, variables=(), constants=(), dtype="float32"):
        """The parts of a graph's node that do not depend on its place: operation, sizes and constants.

        Arguments:
            inputs, outputs: Shapes, without the batch axis.
            variables: Shapes.
            constants: Numbers.
            dtype: Of the network.
        """
        ranks = [tuple(map(len, shapes)) for shapes in (inputs, variables, outputs)]
        sizes = [size for shapes in (inputs, variables, outputs) for shape in shapes for size in shape]
        return {
            "operation": self._made(*ranks, len(constants), dtype),
            "sizes": tuple(sizes),
            "constants": tuple(constants),
        }

    def __call__(self, *inputs, variables=(), constants=(), name=None):
        """What the operation makes of its inputs: symbolic tensors, or arrays.

        Arguments:
            inputs: Symbolic tensors, or arrays (B, ...).
            variables: Weights of the layer in whose `call` this is: what its `add_weight` returned.
            constants: Numbers.
            name: Of the layer that the operation becomes; numbered, where none is given.
        """
        layer = OperationLayer(self, constants, variables, name=name)
        if len(inputs) == 1:
            return layer(inputs[0])
        return layer(list(inputs))

    def __repr__(self):
        return f"<operation {self.name}>"


@layers.add()
class OperationLayer(Layer):
    """An operation of one's own as a layer; see `ops.operation`.

    Arguments:
        operation: What `ops.operation` returned, or the name of it.
        constants: Numbers that its functions get behind the arrays.
        variables: Weights that they read, of the layer in whose `call` the operation is.

    Inputs: what the operation takes, a list where it takes several. Tensors: `name/a`; of several outputs `name/a_0`, `name/a_1`.
    """

    def __init__(self, operation, constants=(), variables=(), **kwargs):
        if isinstance(operation, str):
            if operation not in operations:
                raise ValueError(
                    f"Expected an operation that was made by ops.operation: {', '.join(operations) or 'there is none'}. "
                    f"Received: {operation!r}. Import the module that makes it before loading the model."
                )
            operation = operations[operation]
        kwargs["name"] = kwargs.get("name") or unique_name(operation.name)
        super().__init__(**kwargs)
        self.operation, self.constants = operation, tuple(float(number) for number in constants)
        self.weights = list(variables)

    one_shape = False

    def _is_structure(self, inputs):
        return isinstance(inputs, list | tuple) and (is_symbolic(inputs) or all(hasattr(part, "shape") for part in inputs))

    def compute_output_shape(self, input_shape):
        several = bool(input_shape) and isinstance(input_shape[0], list | tuple)
        outputs = self._shapes([tuple(shape)[1:] for shape in (input_shape if several else [input_shape])])
        return [(None, *shape) for shape in outputs] if self._several else (None, *outputs[0])

    def _shapes(self, inputs):
        given = self.operation.output_shape
        found = inputs[0] if given is None else given(*inputs)
        self._several = isinstance(found, list)
        return [tuple(shape) for shape in found] if self._several else [tuple(found)]

    def plan(self, graph, x):
        x = flatten(x)
        shapes = [tuple(tensor.shape) for tensor in x]
        outputs = self._shapes(shapes)
        names = [f"{self.name}/a_{n}" for n in range(len(outputs))] if self._several else [f"{self.name}/a"]
        made = [graph.tensor(name, shape) for name, shape in zip(names, outputs, strict=True)]
        read = tuple(self.weights)
        parts = self.operation.parts(shapes, outputs, [variable.shape for variable in read], self.constants, self.dtype)
        graph.add(inputs=tuple(x), outputs=tuple(made), variables=read, layer=self.name, **parts)
        return made if self._several else made[0]

    def get_config(self):
        if self.weights:
            raise ValueError(
                f"Cannot save operation '{self.name}' by itself: it reads weights. Put it into the call(...) of a layer of your "
                "own, which makes them."
            )
        return {**super().get_config(), "operation": self.operation.name, "constants": list(self.constants)}
