"""Tables: which columns become which features, and what the target column means."""

import warnings

import numpy as np

from glassnet.preprocessing.column import (
    MAX_CATEGORIES,
    as_columns,
    check_column,
    encode,
    feature_names,
    fit_column,
    is_missing,
    is_names,
    is_numeric,
    is_scale,
    moments,
    number,
    to_numbers,
)
from glassnet.registry import Configurable

KINDS = ("regression", "binary", "classification")
MAX_NUMERIC_CLASSES = 10


class TablePreprocessing(Configurable):
    """Turns rows of a table into features, target values into numbers, and predictions back. Saved with the model.

    Build one with `fit`; the arguments here are what `get_config` returns. How a column becomes features is said in
    `glassnet.preprocessing.column`: numbers are standardised, categories become one feature each, missing values are
    the mean or all zeros, and so are categories that training did not have.

    Arguments:
        columns: The descriptions of the columns that are read, in the order of the features.
        target: The description of the target: `{"name", "kind": "regression", "mean", "std"}`, or `{"name", "kind",
            "class_names"}` with the kind `"binary"` (2 classes) or `"classification"` (more).
        ignored: Why other columns are not read, by name.

    Raises:
        ValueError: A description is malformed.

    >>> rows = [{"rooms": 2, "town": "Ulm", "price": 210}, {"rooms": 4, "town": "Bonn", "price": 450.5},
    ...         {"rooms": 3, "town": "Bonn", "price": 390}]
    >>> preprocessing = TablePreprocessing.fit(rows, target="price")
    >>> preprocessing.kind, preprocessing.feature_names
    ('regression', ['rooms', 'town=Bonn', 'town=Ulm'])
    >>> preprocessing.transform([{"rooms": 3, "town": "Ulm"}])
    array([[0., 0., 1.]], dtype=float32)
    >>> preprocessing.inverse_target(preprocessing.transform_target(rows)).round(2)
    array([210. , 450.5, 390. ])
    """

    def __init__(self, columns, target, ignored=None):
        if not isinstance(columns, list | tuple) or not columns:
            raise ValueError(f"Expected a list of column descriptions. Received: {columns!r}.")
        for column in columns:
            check_column(column)
        _check_target(target)
        self.columns = list(columns)
        self.target = target
        self.ignored = dict(ignored or {})

    @classmethod
    def fit(cls, table, target, rows=None, kind=None, ignore=()):
        """Learns means, deviations and categories from the training rows of a table.

        Without `kind`, a numeric target means regression if one of its values has a fraction, if it has more than 10
        different values, or if more than half of its values (and more than two) are different; otherwise, and where it
        is text, its different values are classes.

        Arguments:
            table: What `glassnet.datasets.csv.read` returns, a dictionary of columns, a DataFrame or a list of row
                dictionaries.
            target: The name of the column to be predicted. It must have a value in each row.
            rows: Indices of the training rows, the only ones that statistics are taken from; None for all. What a
                column is (numbers or categories) and the names of the classes are taken from all rows.
            kind: `"regression"` or `"classification"`, where the rule above would be wrong.
            ignore: A name, or names, of columns not to read.

        Raises:
            ValueError: No such column, a column without any value, a target of one value, or nothing to learn from.

        Warns:
            UserWarning: A column is left out, with the reason: the same value everywhere, or more than 100 different
            texts. `ignored` remembers it.
        """
        texts = as_columns(table)
        ignore = [ignore] if isinstance(ignore, str) else ignore
        for name in (target, *ignore):
            if name not in texts:
                raise ValueError(f"Expected one of the columns {', '.join(texts)}. Received: {name!r}.")
        rows = np.arange(len(texts[target])) if rows is None else np.asarray(rows)
        target_description = _fit_target(target, texts[target], rows, kind)
        ignored = {name: "it was to be ignored" for name in ignore}
        names = [name for name in texts if name != target and name not in ignored]
        empty = [name for name in names if all(is_missing(texts[name][row]) for row in rows)]
        if empty:
            raise ValueError(
                f"Expected values in each column. Received: none in the training rows of {', '.join(empty)}. "
                f"Do remove them from the table, or pass ignore={empty}."
            )
        columns = []
        for name in names:
            column, reason = fit_column(name, texts[name], rows)
            if column is None:
                ignored[name] = reason
                warnings.warn(f"Column {name!r} is not read: {reason}.", stacklevel=2)
            else:
                columns.append(column)
        if not columns:
            raise ValueError(f"Expected a column to learn {target!r} from. Received: none that is of use, {ignored}.")
        return cls(columns, target_description, ignored)

    @property
    def kind(self):
        """`"regression"`, `"binary"` or `"classification"`."""
        return self.target["kind"]

    @property
    def class_names(self):
        """The classes' names in the order of their numbers; None for a regression."""
        return self.target.get("class_names")

    @property
    def feature_names(self):
        """A name for each of the I features."""
        return [name for column in self.columns for name in feature_names(column)]

    def transform(self, table):
        """The features of rows: `float32` (B, I). Columns that training did not read, the target too, may be absent.

        Raises:
            ValueError: A column is absent, or a cell of a numeric column is no number.
        """
        texts = as_columns(table)
        absent = [column["name"] for column in self.columns if column["name"] not in texts]
        if absent:
            raise ValueError(
                f"Expected the columns {', '.join(column['name'] for column in self.columns)}. Received: "
                f"{', '.join(texts)}. Do add {', '.join(absent)}; a value that is not known may be left empty."
            )
        return np.concatenate([encode(column, texts[column["name"]]) for column in self.columns], axis=1)

    def transform_target(self, table):
        """The target column as numbers (B,): standardised `float32` for a regression, else `int64` class numbers.

        Raises:
            ValueError: The column is absent, a cell is empty, or a class was not there in training.
        """
        texts = as_columns(table)
        name = self.target["name"]
        if name not in texts:
            raise ValueError(f"Expected the target column {name!r}. Received: {', '.join(texts)}.")
        _require_target(name, texts[name])
        if self.kind == "regression":
            return ((to_numbers(name, texts[name]) - self.target["mean"]) / self.target["std"]).astype(np.float32)
        place = {class_name: index for index, class_name in enumerate(self.class_names)}
        unknown = sorted({_class_name(text) for text in texts[name]} - set(place))
        if unknown:
            raise ValueError(f"Expected {name!r} to be one of {', '.join(place)}. Received: {', '.join(unknown)}.")
        return np.array([place[_class_name(text)] for text in texts[name]], np.int64)

    def inverse_target(self, predictions):
        """What predictions mean, in the words of the table.

        Arguments:
            predictions: For a regression (B,) or (B, 1); for two classes probabilities of the second, (B,) or (B, 1);
                otherwise, or with an output for each class, (B, number of classes).

        Returns:
            `float64` values (B,) in the unit of the target, or a list of B class names.

        >>> rows = [{"x": 1, "pet": "cat"}, {"x": 2, "pet": "dog"}]
        >>> TablePreprocessing.fit(rows, target="pet").inverse_target([[0.9], [0.2]])
        ['dog', 'cat']
        """
        predictions = np.asarray(predictions, dtype=np.float64)
        outputs = 1 if predictions.ndim == 1 else predictions.shape[-1]
        expected = {"regression": (1,), "binary": (1, 2)}.get(self.kind) or (len(self.class_names),)
        if predictions.ndim not in (1, 2) or outputs not in expected:
            raise ValueError(
                f"Expected predictions (B, {' or '.join(map(str, expected))}) for {self.kind}. "
                f"Received: shape {predictions.shape}."
            )
        if self.kind == "regression":
            return predictions.reshape(-1) * self.target["std"] + self.target["mean"]
        classes = predictions.reshape(-1) > 0.5 if outputs == 1 else predictions.argmax(axis=1)
        return [self.class_names[int(index)] for index in classes]

    def get_config(self):
        """Plain data that JSON can hold."""
        return {"columns": self.columns, "target": self.target, "ignored": self.ignored}


