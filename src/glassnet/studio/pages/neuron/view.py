"""What the views of the neuron's page share: answers as the shades of a map, and formulas as texts."""

import numpy as np

PLACES = 64
"""Of a map, each way."""


def places(x_range, y_range):
    """The places of a map as examples, (PLACES * PLACES, 2), the first row at the top."""
    x, y = np.linspace(*x_range, PLACES), np.linspace(*reversed(y_range), PLACES)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)


def shades(answers, middle, reach=None):
    """Answers as bytes for a map: 128 at `middle`, 255 at `reach` above it (None: as far as the answers go)."""
    away = np.asarray(answers, np.float32).reshape(-1) - middle
    reach = reach or max(float(np.abs(away).max()), 1e-6)
    return np.clip(128 + 127 * away / reach, 1, 255)


def sum_of_products(weights, names):
    """A weighted sum as text, such as "1.5·x₁ − 2·x₂"."""
    text = ""
    for weight, name in zip(weights, names, strict=True):
        sign = "−" if weight < 0 else "+" if text else ""
        text += f" {sign} {abs(weight):.4g}·{name}" if text else f"{sign}{abs(weight):.4g}·{name}"
    return text


def signed(value):
    """A number that is added, such as "− 0.5"."""
    return f"− {abs(value):.4g}" if value < 0 else f"+ {value:.4g}"
