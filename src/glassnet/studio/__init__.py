"""The studio: pages in the browser that show living networks. All arithmetic is the library's."""

import sys


def open(model=None, data=None, port=None, browser=True):
    """Opens the studio in the browser, on a model where one is given.

    The page that fits is chosen: digits for networks that classify pictures of 28 x 28 pixels, the playground for two inputs,
    backpropagation for other small ones. What is done there, is done to a copy.

    In a script it returns when the studio is ended by Ctrl-C. In a notebook or at Python's prompt it returns at once, and
    called again it shows another model in the same studio.

    Arguments:
        model: A compiled model, or None for the studio as it is.
        data: `(x, y)` to show the model on, or None.
        port: Port; None for 8000, or the next one that is free.
        browser: Whether to open a browser, besides printing the address.

    Raises `ValueError` where no page can show the model.

    ```python
    glassnet.studio.open(model, (x_test, y_test))
    ```
    """
    from glassnet.studio import server
    from glassnet.studio.exhibit import Exhibit

    exhibit = None if model is None else Exhibit.of(model, data)
    interactive = hasattr(sys, "ps1") or "ipykernel" in sys.modules
    server.show(exhibit, port, browser, wait=not interactive)
