"""A network on points of the plane: each neuron a small map of what it says there, each weight a line."""

import traitlets

from glassnet.widgets.picture import Packed, Picture


class PlaneNetwork(Picture, parts=("pens", "place", "paint", "card", "controls")):
    """Features, hidden layers and outputs from left to right, to be looked at and changed.

    A line is blue for a positive weight, orange for a negative one, and the wider the larger it is; likewise the small square
    at a neuron for its bias. A click on a neuron or a line opens its numbers for editing (Enter on a neuron, by keyboard).

    Attributes:
        features: `[{"formula", "text", "on", "own"}]`; those that are on feed the first layer, in this order.
        layers: `[{"name", "title", "units", "activation", "kernel", "bias"}]`, the last one the output; `kernel` and `bias` are
            offsets in the vector of parameters, `bias` -1 where there is none.
        tiles: `uint8` (neurons, S, S) for all features and then the units of all layers: 0 is -1, 128 is 0, 255 is 1.
        tile: S.
        weights: `float32`, the vector of parameters.
        gradients: The derivative of the loss by it, or empty.
        deltas: `float32`, the derivative of the loss by z for the units of all layers, or empty.
        show: "weights", or "gradients" for the derivatives in their place.
        selected: `[layer, unit]` of the neuron that is shown large; layer -1 are the features. Empty for none.
        activations: `[[name, text]]` that a hidden layer can be given.
        most_layers, most_units: Limits.
        words: What is written, see the script.
        save: `{"n", "kind": "png" or "svg", "name"}`; each new n makes the browser save the picture.

    Set by the browser: `asked` `{"n", "what", ...}` with what as "add_layer" (at), "remove_layer" (at), "units" (at, units),
    "activation" (at, value), "feature" (formula, on), "formula" (text), "forget" (formula); `edited` `{"n", "index",
    "value"}`, a place in the vector of parameters and its new number; `hovered` `[layer, unit]` or empty.
    """

    features = traitlets.List().tag(sync=True)
    layers = traitlets.List().tag(sync=True)
    tiles = Packed("uint8")
    tile = traitlets.Int(20).tag(sync=True)
    weights = Packed("float32")
    gradients = Packed("float32")
    deltas = Packed("float32")
    show = traitlets.Unicode("weights").tag(sync=True)
    selected = traitlets.List().tag(sync=True)
    activations = traitlets.List().tag(sync=True)
    most_layers = traitlets.Int(8).tag(sync=True)
    most_units = traitlets.Int(32).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
    save = traitlets.Dict().tag(sync=True)
    asked = traitlets.Dict().tag(sync=True)
    edited = traitlets.Dict().tag(sync=True)
    hovered = traitlets.List().tag(sync=True)
