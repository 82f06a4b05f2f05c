"""The plane of two inputs, as one neuron sees it: what it answers everywhere, the line where it changes its mind, and points."""

import traitlets

from glassnet.widgets.picture import Packed, Picture


class DecisionPlane(Picture):
    """A map of a neuron's answer, its decision line with an arrow to the positive side, points, and a place to drag about.

    Attributes:
        field: `uint8` (S, S), the answer at S x S places, the first row at the top: 128 is the ground, 255 positive.
        x_range, y_range: `[lowest, highest]` of the two inputs.
        x_name, y_name: What they are.
        line: `[w1, w2, b]` of w1 x + w2 y + b = 0; empty for none.
        points: `float32` (N, 3): x, y and the label, 1 (a blue disc) or 0 (an orange square).
        marked: The number of the point with a ring around it; -1 for none.
        probe: `[x, y]`, a place that is dragged or moved by the arrow keys; empty for none. The browser sets it, too.

    >>> DecisionPlane(line=[1.0, 1.0, -0.5]).line
    [1.0, 1.0, -0.5]
    """

    field = Packed("uint8")
    x_range = traitlets.List(traitlets.Float(), [-3.0, 3.0]).tag(sync=True)
    y_range = traitlets.List(traitlets.Float(), [-3.0, 3.0]).tag(sync=True)
    x_name = traitlets.Unicode("x₁").tag(sync=True)
    y_name = traitlets.Unicode("x₂").tag(sync=True)
    line = traitlets.List(traitlets.Float()).tag(sync=True)
    points = Packed("float32")
    marked = traitlets.Int(-1).tag(sync=True)
    probe = traitlets.List(traitlets.Float(), maxlen=2).tag(sync=True)
