"""Activations and their derivatives as curves: one large, with the neuron's present sum marked, and all others to choose from."""

import traitlets

from glassnet.widgets.picture import Packed, Picture


class ActivationCurves(Picture):
    """The chosen activation, drawn large with its derivative, above small pictures of all of them, which are buttons.

    Attributes:
        names: The activations, as Keras calls them.
        z_range: `[lowest, highest]` z.
        values: `float32` (n, S): what each makes of S evenly spaced z.
        slopes: `float32` (n, S): the derivatives there.
        chosen: The name of the large one. The browser sets it, too.
        at: `[z, a, slope]` of the present sum; empty for none.
        words: `{"value", "slope"}`, the legend.

    >>> ActivationCurves(names=["step"], chosen="step").chosen
    'step'
    """

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    z_range = traitlets.List(traitlets.Float(), [-6.0, 6.0]).tag(sync=True)
    values = Packed("float32")
    slopes = Packed("float32")
    chosen = traitlets.Unicode("").tag(sync=True)
    at = traitlets.List(traitlets.Float()).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)
