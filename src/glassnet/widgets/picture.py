"""What all pictures share: a script beside the class, the palette, and arrays that travel as bytes."""

import base64
import inspect
from pathlib import Path

import anywidget
import numpy as np
import traitlets

from glassnet.widgets.palette import picture_css

SHARED = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


class Packed(traitlets.Unicode):
    """A trait that is given an array and travels as the base64 text of its bytes, in C order.

    Arguments:
        dtype: "float32" or "uint8", of the bytes; what is assigned is converted.

    In the picture's script, `numbers(model.get("name"))` or `bytes(model.get("name"))` gives the typed array. Shapes are
    not sent: the script knows them, or reads them from traits of their own.

    >>> class Row(traitlets.HasTraits):
    ...     values = Packed("uint8")
    >>> Row(values=np.array([1, 2, 255])).values
    'AQL/'
    """

    def __init__(self, dtype="float32", **arguments):
        super().__init__("", **arguments)
        self.dtype = np.dtype(dtype)
        self.tag(sync=True)

    def validate(self, obj, value):
        if not isinstance(value, str):
            array = np.ascontiguousarray(value, self.dtype)
            value = base64.b64encode(array.data if array.size else b"").decode("ascii")
        return super().validate(obj, value)


class Picture(anywidget.AnyWidget):
    """The base of all pictures: `name.py` with the traits, and `name.js` (and, if it wants, `name.css`) beside it.

    The script is an ES module that exports `render({ model, el })` by `export default { render }`, and may return a function
    that clears up. It relies on nothing but `model.get`, `set`, `save_changes`, `on` and `off`, so that the picture is the
    same in a notebook and in the studio. In front of it stands `picture.js`, which gives:

    - `numbers(text)`, `bytes(text)`: the Float32Array or Uint8Array of a `Packed` trait,
    - `colours(el)`: the palette as `{bg, surface, ink, muted, line, soft, pos, neg, focus, series, sans, mono}`,
    - `diverging(colours)`: a function of a number from -1 to 1 that gives `[r, g, b]`, from neg over surface to pos,
    - `canvas(el, width, height)`: a canvas of so many CSS pixels, sharp on any screen, as `{ node, context, resize }`,
    - `drawing(el, model, names, draw)`: calls `draw` now, and once an animation frame after a change of one of the traits
      `names` or of the theme; returns the function that ends it.

    Traits of the Python side that the script reads are tagged `sync=True`; `Packed` ones are so already. Traits that only the
    browser sets are named in the class's docstring. Colours are CSS properties, `var(--gn-pos)` and so on (`widgets.palette`).

    Subclasses with a script say nothing more: it is found by the name of the module. One with a long script names its parts,
    `class Network(Picture, parts=("place", "card"))`: `network_place.js` and `network_card.js` then stand in front of it.

    Attributes: `label` (text for those who do not see the picture, which the script puts into `aria-label`).
    """

    label = traitlets.Unicode("").tag(sync=True)

    def __init_subclass__(cls, parts=(), **arguments):
        file = Path(inspect.getfile(cls))
        if "_esm" not in cls.__dict__:
            scripts = [*(file.with_name(f"{file.stem}_{part}.js") for part in parts), file.with_suffix(".js")]
            style = file.with_suffix(".css")
            cls._esm = "\n".join([SHARED, *(script.read_text(encoding="utf-8") for script in scripts)])
            cls._css = picture_css() + (style.read_text(encoding="utf-8") if style.exists() else "")
        super().__init_subclass__(**arguments)
