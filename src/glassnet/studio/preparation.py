"""What the page that opens first needs is got ready while the studio starts and a browser opens."""

import functools
import importlib
import threading

from glassnet import datasets
from glassnet.studio.pages import NAMES, page_class

LIBRARY = ("glassnet.models", "glassnet.inspect.trace", "glassnet.widgets.picture")
"""Modules that take long to load and do not need the server's."""
_READING = threading.Lock()


def mnist():
    """`datasets.mnist.load_data()`, read once for all sessions, whichever thread comes first."""
    with _READING:
        return _mnist()


@functools.cache
def _mnist():
    return datasets.mnist.load_data()


class Preparation:
    """Loads modules, data and kernels in threads, from when it is made: data and the library beside the server's modules,
    which the caller loads meanwhile, and the page once these are there.

    Attributes: `page`, its name.
    """

    def __init__(self):
        self.page, self._server = NAMES[0], threading.Event()
        self._thread = threading.Thread(target=self._run, name="preparation", daemon=True)
        self._thread.start()
        threading.Thread(target=mnist, name="reading", daemon=True).start()

    def go_on(self):
        """The server's modules are there."""
        self._server.set()

    def keeps_waiting(self, name):
        """Whether the page of a name has to wait for this."""
        return name == self.page and self._thread.is_alive()

    def join(self, seconds=None):
        """Waits until all is ready, or so many seconds."""
        self._thread.join(seconds)

    def _run(self):
        for name in LIBRARY:
            importlib.import_module(name)
        self._server.wait()
        page_class(self.page).prepare()
