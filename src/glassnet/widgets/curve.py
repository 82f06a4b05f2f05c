"""Learning curves: lines over a common axis, with their newest numbers."""

import numpy as np
import traitlets

from glassnet.widgets.picture import Packed, Picture

POINTS = 600
"""Points of a line that are sent at most; a screen shows no more."""


class Curve(Picture):
    """Lines over steps or epochs, such as the loss of a training and of its test; a crosshair reads all of them off.

    Attributes:
        x_label: What the axis is.
        height: In pixels; the picture is as wide as its place.
        log_y: Whether the y axis is logarithmic; numbers that are not positive are then left out.
        percent: Whether y are shares, to be written in per cent.
        y_limits: `[lowest, highest]`, or `[]` to fit the numbers. What lies outside is drawn at the edge.
        mark: A place on the axis to be marked, such as the step that is shown; None for none.
        series, xs, ys: The lines, as `show` sets them.

    >>> curve = Curve(x_label="step")
    >>> curve.show({"train": ([0, 100], [2.3, 0.4]), "test": ([0, 100], [2.3, 0.5])}, dashed=["test"])
    >>> [(line["name"], line["count"], line["dashed"]) for line in curve.series]
    [('train', 2, False), ('test', 2, True)]
    """

    x_label = traitlets.Unicode("").tag(sync=True)
    height = traitlets.Int(200).tag(sync=True)
    log_y = traitlets.Bool(False).tag(sync=True)
    percent = traitlets.Bool(False).tag(sync=True)
    y_limits = traitlets.List(traitlets.Float()).tag(sync=True)
    mark = traitlets.Float(None, allow_none=True).tag(sync=True)
    series = traitlets.List().tag(sync=True)
    xs = Packed()
    ys = Packed()

    def show(self, lines, dashed=(), colours=None):
        """Sets the lines.

        Arguments:
            lines: `{name: (xs, ys)}`, each as long as the other. Of long ones so many points are kept that a screen can show,
                the last among them.
            dashed: Names of lines to be drawn dashed.
            colours: `{name: colour}`, a name of the palette such as `"ink"`, `"muted"` or `"series-3"`; lines that are not
                named get the colours of the series in order.
        """
        about, xs, ys = [], [], []
        for number, (name, (x, y)) in enumerate(lines.items()):
            x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
            if x.ndim != 1 or x.shape != y.shape:
                raise ValueError(f"Expected xs and ys of one length for line {name!r}. Received: {x.shape} and {y.shape}.")
            if len(x) > POINTS:
                kept = np.linspace(0, len(x) - 1, POINTS).round().astype(int)
                x, y = x[kept], y[kept]
            colour = (colours or {}).get(name, f"series-{number}")
            about.append({"name": name, "count": len(x), "dashed": name in dashed, "colour": colour})
            xs.append(x)
            ys.append(y)
        with self.hold_trait_notifications():
            self.series = about
            self.xs = np.concatenate(xs) if xs else np.empty(0, np.float32)
            self.ys = np.concatenate(ys) if ys else np.empty(0, np.float32)
