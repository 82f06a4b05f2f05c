"""A network as a graph of operations on named tensors, before sizes of batches and addresses are known."""

import contextlib
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Halves:
    """A kernel that is called twice where there is much work, for two processors: `row[PART]` says which half it is to compute.

    The same two halves are computed whatever the number of processors. They may run at the same time, so neither may write what
    the other reads or writes. `kernel.half_of_batch` gives the examples of a half. What both contribute to, such as the gradient
    of a parameter, each writes to a scratch of its own, and a kernel behind them adds up in a fixed order.
    """

    kernel: object


@dataclass(frozen=True)
class Operation:
    """What a row of a program does.

    Arguments:
        name: Of the operation, such as `"dense"`.
        forward: Kernel that computes the outputs: a compiled function, `Halves`, or a tuple of these that are called in turn.
        backward: The same for the gradients of inputs and parameters from the outputs' gradients; None where the operation has
            no derivative.
        patches: Whether its kernels call `patch_tile.multiply_patches`, at the address `run[PATCHES]`.
    """

    name: str
    forward: object
    backward: object = None
    patches: bool = False

    @property
    def stages(self):
        """The kernels of `forward` and those of `backward`, as two tuples."""
        return tuple(k if isinstance(k, tuple) else () if k is None else (k,) for k in (self.forward, self.backward))


@dataclass(eq=False)
class Tensor:
    """A named tensor of the arena.

    Arguments:
        name: Such as `"dense_1/z"`.
        shape: Without the batch axis, unless `batched` is False.
        batched: Whether there is one for each example of a batch.
        mask: Tensor (T,) beside one (T, ...): 1 for steps that count, 0 for padding; None where all count.
        limit: Where its numbers choose rows of a table, how many rows there are: they must be whole, and below it.
    """

    name: str
    shape: tuple
    batched: bool = True
    mask: "Tensor | None" = None
    limit: int | None = None


@dataclass(eq=False)
class Node:
    """One operation at work: which tensors, parameters and numbers it reads and writes.

    The row of the program table is, behind the common columns: offsets of `inputs`, `outputs`, `variables`, `state`,
    then `sizes`, then for each of `inputs` and `variables` what its backward pass does with the gradient (`SKIP`, `WRITE`,
    `ADD`). A missing (None) tensor or variable has the offset -1.

    Arguments:
        operation: `Operation`.
        inputs: Tensors that are read, whose gradients the backward kernel writes.
        outputs: Tensors that are written.
        variables: Variables that the operation trains.
        state: Variables that it keeps but does not train.
        sizes: Integers.
        constants: Floats, converted to the network's dtype.
        totals: How many running sums it keeps in `m.totals`.
        seed: Of the operation's random numbers.
        scratch: Elements of scratch needed for each example.
        room: Elements of scratch needed besides, however many examples there are.
        work: Multiply-adds for each example: of its largest matrix product, or of a kernel that is called in halves. What takes
            longer counts as more of them.
        phase: When a program makes the call; see `Program`.
        layer: Name of the layer that it belongs to.
    """

    operation: Operation
    inputs: tuple = ()
    outputs: tuple = ()
    variables: tuple = ()
    state: tuple = ()
    sizes: tuple = ()
    constants: tuple = ()
    totals: int = 0
    seed: int = 0
    scratch: int = 0
    room: int = 0
    work: int = 0
    phase: str = "forward"
    layer: str = ""

    @property
    def writes(self):
        """Name of its first output; None where it has no output, as one that only keeps a state."""
        return self.outputs[0].name if self.outputs else None


SEED_OF_CALL = 0x9E3779B97F4A7C15
"""What a second call of a layer adds to its seed, so that its random numbers differ from those of the first."""


@dataclass
class Graph:
    """Tensors and nodes in the order of calculation.

    `aliases`: second names of tensors, where a layer only passes on or reshapes (`dense/a` of a linear layer is `dense/z`).
    `batch_size`: The one size of batches that it can compute, where it keeps something for each example; else None.

    A layer that is called at several places adds its tensors once for each: `dense/z`, then `dense_call_1/z`, `dense_call_2/z`.
    """

    tensors: dict = field(default_factory=dict)
    nodes: list = field(default_factory=list)
    aliases: dict = field(default_factory=dict)
    batch_size: int | None = None
    _called: dict = field(default_factory=dict)
    _call: int = 0

    def fix_batch_size(self, size, what):
        """Allows batches of this size only, because of a layer that `what` names.

        Raises `ValueError` where another layer wants another.
        """
        if self.batch_size not in (None, size):
            raise ValueError(f"{what} expected batches of {size} examples, but a layer before it of {self.batch_size}.")
        self.batch_size = size

    @contextlib.contextmanager
    def call_of(self, layer):
        """Context in which the tensors of one call of a layer are added. Gives the number of the call, from 0 on.

        Arguments:
            layer: Name of the layer.
        """
        before, number = self._call, self._called.get(layer, 0)
        self._called[layer], self._call = number + 1, number
        try:
            yield number
        finally:
            self._call = before

    def name_in_call(self, name):
        """The name that a tensor has in the present call of its layer.

        >>> graph = Graph()
        >>> for _ in range(2):
        ...     with graph.call_of("dense"):
        ...         print(graph.name_in_call("dense/z"))
        dense/z
        dense_call_1/z
        """
        layer, slash, part = name.partition("/")
        return f"{layer}_call_{self._call}{slash}{part}" if self._call else name

    def _new_name(self, name):
        name = self.name_in_call(name)
        if name in self.tensors or name in self.aliases:
            raise ValueError(f"Expected a new tensor name, but {name!r} is taken. Give each layer its own name.")
        return name

    def tensor(self, name, shape, batched=True):
        """A new tensor. Raises `ValueError` where the name is taken."""
        name = self._new_name(name)
        self.tensors[name] = Tensor(name, tuple(shape), batched)
        return self.tensors[name]

    def add(self, operation, **parts):
        """Appends a node; see `Node` for the parts."""
        node = Node(operation, **parts)
        if self._call and node.seed:
            node.seed = (node.seed + self._call * SEED_OF_CALL) % 2**63
        self.nodes.append(node)
        return node

    def alias(self, name, tensor, shape=None):
        """A second name for a tensor's memory, where wanted with another shape. Returns it as a tensor.

        Its own name makes no second one: the tensor returned can have another mask than the one in the graph.
        """
        if name == tensor.name:
            return Tensor(name, tensor.shape if shape is None else tuple(shape), tensor.batched)
        name = self._new_name(name)
        self.aliases[name] = Tensor(tensor.name, tensor.shape if shape is None else tuple(shape), tensor.batched)
        return self.aliases[name]
