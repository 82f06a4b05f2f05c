"""Layers of several inputs: number by number, side by side, or by products. Each has a functional form: `add([x, y])`."""

import math

from glassnet.engine.kernels.merge import (
    ADDITION,
    DOT,
    JOIN,
    MAXIMUM,
    MINIMUM,
    MULTIPLICATION,
    SUBTRACTION,
    UNIT_LENGTH,
)
from glassnet.engine.kernels.rescale import RESCALE
from glassnet.engine.kernels.sequence import NOT_EQUAL
from glassnet.layers.layer import Layer, layers


class _Merge(Layer):
    """A layer that makes one tensor of a list of them.

    Raises `ValueError` where it is not given a list, or shapes that do not fit; with the layer's name and the shapes.
    """

    several_inputs = True
    least, most = 2, math.inf
    """How many inputs it takes."""

    def plan(self, graph, x):
        self._check([t.shape for t in x])
        output = self._plan_merged(graph, x)
        output.mask = self._plan_mask(graph, x)
        return output

    def _plan_mask(self, graph, x):
        """Which steps count: as in Keras, those that count in any of the inputs; None where one of them has no mask."""
        masks = list({id(tensor.mask): tensor.mask for tensor in x}.values())
        if any(mask is None or mask.shape != masks[0].shape for mask in masks):
            return None
        merged = masks[0]
        for n, mask in enumerate(masks[1:], 2):
            either = graph.tensor(f"{self.name}/mask" if n == len(masks) else f"{self.name}/mask_{n}", mask.shape)
            number_by_number(graph, MAXIMUM, merged, mask, either, self.name)
            merged = either
        return merged

    def build(self, input_shape):
        self._check(input_shape)
        super().build(input_shape)

    def _check(self, shapes):
        if not isinstance(shapes, list | tuple) or not all(isinstance(shape, list | tuple) for shape in shapes):
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected a list of inputs. Received: one input of shape {shapes}."
            )
        if not self.least <= len(shapes) <= self.most:
            expected = f"{self.least} inputs" if self.least == self.most else f"at least {self.least} inputs"
            raise ValueError(f"{type(self).__name__} '{self.name}' expected {expected}. Received: {len(shapes)}.")

    def _refuse(self, expected, *shapes):
        shown = " and ".join(str(("batch", *shape)).replace("'batch'", "batch") for shape in shapes)
        raise ValueError(f"{type(self).__name__} '{self.name}' expected {expected}. Received: inputs of shapes {shown}.")

    def compute_output_shape(self, input_shape):
        """Shape of the output, with the batch axis, for a list of shapes."""
        self._check(input_shape)
        return (None, *self._merged_shape([tuple(shape[1:]) for shape in input_shape]))


class _OfOneMask:
    """What a step that is padding in one input only would make of the other is not defined here."""

    def _plan_mask(self, graph, x):
        if len({id(tensor.mask) for tensor in x if tensor.mask is not None}) > 1:
            raise ValueError(
                f"{type(self).__name__} '{self.name}' expected inputs with the same mask, or without one. Received: inputs whose "
                "padding differs. Take the masks from one Masking or Embedding(mask_zero=True)."
            )
        return super()._plan_mask(graph, x)


class _NumberByNumber(_Merge):
    """The operation `operation` on every number of two inputs, on its result and the third, and so on."""

    operation = None

    def _merged_shape(self, shapes):
        merged = shapes[0]
        for shape in shapes[1:]:
            merged = self._common(merged, shape)
        return merged

    def _common(self, first, second):
        """The shape of both; an axis of 1, or one that lacks in front, counts for all of the other's."""
        longest = max(len(first), len(second))
        a, b = ((1,) * (longest - len(shape)) + shape for shape in (first, second))
        if any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)) or (longest > 4 and a != b):
            self._refuse("inputs of one shape, or with axes of 1 in place of the other's", first, second)
        return tuple(map(max, a, b))

    def _plan_merged(self, graph, x):
        result, names = x[0], [f"{self.name}/a" if n == len(x) else f"{self.name}/a_{n}" for n in range(2, len(x) + 1)]
        for tensor, name in zip(x[1:], names, strict=True):
            shape = self._common(result.shape, tensor.shape)
            a = graph.tensor(name, shape)
            number_by_number(graph, self.operation, result, tensor, a, self.name)
            result = a
        return result


def number_by_number(graph, operation, x, y, a, layer):
    """Adds the node that makes of two tensors a third one, whose shape is that of both."""
    same = x.shape == y.shape
    axes = (1, 1, 1, math.prod(a.shape)) if same else (1,) * (4 - len(a.shape)) + a.shape
    steps = [
        number for tensor in (x, y) for number in (*_strides(a.shape if same else tensor.shape, axes), math.prod(tensor.shape))
    ]
    graph.add(operation, inputs=(x, y), outputs=(a,), sizes=(same, *axes, *steps), layer=layer)