def _fit_target(name, texts, rows, kind):
    _require_target(name, texts)
    numeric = is_numeric(texts)
    if kind not in (None, "regression", "classification"):
        raise ValueError(f"Expected the kind 'regression' or 'classification'. Received: {kind!r}.")
    if kind == "regression" or (kind is None and numeric and _looks_continuous(texts)):
        values = to_numbers(name, texts)
        mean, std = moments(name, values[rows])
        if len(set(values)) == 1:
            raise ValueError(f"Expected different values of the target {name!r}. Received: {texts[0]!r} in every row.")
        return {"name": name, "kind": "regression", "mean": mean, "std": std}
    names = sorted({_class_name(text) for text in texts}, key=number if numeric else None)
    if len(names) == 1:
        raise ValueError(f"Expected at least two classes in the target {name!r}. Received: {names[0]!r} in every row.")
    if len(names) > MAX_CATEGORIES:
        raise ValueError(
            f"Expected numbers, or at most {MAX_CATEGORIES} classes, in the target {name!r}. Received: {len(names)} "
            f"different texts such as {names[0]!r}. Do choose another target."
        )
    return {"name": name, "kind": "binary" if len(names) == 2 else "classification", "class_names": names}


def _looks_continuous(texts):
    values = {number(text) for text in texts}
    many = len(values) > MAX_NUMERIC_CLASSES or len(values) > max(2, len(texts) / 2)
    return many or any(value % 1 for value in values)


def _class_name(text):
    """`"1.0"` and `"1"` are one class."""
    value = number(text)
    if value is None or value % 1 != 0:  # infinity and NaN, too, are left as they are written
        return text
    return str(int(value))


def _require_target(name, texts):
    rows = [row + 1 for row, text in enumerate(texts) if is_missing(text)]
    if rows:
        raise ValueError(
            f"Expected a value of the target {name!r} in each row. Received: none in row {rows[0]} and "
            f"{len(rows) - 1} others. Do leave these rows out."
        )


def _check_target(target):
    if isinstance(target, dict) and isinstance(target.get("name"), str):
        if target.get("kind") == "regression" and is_scale(target):
            return
        names = target.get("class_names")
        if is_names(names) and len(names) >= 2 and target.get("kind") == _kind_of(names):
            return
    raise ValueError(f"Expected the description of a target of the kind {', '.join(KINDS)}. Received: {target!r}.")


def _kind_of(class_names):
    return "binary" if len(class_names) == 2 else "classification"
