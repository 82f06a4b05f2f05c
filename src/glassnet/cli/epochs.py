"""Progress over many short epochs: one line for several of them."""

from glassnet.callbacks import Callback
from glassnet.progress import ProgressLine

LINES = 10


class EpochLines(Callback):
    """At most about `LINES` lines for a whole training, each redrawn on a terminal while its epochs run.

    Goes with `fit(verbose=0)`, which shows nothing itself.
    """

    def __init__(self):
        super().__init__()
        self._line = None

    def on_epoch_begin(self, epoch, logs=None):
        epochs, steps, samples = (self.params[key] for key in ("epochs", "steps", "samples"))
        if self._line is None:
            every = max(1, epochs // LINES)
            self._first, self._last = epoch, min(epochs, (epoch // every + 1) * every)
            count = self._last - epoch
            self._line = ProgressLine(self._title(self._last), count * steps, count * samples)
        self._before = (epoch - self._first) * steps

    def _title(self, epoch):
        epochs = str(self.params["epochs"])
        return f"Epoch {epoch:>{len(epochs)}}/{epochs}"

    def on_train_chunk_end(self, step, logs=None):
        self._line.update(self._before + step, logs)

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self._last or self.model.stop_training:
            self._line.title = self._title(epoch + 1)
            self._line.finish(logs)
            self._line = None

    def close(self):
        if self._line is not None:
            self._line.close()
            self._line = None
