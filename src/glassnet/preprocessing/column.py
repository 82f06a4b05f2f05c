"""One column of a table: what its cells mean, and the numbers that stand for them.

A column is described by plain data, a dictionary that JSON can hold:

- `{"name", "kind": "numeric", "mean", "std", "missing"}` becomes one feature, (value - mean) / std. A missing value
  becomes the mean, thus 0; where values were missing in training, a second feature says so with 1.
- `{"name", "kind": "category", "categories"}` becomes one feature for each category: 1 for the one in the cell, 0 for
  the others. A category that was not there in training is all zeros, and so is a missing one.
"""

import math
import numbers

import numpy as np

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
MAX_CATEGORIES = 100


def as_columns(table):
    """`{name: list of texts}` from a table, a dictionary of columns, a pandas DataFrame or a list of row dictionaries.

    Raises:
        ValueError: It is none of these, has no rows, or its columns differ in length.

    >>> as_columns([{"age": 3, "town": "Bonn"}, {"age": None, "town": " Ulm "}])
    {'age': ['3', ''], 'town': ['Bonn', 'Ulm']}
    """
    if isinstance(table, list | tuple) and all(isinstance(row, dict) for row in table):
        names = dict.fromkeys(name for row in table for name in row)
        columns = {name: [row.get(name) for row in table] for name in names}
    elif hasattr(table, "keys"):
        columns = {name: table[name] for name in table.keys()}  # noqa: SIM118 (a DataFrame iterates otherwise)
    else:
        raise ValueError(f"Expected a table, a dictionary of columns or a list of rows. Received: {type(table).__name__}.")
    for name, cells in columns.items():
        if isinstance(cells, str | numbers.Number | None):
            raise ValueError(
                f"Expected a list of values in column {name!r}. Received: {cells!r}. "
                "Do write a single row as a list of one dictionary, [row]."
            )
    columns = {str(name): [_text(cell) for cell in cells] for name, cells in columns.items()}
    lengths = {name: len(cells) for name, cells in columns.items()}
    if not any(lengths.values()):
        raise ValueError("Expected at least one row. Received: a table without rows.")
    if len(set(lengths.values())) > 1:
        raise ValueError(f"Expected columns of one length. Received: {lengths}.")
    return columns


def _text(cell):
    return "" if cell is None else str(cell).strip()


def is_missing(text):
    """Whether a cell says that it has no value: empty, or NA, N/A, NaN, null, none or ? in any case."""
    return text.lower() in MISSING


def number(text):
    """The number that a text stands for, or None.

    >>> number("1.5e3"), number("1_000"), number("abc")
    (1500.0, None, None)
    """
    if "_" in text:  # Python's own notation, which no table means
        return None
    try:
        return float(text)
    except ValueError:
        return None


def is_numeric(texts):
    """Whether every cell that is not missing is a number."""
    return all(number(text) is not None for text in texts if not is_missing(text))


def to_numbers(name, texts):
    """The cells as a `float64` array (B,), NaN where one is missing.

    Raises:
        ValueError: A cell is no number, or an infinite one; rows count from 1.
    """
    values = np.full(len(texts), np.nan)
    for row, text in enumerate(texts):
        if is_missing(text):
            continue
        value = number(text)
        if value is None or not math.isfinite(value):
            raise ValueError(
                f"Expected a finite number in column {name!r}, row {row + 1}. Received: {text!r}. "
                "Do correct the cell, or leave it empty for a missing value."
            )
        values[row] = value
    return values


def fit_column(name, texts, rows):
    """Describes a column, with statistics of the training rows only.

    Arguments:
        name: The column's name.
        texts: All its cells: they decide together whether it is numeric.
        rows: The indices of the training rows.

    Returns:
        `(description, None)`, or `(None, reason)` for a column that a network can learn nothing from.
    """
    filled = [texts[row] for row in rows if not is_missing(texts[row])]
    if len(set(filled)) < 2 and len(filled) in (0, len(rows)):
        return None, "it has the same value in every training row"
    if is_numeric(texts):
        values = to_numbers(name, texts)[rows]
        mean, std = moments(name, values)
        return {
            "name": name,
            "kind": "numeric",
            "mean": mean,
            "std": std,
            "missing": bool(np.isnan(values).any()),
        }, None
    categories = sorted(set(filled))
    if len(categories) > MAX_CATEGORIES:
        return None, f"it has {len(categories)} different texts, more than {MAX_CATEGORIES}{_first_text(texts)}"
    return {"name": name, "kind": "category", "categories": categories}, None


def _first_text(texts):
    """What keeps a column from being numeric, if it nearly is: most often a slip of the pen."""
    others = [(row, text) for row, text in enumerate(texts) if not is_missing(text) and number(text) is None]
    if len(others) > len(texts) / 10:
        return ""
    row, text = others[0]
    return f"; all but {len(others)} cells are numbers: correct those, the first is {text!r} in row {row + 1}"


def moments(name, values):
    """Mean and standard deviation of what is not NaN; a deviation of 0 counts as 1, so that one can divide by it."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, std = float(np.nanmean(values)), float(np.nanstd(values))
    if not (math.isfinite(mean) and math.isfinite(std)):
        raise ValueError(
            f"Expected numbers in column {name!r} whose squares can be summed up. Received: up to "
            f"{np.nanmax(np.abs(values)):g}. Do choose a larger unit, or take the logarithm."
        )
    constant = np.nanmin(values) == np.nanmax(values)
    return mean, 1.0 if constant or std == 0 else std


def feature_names(column):
    """The names of the features that a column becomes."""
    if column["kind"] == "category":
        return [f"{column['name']}={category}" for category in column["categories"]]
    return [column["name"]] + ([f"{column['name']} is missing"] if column["missing"] else [])


def encode(column, texts):
    """The features of a column's cells: `float32` (B, len(feature_names(column)))."""
    if column["kind"] == "category":
        place = {category: index for index, category in enumerate(column["categories"])}
        features = np.zeros((len(texts), len(place)), np.float32)
        for row, text in enumerate(texts):
            if text in place and not is_missing(text):
                features[row, place[text]] = 1
        return features
    values = to_numbers(column["name"], texts)
    missing = np.isnan(values)
    scaled = (np.where(missing, column["mean"], values) - column["mean"]) / column["std"]
    if np.abs(scaled).max() > np.finfo(np.float32).max:
        raise ValueError(
            f"Expected values of column {column['name']!r} near {column['mean']:g}. Received: "
            f"{np.nanmax(np.abs(values)):g}, which does not fit in 32 bits. Do correct the cell."
        )
    return np.stack([scaled, missing] if column["missing"] else [scaled], axis=1).astype(np.float32)


def check_column(column):
    """Refuses, with `ValueError`, a description (from a model file, say) that `encode` could not work with."""
    if isinstance(column, dict) and isinstance(column.get("name"), str):
        if column.get("kind") == "category" and is_names(column.get("categories")):
            return
        if column.get("kind") == "numeric" and is_scale(column) and isinstance(column.get("missing"), bool):
            return
    raise ValueError(f"Expected the description of a numeric or category column. Received: {column!r}.")


def is_names(names):
    """Whether `names` is a list of different texts."""
    return isinstance(names, list) and all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def is_scale(description):
    """Whether a description has a finite `mean` and a finite, positive `std`."""
    mean, std = description.get("mean"), description.get("std")
    return all(isinstance(v, int | float) and math.isfinite(v) for v in (mean, std)) and std > 0
