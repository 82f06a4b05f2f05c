"""A small drawing of a network: a column of neurons for each layer with weights, its weights as lines."""

import math
from html import escape

import numpy as np

SHOWN = 8
"""Neurons of a layer that are drawn; dots stand for the others."""

COLUMN, STEP, TOP = 110, 22, 14


def network_picture(model):
    """The network as inline SVG: a line is blue for a positive weight, orange for a negative one, and the stronger the
    larger the weight is. Empty for a model that is not built yet."""
    if not model.built:
        return ""
    columns = [("input", math.prod(model.input_shape[1:]), None)]
    for layer in model.layers:
        if layer.weights and layer.trainable_flag or layer is model.layers[-1]:
            kernel = getattr(layer, "kernel", None)
            columns.append((layer.name, int(layer.compute_output_shape(layer.input_shape)[-1]), kernel))
    places = [_column(number, units) for number, (_, units, _) in enumerate(columns)]
    width, height = COLUMN * len(columns), TOP + SHOWN * STEP + 52
    parts = []
    for (_, _, kernel), left, right in zip(columns[1:], places, places[1:], strict=False):
        weights = None if kernel is None or kernel.ndim != 2 else kernel.value[: len(left), : len(right)]
        strongest = 0.0 if weights is None else float(np.max(np.abs(weights), where=np.isfinite(weights), initial=0.0))
        for i, (x, y) in enumerate(left):
            for j, (u, v) in enumerate(right):
                colour, opacity = "var(--muted)", 0.25
                if weights is not None and i < len(weights) and strongest > 0 and math.isfinite(weights[i, j]):
                    colour = "var(--positive)" if weights[i, j] >= 0 else "var(--negative)"
                    opacity = 0.08 + 0.72 * abs(float(weights[i, j])) / strongest
                parts.append(f'<path d="M{x} {y}L{u} {v}" stroke="{colour}" stroke-opacity="{opacity:.2f}"/>')
    for (name, units, _), column in zip(columns, places, strict=True):
        x = column[0][0]
        parts += [
            f'<circle cx="{x}" cy="{y}" r="6" fill="var(--ground)" stroke="var(--ink)" stroke-width="1.3"/>' for x, y in column
        ]
        if units > SHOWN:
            parts.append(f'<text x="{x}" y="{column[-1][1] + 21}" text-anchor="middle">&#8942;</text>')
        short = name if len(name) <= 15 else name[:14] + "\u2026"
        parts.append(f'<text x="{x}" y="{height - 20}" text-anchor="middle" style="fill:var(--ink)">{escape(short)}</text>')
        parts.append(f'<text x="{x}" y="{height - 4}" text-anchor="middle">{units}</text>')
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    label = f'role="img" aria-label="{escape(f"Network {model.name}")}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label}>{"".join(parts)}</svg>'


def _column(number, units):
    shown = min(units, SHOWN)
    first = TOP + (SHOWN - shown) * STEP / 2
    return [(COLUMN * number + COLUMN // 2, round(first + place * STEP)) for place in range(shown)]
