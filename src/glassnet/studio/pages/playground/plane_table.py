"""A table of one's own, of which two columns are the plane, and its form in the address."""

import functools
import json
from dataclasses import dataclass

from glassnet.preprocessing import TablePreprocessing
from glassnet.preprocessing.column import is_missing, is_numeric, number
from glassnet.studio.limits import LIMITS
from glassnet.studio.pages.playground.packing import pack, unpack

MOST_CLASSES = 8
LONGEST = 8000
"""Characters of a table in the address: browsers, mail and chat take addresses of so many."""
MOST_BYTES = 1_000_000
"""Of a table in the address, unpacked."""


@dataclass(frozen=True)
class PlaneTable:
    """Two columns of numbers, which are the plane, and the one that is to be predicted.

    Arguments:
        columns: `((name, cells), ...)` of x, y and the target, tuples. The cells stay the texts that they were in the file, so
            that an address gives the same points to the bit.

    Raises `ValueError` where the columns do not fit.

    >>> table = PlaneTable.of({"a": ["1", "2.5"], "b": ["0", "3"], "pet": ["cat", "dog"]}, "a", "b", "pet")
    >>> PlaneTable.unpacked(table.packed) == table, table.is_regression
    (True, False)
    """

    columns: tuple

    def __post_init__(self):
        names = [name for name, _ in self.columns]
        if len(set(names)) < 3:
            raise ValueError(f"Expected three different columns. Received: {', '.join(names)}.")
        for name, cells in self.columns[:2]:
            _check_numbers(name, cells)
        classes = self.preprocessing().class_names or ()
        if len(classes) > MOST_CLASSES:
            raise ValueError(f"Expected at most {MOST_CLASSES} classes in {self.target!r}. Received: {len(classes)}.")

    @classmethod
    def of(cls, table, x, y, target):
        """Of columns of a `datasets.csv.Table`, by their names."""
        return cls(tuple((name, tuple(cell.strip() for cell in table[name])) for name in (x, y, target)))

    @property
    def target(self):
        """The name of the column that is to be predicted."""
        return self.columns[2][0]

    def __len__(self):
        return len(self.columns[2][1])

    def preprocessing(self, rows=None):
        """The `TablePreprocessing` with the statistics of some rows (indices), or of all.

        Raises `ValueError` where a coordinate is the same in all of these.
        """
        for name, cells in self.columns[:2]:
            values = {number(cell) for cell in (cells if rows is None else map(cells.__getitem__, rows))}
            if len(values) < 2:
                raise ValueError(
                    f"Expected different numbers in the rows of column {name!r} that are learnt from. Received: {values.pop():g} "
                    "in all of them. Do choose another column, or a larger share for training."
                )
        return TablePreprocessing.fit(dict(self.columns), self.target, rows=rows)

    @functools.cached_property
    def is_regression(self):
        """Whether the target is a number to be predicted, not a class."""
        return self.preprocessing().kind == "regression"

    # -- the address -----------------------------------------------------------------------------------------------------------

    @functools.cached_property
    def packed(self):
        """The table as a text of at most `LONGEST` characters; "" where it does not fit into so many."""
        data = _written(self.columns)
        text = pack(data) if len(data) <= MOST_BYTES else ""
        return text if len(text) <= LONGEST else ""

    @classmethod
    def unpacked(cls, text):
        """The table of such a text. Raises `ValueError` where it is none."""
        try:
            columns = json.loads(data := unpack(text, LONGEST, MOST_BYTES))
        except RecursionError as error:
            raise ValueError("Expected three columns. Received: lists in lists.") from error
        if not (isinstance(columns, list) and len(columns) == 3 and all(map(_is_column, columns)) and _written(columns) == data):
            raise ValueError("Expected three columns, each a name and texts. Received: something else.")
        counts = {len(cells) for _, cells in columns}
        if len(counts) > 1 or not 1 <= max(counts) <= LIMITS.rows:
            raise ValueError(f"Expected 1 to {LIMITS.rows:,} rows in each column. Received: {', '.join(map(str, counts))}.")
        return cls(tuple((name, tuple(cells)) for name, cells in columns))


def _written(columns):
    return json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()


def _check_numbers(name, cells):
    if not is_numeric(cells):
        other = next(cell for cell in cells if number(cell) is None and not is_missing(cell))
        raise ValueError(f"Expected numbers in column {name!r}. Received: {other!r}.")
    if missing := [row for row, cell in enumerate(cells, 1) if is_missing(cell)]:
        raise ValueError(
            f"Expected a number in each row of column {name!r}. Received: none in row {missing[0]} and {len(missing) - 1} "
            "others. Do leave these rows out."
        )


def _is_column(column):
    if not (isinstance(column, list) and len(column) == 2 and isinstance(column[0], str) and isinstance(column[1], list)):
        return False
    return all(isinstance(cell, str) for cell in column[1])
