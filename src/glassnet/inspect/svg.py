"""Plots as inline SVG. They take their colours from the page around them, so that light and dark both fit."""

import math
from html import escape

import numpy as np

LEFT, RIGHT, TOP, BOTTOM = 52, 14, 26, 34
"""Room around a plot for its numbers and its title."""


class Plot:
    """Axes, and what is drawn between them.

    Arguments:
        title: Above it.
        x, y: (lowest, highest) number on each axis.
        x_name, y_name: What the axes are.
        width, height: In pixels.
    """

    def __init__(self, title, x, y, x_name="", width=380, height=240):
        self.title, self.width, self.height = title, width, height
        self.x, self.y = _widened(*x), _widened(*y)
        self.parts = [
            f'<text x="{LEFT}" y="14" style="fill:var(--ink);font-weight:600">{escape(title)}</text>',
            f'<text x="{width - RIGHT}" y="{height - 3}" text-anchor="end">{escape(x_name)}</text>',
        ]
        for tick in ticks(*self.y):
            at = self.down(tick)
            self.parts.append(f'<path d="M{LEFT} {at:.1f}H{width - RIGHT}" stroke="var(--line)"/>')
            self.parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{tick:g}</text>')
        for tick in ticks(*self.x):
            at, low = self.across(tick), height - BOTTOM
            self.parts.append(f'<text x="{at:.1f}" y="{low + 16}" text-anchor="middle">{tick:g}</text>')

    def across(self, number):
        """Pixels from the left."""
        low, high = self.x
        return LEFT + (number - low) / (high - low) * (self.width - LEFT - RIGHT)

    def down(self, number):
        """Pixels from above."""
        low, high = self.y
        return self.height - BOTTOM - (number - low) / (high - low) * (self.height - TOP - BOTTOM)

    def line(self, xs, ys, colour="var(--ink)", dashes=""):
        """A line through points; what is not finite is left out."""
        points = [(x, y) for x, y in zip(xs, ys, strict=True) if math.isfinite(y)]
        path = " ".join(f"{self.across(x):.1f},{self.down(y):.1f}" for x, y in points)
        if len(points) == 1:
            return self.dots([points[0][0]], [points[0][1]], [colour], 3)
        self.parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.8" stroke-dasharray="{dashes}"/>'
        )
        return self

    def dots(self, xs, ys, colours, radius=2, opacity=1.0):
        """Points, each with its colour; what is not finite is left out."""
        for x, y, colour in zip(xs, ys, colours, strict=True):
            if not (math.isfinite(x) and math.isfinite(y)):
                continue
            place = f'cx="{self.across(x):.1f}" cy="{self.down(y):.1f}"'
            self.parts.append(f'<circle {place} r="{radius}" fill="{colour}" fill-opacity="{opacity:g}"/>')
        return self

    def bar(self, left, right, low, high, colour, opacity=1.0):
        """A filled rectangle."""
        x, y = self.across(left), self.down(max(low, high))
        w, h = self.across(right) - x, abs(self.down(low) - self.down(high))
        size = f'x="{x + 0.5:.1f}" y="{y:.1f}" width="{max(w - 1, 0):.1f}" height="{h:.1f}"'
        self.parts.append(f'<rect {size} fill="{colour}" fill-opacity="{opacity:g}"/>')
        return self

    def svg(self):
        """The picture."""
        size = f'viewBox="0 0 {self.width} {self.height}" width="{self.width}" height="{self.height}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(self.title)}">' + (
            "".join(self.parts) + "</svg>"
        )


def _widened(low, high):
    """Limits that are finite and not the same."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return 0.0, 1.0
    return (low, high) if high > low else (low - (abs(low) or 1) / 2, low + (abs(low) or 1) / 2)


def ticks(low, high, most=5):
    """Round numbers between two others.

    >>> ticks(0, 1), ticks(3, 47)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [10.0, 20.0, 30.0, 40.0])
    """
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def curves(history):
    """Learning curves: a plot for each quantity, training as a line, validation dashed.

    Arguments:
        history: `{"loss": [...], "val_loss": [...], ...}`.

    Returns: List of SVG pictures.
    """
    pictures = []
    for name in [name for name in history if not name.startswith("val_") or name.removeprefix("val_") not in history]:
        lines = [(history[name], "", "training")]
        if f"val_{name}" in history:
            lines.append((history[f"val_{name}"], "5 4", "validation (dashed)"))
        numbers = [float(v) for values, _, _ in lines for v in values if np.ndim(v) == 0 and math.isfinite(v)]
        if not numbers:
            continue
        longest = max(len(values) for values, _, _ in lines)
        title = name if len(lines) == 1 else f"{name}: training, validation dashed"
        room = 0.06 * (max(numbers) - min(numbers))
        plot = Plot(title, (1, longest), (min(numbers) - room, max(numbers) + room), "epoch")
        for values, dashes, _ in lines:
            every = longest / len(values)  # a validation that is not made in each epoch
            plot.line([round((at + 1) * every) for at in range(len(values))], [float(v) for v in values], dashes=dashes)
        pictures.append(plot.svg())
    return pictures


def reliability(calibration):
    """A reliability diagram: accuracy in each bin of confidence. The gap is blue where the network is better than it
    thinks, orange where it is less good."""
    plot = Plot("Accuracy by confidence", (0, 1), (0, 1), "confidence", 340, 320)
    for at in np.flatnonzero(calibration.count):
        left, right = calibration.edges[at : at + 2]
        accuracy, confidence = calibration.accuracy[at], calibration.confidence[at]
        colour = "var(--positive)" if accuracy >= confidence else "var(--negative)"
        plot.bar(left, right, 0, min(accuracy, confidence), "var(--muted)", 0.35)
        plot.bar(left, right, accuracy, confidence, colour, 0.75)
    return plot.line([0, 1], [0, 1], "var(--muted)", "3 4").svg()


def residuals(truth, predicted):
    """Prediction minus truth against the prediction: blue above 0, orange below."""
    difference = predicted - truth
    limits = (predicted.min(), predicted.max()), (min(difference.min(), 0), max(difference.max(), 0))
    plot = Plot("Residuals: prediction - truth", *limits, "prediction", 560, 300)
    colours = ["var(--positive)" if d >= 0 else "var(--negative)" for d in difference]
    plot.line(plot.x, (0, 0), "var(--muted)")
    return plot.dots(predicted, difference, colours, 2.2, 0.6).svg()
