"""Your own tables: a CSV file as named columns, and as arrays ready for training.

A cell is text and stays text: nothing in a table is ever evaluated, a formula such as `=1+1` is four letters.

Source of the format: Y. Shafranovich, "Common Format and MIME Type for Comma-Separated Values (CSV) Files", RFC 4180.
"""

import csv
import io
import warnings
from pathlib import Path

import numpy as np

from glassnet.datasets.split import split_rows
from glassnet.preprocessing.column import is_missing, number
from glassnet.preprocessing.table import TablePreprocessing

DELIMITERS = ",;\t|"
MAX_BYTES = 500_000_000
MAX_COLUMNS = 10_000


class Table:
    """Named columns of text, all of one length: what a CSV file holds.

    `table["age"]` is a column, a list of texts; `table.keys()` its names; `len(table)` the number of rows.

    >>> table = Table({"age": ["31", "42", ""], "town": ["Ulm", "Bonn", "Ulm"]})
    >>> len(table), list(table.keys()), table["town"]
    (3, ['age', 'town'], ['Ulm', 'Bonn', 'Ulm'])
    >>> table.select([2, 0])["age"]
    ['', '31']
    """

    def __init__(self, columns):
        self.columns = columns

    def keys(self):
        return self.columns.keys()

    def __getitem__(self, name):
        return self.columns[name]

    def __len__(self):
        return len(next(iter(self.columns.values())))

    def select(self, rows):
        """The table of the given rows (indices), in their order."""
        return Table({name: [cells[row] for row in rows] for name, cells in self.columns.items()})


def read(path):
    """Reads a CSV file. The first line names the columns; comma, semicolon, tab or | between them is found out.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is empty, too large, not UTF-8, has no line of names or no rows, or a row has more or fewer
            cells than there are names. The error says in which line.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "towns.csv"
    ...     _ = path.write_text("town;people\\nUlm;128000\\nBonn;336000\\n")
    ...     read(path)["people"]
    ['128000', '336000']
    """
    path = Path(path)
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ValueError(f"Expected a table of at most {MAX_BYTES} bytes. Received: {path} with {size}. Do split it.")
    return parse(path.read_bytes(), path)


def parse(data, name="the table", max_rows=None):
    """The `Table` in the bytes of a CSV file, such as one that was sent over a network.

    Arguments:
        data: Bytes.
        name: What errors call it.
        max_rows: How many rows it may have; None for as many as there are.

    Raises:
        ValueError: As `read`, or there are more rows.

    >>> parse(b"x,y\\n1,2\\n")["y"]
    ['2']
    """
    text = _decoded(data, name)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        names = [column.strip() for column in next(lines)]
        _check_names(name, names)
        rows = []
        for row in lines:
            if row and len(row) != len(names):
                raise ValueError(
                    f"Expected {len(names)} cells in {name}, line {lines.line_num}, as its first line has. "
                    f"Received: {len(row)}. Do correct the line, or put quotes around a text with a delimiter in it."
                )
            if row:  # an empty line is no row
                rows.append(row)
            if max_rows is not None and len(rows) > max_rows:
                raise ValueError(f"Expected at most {max_rows} rows in {name}. Received: more. Do leave some out.")
    except csv.Error as error:
        raise ValueError(
            f"Expected CSV in {name}. Received: {error}, line {lines.line_num}. Do look for an open quote there."
        ) from error
    if not rows:
        raise ValueError(f"Expected rows under the names in {name}. Received: the line of names only.")
    return Table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def _decoded(data, name):
    try:
        text = data.decode("utf-8-sig")  # Excel begins the file with a byte order mark
    except UnicodeDecodeError as error:
        raise ValueError(
            f"Expected a text in UTF-8 in {name}. Received: byte {data[error.start]:#04x} at position {error.start}. "
            "Do save the table as 'CSV UTF-8'."
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ValueError(f"Expected text in {name}. Received: a zero byte in line {line}. Do export it as CSV.")
    if not text.strip():
        raise ValueError(f"Expected a line of column names and rows in {name}. Received: an empty file.")
    return text.lstrip("\r\n")


def _delimiter(text):
    """The one that cuts the first line into most pieces."""
    first = text.splitlines()[0]
    return max(DELIMITERS, key=lambda delimiter: len(next(csv.reader([first], delimiter=delimiter))))


def _check_names(path, names):
    if len(names) > MAX_COLUMNS:
        raise ValueError(f"Expected at most {MAX_COLUMNS} columns in {path}. Received: {len(names)}.")
    if all(number(name) is not None for name in names if name) and any(names):
        raise ValueError(
            f"Expected names of columns in the first line of {path}. Received: numbers, {', '.join(names[:5])}. "
            "Do add a line of names."
        )
    for position, name in enumerate(names):
        if not name:
            raise ValueError(f"Expected a name for column {position + 1} of {path}. Received: none. Do add it.")
        if name in names[:position]:
            raise ValueError(f"Expected different column names in {path}. Received: {name!r} twice. Do rename one.")


def load_data(path, target, test_split=0.2, seed=0, kind=None, ignore=()):
    """Reads a table, splits its rows, and makes arrays of them.

    Means, deviations and categories are those of the training rows alone: the test rows stay unseen. Rows without a
    target are left out, with a warning.

    Arguments:
        path: The CSV file.
        target: The name of the column to be predicted.
        test_split: The share of rows for the test, from 0 up to, not including, 1.
        seed: Which rows go where: the same seed gives the same split.
        kind: `"regression"` or `"classification"`; None to decide by the rule of `TablePreprocessing.fit`.
        ignore: A name, or names, of columns not to read.

    Returns:
        `(x_train, y_train), (x_test, y_test), preprocessing`: features `float32` (B, I), targets (B,), standardised
        `float32` for a regression and `int64` class numbers otherwise; and the `TablePreprocessing` that made them,
        which makes the same of rows to come and tells what predictions mean.

    Raises:
        ValueError: As `read` and `TablePreprocessing.fit`.

    >>> from glassnet.datasets import weather
    >>> (x_train, y_train), _, preprocessing = load_data(weather.PATH, "rainy", ignore=["date", "rain_mm"])
    >>> x_train.shape, preprocessing.kind, preprocessing.feature_names[:4]
    ((874, 7), 'binary', ['airport=EWR', 'airport=JFK', 'airport=LGA', 'temperature_c'])
    """
    table = read(path)
    if target not in table.keys():  # noqa: SIM118 (a Table is no dictionary)
        raise ValueError(f"Expected a target out of the columns {', '.join(table.keys())}. Received: {target!r}.")
    known = [row for row, text in enumerate(table[target]) if not is_missing(text.strip())]
    if len(known) < 2:
        raise ValueError(f"Expected at least two rows with a target {target!r} in {path}. Received: {len(known)}.")
    if len(known) < len(table):
        warnings.warn(f"{len(table) - len(known)} rows of {path} have no {target!r} and are left out.", stacklevel=2)
        table = table.select(known)
    train, test = split_rows(len(table), test_split, np.random.default_rng(seed))
    preprocessing = TablePreprocessing.fit(table, target, rows=train, kind=kind, ignore=ignore)
    x, y = preprocessing.transform(table), preprocessing.transform_target(table)
    return (x[train], y[train]), (x[test], y[test]), preprocessing
