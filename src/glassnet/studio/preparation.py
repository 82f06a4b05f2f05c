"""What the page that opens first needs is made ready while the studio starts, and while the browser loads the frame."""

import functools
import threading

from glassnet import datasets

_READING = threading.Lock()


def mnist():
    """`datasets.mnist.load_data()`, read once for all sessions, whichever thread comes first."""
    with _READING:
        return _mnist()


@functools.cache
def _mnist():
    return datasets.mnist.load_data()


def read_ahead():
    """Begins to read MNIST in a thread: on another processor than the one that loads the server's modules."""
    threading.Thread(target=mnist, daemon=True).start()


class Preparation(threading.Thread):
    """Loads a page's modules, data and kernels in a thread.

    Arguments:
        name: Of the page.
    """

    def __init__(self, name):
        super().__init__(name="preparation", daemon=True)
        self.page = name

    def run(self):
        from glassnet.studio.pages import page_class

        page_class(self.page).prepare()

    def keeps_waiting(self, name):
        """Whether a page, of a certain name, has to wait for this."""
        return name == self.page and self.is_alive()
