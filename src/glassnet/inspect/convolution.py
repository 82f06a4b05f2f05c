"""How the numbers of convolutions come about: sums over the pixels, positions and channels that a kernel ties together.

A pixel (h, w, c) of the image and a position (p, q, o) of the result belong together by the weight of the kernel at (kh, kw)
where h = p * stride + kh * dilation - padding, and w likewise. Each rule keeps one of the three and adds up over the others.
"""

import numpy as np

from glassnet.engine.kernels.geometry import Geometry
from glassnet.inspect.names import DERIVATIVE
from glassnet.inspect.slopes import flat_place, place
from glassnet.inspect.symbol import quantity
from glassnet.inspect.term import term
from glassnet.inspect.window import cut, of_pixel, of_position, of_weight, unravelled

IMAGE, POSITIONS = "image", "positions"


class Ties:
    """What a convolution's node ties together.

    Arguments:
        trace: `Trace`.
        node: Its node, of the operation `"convolution"`, `"convolution_transpose"` or `"depthwise"`.
    """

    def __init__(self, trace, node):
        self.trace, self.node = trace, node
        self.geometry = g = Geometry(*node.sizes[: len(Geometry._fields)])
        self.down = (g.H, g.P, g.KH, g.SH, g.DH, g.TOP)
        self.across = (g.W, g.Q, g.KW, g.SW, g.DW, g.LEFT)
        self.kernel = node.variables[0].path
        ends = (node.outputs[0].name, node.inputs[0].name)
        if node.operation.name != "convolution_transpose":  # which goes from positions to an image
            ends = ends[::-1]
        self.tensors = dict(zip((IMAGE, POSITIONS), ends, strict=True))
        self.sides = {IMAGE: (g.H, g.W, g.C), POSITIONS: (g.P, g.Q, g.O)}
        self.depthwise = node.operation.name == "depthwise"
        groups = g.C if self.depthwise else g.GROUPS
        self.inner, self.outer = g.C // groups, g.O // groups
        self.last = (g.C, self.outer) if self.depthwise else (self.inner, g.O)

    def channels(self, c=None, o=None):
        """Triples (channel of the image, channel of the positions, last two indices of the kernel), with one channel given."""
        group = c // self.inner if o is None else o // self.outer
        for channel in range(group * self.inner, (group + 1) * self.inner) if c is None else (c,):
            for output in range(group * self.outer, (group + 1) * self.outer) if o is None else (o,):
                yield channel, output, (channel, output % self.outer) if self.depthwise else (channel % self.inner, output)

    def channels_of(self, i, j):
        """The channels of the image and of the positions that belong to the last two indices of the kernel."""
        return (i, i * self.outer + j) if self.depthwise else (j // self.outer * self.inner + i, j)

    def at(self, end, example, h, w, channel, prefix=""):
        """The symbol of a number of the image or of the positions."""
        name, (_, width, channels) = self.tensors[end], self.sides[end]
        return quantity(self.trace, prefix + name, place(example, (h * width + w) * channels + channel, self.trace[name].shape))

    def weight(self, kh, kw, own):
        """The symbol of a number of the kernel."""
        flat = ((kh * self.geometry.KW + kw) * self.last[0] + own[0]) * self.last[1] + own[1]
        return quantity(self.trace, self.kernel, unravelled(flat, self.trace[self.kernel].shape))

    def where(self, end, index):
        """(example, row, column, channel) of the image or of the positions."""
        example, flat = flat_place(index, self.trace[self.tensors[end]].shape)
        return (example, *unravelled(flat, self.sides[end]))

    def part(self, end, example, rows, columns, channels, prefix=""):
        """Python for a piece of the image or of the positions."""
        name, sides = self.tensors[end], self.sides[end]
        shape = "" if self.trace[name].shape[1:] == sides else f".reshape(-1, {', '.join(map(str, sides))})"
        return f't["{prefix}{name}"]{shape}[{example}, {cut(rows)}, {cut(columns)}, {channels}]'

    def kernel_part(self, rows, columns, own):
        """Python for a piece of the kernel."""
        g, shape = self.geometry, ""
        if self.trace[self.kernel].ndim != 4:
            shape = f".reshape({g.KH}, {g.KW}, {self.last[0]}, {self.last[1]})"
        return f't["{self.kernel}"]{shape}[{cut(rows)}, {cut(columns)}, {own}]'


def _by_position(ties, index, prefix=""):
    """Sum over the patch of position (p, q, o) of image[h, w, c] * kernel[kh, kw, c, o]."""
    example, p, q, o = ties.where(POSITIONS, index)
    down, across, channels = of_position(p, *ties.down), of_position(q, *ties.across), list(ties.channels(o=o))
    terms = [
        term(ties.at(IMAGE, example, h, w, c, prefix), ties.weight(kh, kw, own))
        for h, kh in down
        for w, kw in across
        for c, _, own in channels
    ]
    (rows, kernel_rows), (columns, kernel_columns) = zip(*down, strict=True), zip(*across, strict=True)
    seen = ties.part(IMAGE, example, rows, columns, cut([c for c, _, _ in channels]), prefix)
    own = f"{cut([own[0] for _, _, own in channels])}, {channels[0][2][1]}"
    return terms, f"({seen} * {ties.kernel_part(kernel_rows, kernel_columns, own)}).sum()"


def _by_pixel(ties, index, prefix=""):
    """Sum over the positions whose patch has pixel (h, w, c) of kernel[kh, kw, c, o] * positions[p, q, o]."""
    example, h, w, c = ties.where(IMAGE, index)
    down, across, channels = of_pixel(h, *ties.down), of_pixel(w, *ties.across), list(ties.channels(c=c))
    if not down or not across:  # strides may leave it out
        return [], "0.0"
    terms = [
        term(ties.weight(kh, kw, own), ties.at(POSITIONS, example, p, q, o, prefix))
        for p, kh in down
        for q, kw in across
        for _, o, own in channels
    ]
    (rows, kernel_rows), (columns, kernel_columns) = zip(*down, strict=True), zip(*across, strict=True)
    reached = ties.part(POSITIONS, example, rows, columns, cut([o for _, o, _ in channels]), prefix)
    own = f"{channels[0][2][0]}, {cut([own[1] for _, _, own in channels])}"
    return terms, f"({ties.kernel_part(kernel_rows, kernel_columns, own)}[::-1, ::-1] * {reached}).sum()"


def forward(trace, node, index):
    """z = sum over what the kernel ties it to of x * kernel, + bias."""
    ties, bias = Ties(trace, node), node.variables[1]
    terms, line = (_by_position if ties.tensors[POSITIONS] == node.outputs[0].name else _by_pixel)(ties, index)
    if bias is None:
        return terms, line
    summand = quantity(trace, bias.path, (index[-1],))
    return [*terms, term(summand)], f"{line} + {summand.python}"


def by_input(trace, node, name, index):
    """dx = sum over the numbers of z that read it of kernel * dz."""
    ties = Ties(trace, node)
    return (_by_pixel if ties.tensors[IMAGE] == name else _by_position)(ties, index, DERIVATIVE)


def by_parameter(trace, node, name, index):
    """dkernel = sum over examples and places of x * dz, by this weight of the kernel; dbias = sum over them of dz."""
    ties, z = Ties(trace, node), node.outputs[0].name
    if name != ties.kernel:
        places = [(*at, index[0]) for at in np.ndindex(trace[z].shape[:-1])]
        return [term(quantity(trace, DERIVATIVE + z, at)) for at in places], f't["{DERIVATIVE}{z}"][..., {index[0]}].sum()'
    kh, kw, *own = index if len(index) == 4 else (0, *index)
    c, o = ties.channels_of(*own)
    down, across = of_weight(kh, *ties.down), of_weight(kw, *ties.across)
    if not down or not across:  # it sees nothing but padding
        return [], "0.0"
    first, second = (DERIVATIVE if ties.tensors[end] == z else "" for end in (IMAGE, POSITIONS))
    terms = []
    for example in range(trace.batch_size):
        for h, p in down:
            for w, q in across:
                pixel = ties.at(IMAGE, example, h, w, c, first)
                result = ties.at(POSITIONS, example, p, q, o, second)
                terms.append(term(*((result, pixel) if first else (pixel, result))))
    (rows, result_rows), (columns, result_columns) = zip(*down, strict=True), zip(*across, strict=True)
    image = ties.part(IMAGE, ":", rows, columns, c, first)
    return terms, f"({image} * {ties.part(POSITIONS, ':', result_rows, result_columns, o, second)}).sum()"


def meaning(trace, name, index):
    """What a number of a convolution is, in words; None for what belongs to other operations."""
    for node in trace.graph.nodes:
        if node.operation.name not in CONVOLUTIONS:
            continue
        if name == node.outputs[0].name:
            at = ", ".join(map(str, index[1:-1]))
            return f"weighted sum of filter {index[-1]} of {node.layer} at {at}, in example {index[0]}"
        if name == node.variables[0].path:
            place = ", ".join(map(str, index[:-2]))
            i, j = index[-2:][::-1] if node.operation.name == "convolution_transpose" else index[-2:]
            return f"the weight at {place} of filter {j} for channel {i} of {node.layer}"
    return None


CONVOLUTIONS = ("convolution", "convolution_transpose", "depthwise")
"""The operations that these rules are for."""