def _strides(shape, axes):
    """How far the next number along each of four axes is in a tensor: 0 where it is 1 wide and the axis is not."""
    if axes[:3] == (1, 1, 1) and len(shape) != 1:
        shape = (math.prod(shape),)
    shape, strides, step = (1,) * (4 - len(shape)) + tuple(shape), [], 1
    for size, axis in zip(reversed(shape), reversed(axes), strict=True):
        strides.insert(0, 0 if size == 1 and axis != 1 else step)
        step *= size
    return strides


@layers.add()
class Add(_NumberByNumber):
    """The sum of its inputs: what a residual link ends in.

    Inputs: a list of (B, ...); axes of 1 count for all of the other's. Tensor: `name/a`.

    >>> import numpy as np
    >>> Add()([np.ones((1, 2)), np.array([[3.0, 4.0]])])
    array([[4., 5.]], dtype=float32)
    """

    operation = ADDITION


@layers.add()
class Subtract(_NumberByNumber):
    """The first input less the second. Inputs: a list of two (B, ...)."""

    operation = SUBTRACTION
    most = 2


@layers.add()
class Multiply(_OfOneMask, _NumberByNumber):
    """The product of its inputs, number by number: a gate. Inputs: a list of (B, ...).

    >>> import numpy as np
    >>> Multiply()([np.array([[2.0, 3.0]]), np.array([[5.0, 0.0]])])
    array([[10.,  0.]], dtype=float32)
    """

    operation = MULTIPLICATION


@layers.add()
class Maximum(_OfOneMask, _NumberByNumber):
    """The largest of its inputs, number by number. Where two are the same, each gets half of the gradient."""

    operation = MAXIMUM


@layers.add()
class Minimum(_OfOneMask, _NumberByNumber):
    """The smallest of its inputs, number by number. Where two are the same, each gets half of the gradient."""

    operation = MINIMUM


@layers.add()
class Average(_NumberByNumber):
    """The mean of its inputs, number by number. Tensors: their sum, `name/sum`, and `name/a`."""

    operation = ADDITION

    def _plan_merged(self, graph, x):
        total = x[0]
        for n, tensor in enumerate(x[1:], 2):
            name = f"{self.name}/sum" if n == len(x) else f"{self.name}/sum_{n}"
            both = graph.tensor(name, self._common(total.shape, tensor.shape))
            number_by_number(graph, self.operation, total, tensor, both, self.name)
            total = both
        a, size = graph.tensor(f"{self.name}/a", total.shape), math.prod(total.shape)
        graph.add(RESCALE, inputs=(total,), outputs=(a,), sizes=(1, size, 1, 1), constants=(1 / len(x), 0.0), layer=self.name)
        return a


@layers.add()
class Concatenate(_Merge):
    """Its inputs side by side along an axis.

    Arguments:
        axis: Counted with the batch axis; -1 for the last.

    Inputs: a list of (B, ...) that differ in that axis only. Tensor: `name/a`.

    >>> import numpy as np
    >>> Concatenate()([np.array([[1.0]]), np.array([[2.0, 3.0]])])
    array([[1., 2., 3.]], dtype=float32)
    """

    least = 1

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(axis, int) or axis == 0:
            raise ValueError(f"Concatenate '{self.name}' expected a whole number other than 0 as axis. Received: axis={axis!r}.")
        self.axis = axis

    def _axis(self, shapes):
        """The axis, counted without the batch."""
        rank = len(shapes[0]) + 1
        if not -rank < self.axis < rank:
            self._refuse(f"an axis of its inputs other than the batch's, but axis={self.axis}", *shapes)
        return self.axis % rank - 1

    def _merged_shape(self, shapes):
        axis = self._axis(shapes)
        for shape in shapes[1:]:
            if len(shape) != len(shapes[0]) or any(m != n for k, (m, n) in enumerate(zip(shapes[0], shape)) if k != axis):  # noqa: B905
                self._refuse(f"inputs that differ along axis {self.axis} only", shapes[0], shape)
        return (*shapes[0][:axis], sum(shape[axis] for shape in shapes), *shapes[0][axis + 1 :])

    def _plan_merged(self, graph, x):
        a = graph.tensor(f"{self.name}/a", self._merged_shape([tensor.shape for tensor in x]))
        self._join(graph, x, a, self._axis([tensor.shape for tensor in x]))
        return a

    def _join(self, graph, parts, whole, axis):
        outer, width, start = math.prod(whole.shape[:axis]), math.prod(whole.shape[axis:]), 0
        for tensor in parts:
            part = math.prod(tensor.shape[axis:])
            graph.add(JOIN, inputs=(tensor,), outputs=(whole,), sizes=(outer, part, width, start), layer=self.name)
            start += part

    def _plan_mask(self, graph, x):
        """The same, or one behind the other where the steps are so; then all count of an input without a mask."""
        if self._axis([tensor.shape for tensor in x]) or all(tensor.mask is None for tensor in x):
            return super()._plan_mask(graph, x)
        masks = [tensor.mask or self._all_count(graph, tensor, n) for n, tensor in enumerate(x)]
        whole = graph.tensor(f"{self.name}/mask", (sum(mask.shape[0] for mask in masks),))
        self._join(graph, masks, whole, 0)
        return whole

    def _all_count(self, graph, x, number):
        mask, size = graph.tensor(f"{self.name}/mask_{number}", x.shape[:1]), math.prod(x.shape[1:])
        no_number = math.inf
        graph.add(NOT_EQUAL, inputs=(x,), outputs=(mask,), sizes=(x.shape[0], size), constants=(no_number,), layer=self.name)
        return mask

    def get_config(self):
        return {**super().get_config(), "axis": self.axis}


