"""A network that reads pictures, drawn from left to right and lit by what it computes."""

import numpy as np
import traitlets

from glassnet.widgets.image_grid import signed_bytes
from glassnet.widgets.picture import Packed, Picture


class NetworkPicture(Picture):
    """The input as an image, a column of neurons for each layer, and the strongest connections between neighbours.

    A neuron is called `"column/unit"`, such as `"1/5"`; column 0 is the input. The browser sets `hovered` (the neuron under
    the pointer or with the focus, or ""), `selected` (the one clicked, or "") and `switched` (`{"neuron", "number"}`, when x
    is pressed on a neuron: it is to be switched off or on; the number counts).

    Attributes:
        columns: For each column `{"title", "rest", "units"}`, and where they apply `"image": [H, W]` (the first), `"labels"`
            (names of the neurons, written beside them) and `"limit"` (the activation with the full colour; the largest
            where there is none).
        height: Most pixels; a narrow picture is less tall.
        activations: Packed float32, those of all columns one after the other; of the input from 0 to 1.
        connections: Packed float32 (N, 5): column of the source, source, target, strength from -1 to 1, and 1 where the
            connection is to stand out.
        ablated: List of neurons that are crossed out.
        detail, detail_image, detail_connections: What is told of the neuron that is pointed at or chosen, beneath the input, as
            `tell` sets it.

    >>> picture = NetworkPicture(columns=[{"title": "input", "units": 2}, {"title": "dense", "units": 1}])
    >>> picture.activations, picture.connections = [0.0, 1.0, 0.5], [[0, 1, 0, -1.0, 1]]
    """

    columns = traitlets.List().tag(sync=True)
    height = traitlets.Int(420).tag(sync=True)
    activations = Packed()
    connections = Packed()
    ablated = traitlets.List().tag(sync=True)
    hovered = traitlets.Unicode("").tag(sync=True)
    selected = traitlets.Unicode("").tag(sync=True)
    switched = traitlets.Dict({"neuron": "", "number": 0}).tag(sync=True)
    detail = traitlets.Dict({"neuron": ""}).tag(sync=True)
    detail_image = Packed("uint8")
    detail_connections = Packed()

    def tell(self, neuron, title, lines=(), weights=None, connections=()):
        """Says what a neuron is, beneath the input and by its own connections.

        Arguments:
            neuron: Its name; "" for what is told while no neuron is pointed at or chosen.
            title, lines: Texts.
            weights: Its incoming weights as an image (H, W), or None.
            connections: As the trait; only these are drawn while it is pointed at or chosen.
        """
        shape = [] if weights is None else list(weights.shape)
        with self.hold_trait_notifications():
            self.detail_image = np.empty(0, np.uint8) if weights is None else signed_bytes(weights[None])[0]
            self.detail_connections = np.asarray(connections, np.float32)
            self.detail = {"neuron": neuron, "title": title, "lines": list(lines), "shape": shape}
