"""What the first layers look for: the weights of their neurons as pictures, those of convolutions included."""

from html import escape

import numpy as np

from glassnet.inspect.neuron import input_of, neurons
from glassnet.inspect.picture import image_shape, weights_tag
from glassnet.inspect.probe import Probe
from glassnet.layers import Conv2D, Dense

SHOWN = 64
"""How many neurons of a layer are shown."""


def weight_images(model):
    """A picture for each neuron of the layers that read a picture, HTML; empty where no input is one."""
    probe, parts = Probe(model, 1, output=model.output_names[0]), []
    known = neurons(model)
    looked_at = [layer for layer in model.every_layer() if type(layer) in (Dense, Conv2D) and layer.name in known]
    for name, kernel in [(layer.name, layer.kernel) for layer in looked_at]:
        read = input_of(probe, kernel)
        images = None if read is None else _images(kernel.value, read.shape)
        if images is not None:
            parts.append(_gallery(name, images))
    return "".join(parts)


def _images(kernel, shape):
    """The weights of each neuron (N, H, W) from an input of a shape; None where they are no picture.

    Of a convolution these are its filters, the channels side by side.
    """
    picture = image_shape(tuple(shape))
    if kernel.ndim == 2 and picture is not None and len(picture) == 2 and len(kernel) == picture[0] * picture[1]:
        return kernel.T.reshape(-1, *picture)
    if kernel.ndim == 4 and picture is not None and kernel.shape[2] == shape[-1]:
        return np.concatenate(np.moveaxis(kernel, 2, 0), axis=1).transpose(2, 0, 1)
    return None


def _gallery(name, images):
    sizes = np.abs(images[np.isfinite(images)])
    strongest = float(np.quantile(sizes, 0.995)) if sizes.size else 1.0  # a few outliers must not leave the rest pale
    figures = [
        f"<figure>{weights_tag(image, strongest)}<figcaption class='muted'>neuron {at}</figcaption></figure>"
        for at, image in enumerate(images[:SHOWN])
    ]
    shown = f"the first {SHOWN} of {len(images)}" if len(images) > SHOWN else "all"
    return (
        f"<p>Weights of the neurons of {escape(name)} ({shown}): light there makes the neuron "
        "<span class='positive'>brighter</span> or <span class='negative'>darker</span>.</p>"
        f'<div class="gallery">{"".join(figures)}</div>'
    )