@layers.add()
class Dot(_Merge):
    """Sums of products of two inputs along an axis of each: how alike they are.

    Arguments:
        axes: The axis of both, or one of each, counted with the batch axis.
        normalize: Whether the vectors along the axes are brought to length 1 before, so that the result is a cosine.

    Inputs: (B, ..., K, ...) and (B, ..., K, ...); output: what both have besides K, or (B, 1) where that is nothing.

    >>> import numpy as np
    >>> Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])])
    array([[11.]], dtype=float32)
    """

    most = 2

    def __init__(self, axes, normalize=False, **kwargs):
        super().__init__(**kwargs)
        pair = (axes, axes) if isinstance(axes, int) else tuple(axes) if isinstance(axes, list | tuple) else ()
        if len(pair) != 2 or not all(isinstance(axis, int) and axis != 0 for axis in pair):
            raise ValueError(
                f"Dot '{self.name}' expected axes as a whole number other than 0, or two of them. Received: {axes!r}."
            )
        self.axes, self.normalize = axes, bool(normalize)
        self._pair = pair

    def _places(self, shapes):
        """The axes, counted without the batch."""
        for axis, shape in zip(self._pair, shapes, strict=True):
            if not -len(shape) - 1 < axis <= len(shape):
                self._refuse(f"axes of its inputs other than the batch's, but axes={self.axes}", *shapes)
        first, second = (axis % (len(shape) + 1) - 1 for axis, shape in zip(self._pair, shapes, strict=True))
        if shapes[0][first] != shapes[1][second]:
            self._refuse(
                f"inputs as long along axis {self._pair[0]} of the one as along axis {self._pair[1]} of the other", *shapes
            )
        return first, second

    def _merged_shape(self, shapes):
        first, second = self._places(shapes)
        rest = (*shapes[0][:first], *shapes[0][first + 1 :], *shapes[1][:second], *shapes[1][second + 1 :])
        return rest or (1,)

    def _plan_mask(self, graph, x):
        return None

    def _plan_merged(self, graph, x):
        shapes = [tensor.shape for tensor in x]
        places, shape = self._places(shapes), self._merged_shape(shapes)
        sizes = [(math.prod(s[:axis]), math.prod(s[axis + 1 :])) for s, axis in zip(shapes, places, strict=True)]
        length = shapes[0][places[0]]
        if self.normalize:
            units = []
            for number, (tensor, (outer, inner)) in enumerate(zip(x, sizes, strict=True), 1):
                unit = graph.tensor(f"{self.name}/unit_{number}", tensor.shape)
                graph.add(UNIT_LENGTH, inputs=(tensor,), outputs=(unit,), sizes=(outer, inner, length), layer=self.name)
                units.append(unit)
            x = units
        a = graph.tensor(f"{self.name}/a", shape)
        graph.add(DOT, inputs=tuple(x), outputs=(a,), sizes=(*sizes[0], *sizes[1], length), layer=self.name)
        return a

    def get_config(self):
        axes = list(self.axes) if isinstance(self.axes, tuple) else self.axes
        return {**super().get_config(), "axes": axes, "normalize": self.normalize}


def add(inputs, **kwargs):
    """`Add(**kwargs)(inputs)`."""
    return Add(**kwargs)(inputs)


def subtract(inputs, **kwargs):
    """`Subtract(**kwargs)(inputs)`."""
    return Subtract(**kwargs)(inputs)


def multiply(inputs, **kwargs):
    """`Multiply(**kwargs)(inputs)`."""
    return Multiply(**kwargs)(inputs)


def average(inputs, **kwargs):
    """`Average(**kwargs)(inputs)`."""
    return Average(**kwargs)(inputs)


def maximum(inputs, **kwargs):
    """`Maximum(**kwargs)(inputs)`."""
    return Maximum(**kwargs)(inputs)


def minimum(inputs, **kwargs):
    """`Minimum(**kwargs)(inputs)`."""
    return Minimum(**kwargs)(inputs)


def concatenate(inputs, axis=-1, **kwargs):
    """`Concatenate(axis, **kwargs)(inputs)`."""
    return Concatenate(axis, **kwargs)(inputs)


def dot(inputs, axes=-1, **kwargs):
    """`Dot(axes, **kwargs)(inputs)`."""
    return Dot(axes, **kwargs)(inputs)
