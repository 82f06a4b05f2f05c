"""A map of the plane: what a network says of each point in it, and the points that it learns from."""

import traitlets

from glassnet.widgets.picture import Packed, Picture


class PlaneMap(Picture):
    """The output over the plane as colours, with training points filled, test points outlined.

    With two classes or for heights the colours go from orange (-1, class 0) over the ground to blue (1, class 1); with more
    classes each has a colour of its own, the paler the less sure the network is.

    Attributes:
        field: `uint8` (S, S), the first row at the top: 0 is -1, 128 is 0, 255 is 1; with `winner` 0 is unsure, 255 sure.
        winner: `uint8` (S, S), the number of the class that wins at each place; empty with less than three classes.
        points: `float32` (N, 4): x, y, label (class number or height from -1 to 1), 1 for a test point or 0.
        classes: How many there are; 0 for heights.
        extent: The plane goes from -extent to extent both ways.
        discretise: Whether to show only which side each place is on.
        show_test: Whether test points are shown.
        pen: What the mouse draws: a class number, -2 to rub out, -1 for nothing.
        marked: `float32` (2,), a point to draw a ring around; empty for none.
        class_names: Of the classes.
        words: What is written: `train`, `test`, `value`, `drawing` (how to draw with keys).
        save: `{"n", "kind": "png" or "svg", "name"}`; each new n makes the browser save the picture.

    Set by the browser: `drawn` `{"n", "points": [[x, y], ...], "label", "erase"}`, the points of one stroke of the pen;
    `picked` `{"n", "index"}`, the point that was clicked.
    """

    field = Packed("uint8")
    winner = Packed("uint8")
    points = Packed("float32")
    classes = traitlets.Int(2).tag(sync=True)
    extent = traitlets.Float(6.0).tag(sync=True)
    discretise = traitlets.Bool(False).tag(sync=True)
    show_test = traitlets.Bool(False).tag(sync=True)
    pen = traitlets.Int(-1).tag(sync=True)
    marked = Packed("float32")
    class_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    save = traitlets.Dict().tag(sync=True)
    drawn = traitlets.Dict().tag(sync=True)
    picked = traitlets.Dict().tag(sync=True)
