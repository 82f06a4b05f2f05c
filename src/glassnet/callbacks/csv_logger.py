"""The logs as a table in a file."""

import csv
import os
from collections.abc import Iterable

from glassnet.callbacks.callback import Callback


class CSVLogger(Callback):
    """Writes a row for each epoch: `epoch`, counted from 0, and the logs in alphabetical order.

    Without validation in the first epoch, there is a column `val_...` for each name as well, so that a later run with
    validation can be appended. What an epoch does not have is `NA`. Rows are complete in the file after each epoch.

    Arguments:
        filename: Path of the file.
        separator: Between the values of a row.
        append: Whether to go on in a file that exists, or to replace it.

    Raises:
        ValueError: The file to append to has other columns.

    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "log.csv"
    >>> callback = CSVLogger(path)
    >>> callback.on_train_begin(); callback.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75}); callback.on_train_end()
    >>> print(path.read_text())
    epoch,loss,val_loss
    0,0.5,0.75
    """

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys = None
        self.csv_file = None

    def on_train_begin(self, logs=None):
        self.close()
        self.keys = None
        self.csv_file = open(self.filename, "a+" if self.append else "w", newline="", encoding="utf-8")  # noqa: SIM115

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        writer = csv.writer(self.csv_file, delimiter=self.sep)
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
            columns = ["epoch", *self.keys]
            present = self._present_columns()
            if present is None:
                writer.writerow(columns)
            elif present != columns:
                raise ValueError(
                    f"Expected {self.filename} to have the columns {columns}. Received: {present}. "
                    "Give another filename, or append=False to replace the file."
                )
        writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self.keys)])
        self.csv_file.flush()

    def _present_columns(self):
        """The first row of the file that is appended to; None if there is none."""
        if not self.append:
            return None
        self.csv_file.seek(0)
        return next(csv.reader(self.csv_file, delimiter=self.sep), None)

    def on_train_end(self, logs=None):
        self.close()

    def close(self):
        if self.csv_file is not None:
            self.csv_file.close()


def _cell(value):
    if isinstance(value, Iterable) and not isinstance(value, str) and getattr(value, "ndim", 1) > 0:
        return f'"[{", ".join(map(str, value))}]"'
    return value
