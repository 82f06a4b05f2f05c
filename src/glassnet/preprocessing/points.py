"""Points of the plane as features by formula, such as x, y, x**2 and sin(x): what the playground's networks read."""

import numpy as np

from glassnet.preprocessing.column import as_columns, to_numbers
from glassnet.preprocessing.table import TablePreprocessing
from glassnet.preprocessing.user_formula import UserFormula
from glassnet.registry import Configurable

MAX_FEATURES = 20
LARGEST = 1e6
"""What a feature may come to: more says nothing to a network, and its squares leave the range of float32."""


class PointFeatures(Configurable):
    """Turns points (x, y) into features, one for each formula. Saved with the model.

    Arguments:
        formulas: List of texts, as `UserFormula` reads them. They are computed in float64 and rounded once.
        table: A `TablePreprocessing` (or its configuration) whose two features are x and y, where the points come from a
            table; None where they are given as they are.

    Raises:
        ValueError: No formula, one twice, more than 20, one that is not allowed, or a table that does not give x and y.

    >>> features = PointFeatures(["x", "y", "x**2", "x*y", "sin(x)"])
    >>> features.transform([[2.0, -1.0], [0.0, 3.0]]).round(2)
    array([[ 2.  , -1.  ,  4.  , -2.  ,  0.91],
           [ 0.  ,  3.  ,  0.  ,  0.  ,  0.  ]], dtype=float32)
    >>> features.transform([{"x": 2, "y": -1}]).shape
    (1, 5)
    """

    def __init__(self, formulas, table=None):
        if not isinstance(formulas, list | tuple) or not 1 <= len(formulas) <= MAX_FEATURES:
            raise ValueError(f"Expected a list of 1 to {MAX_FEATURES} formulas, such as ['x', 'y']. Received: {formulas!r}.")
        self._functions = [UserFormula(formula) for formula in formulas]
        self.formulas = [function.text for function in self._functions]
        if len(set(self.formulas)) < len(self.formulas):
            raise ValueError(f"Expected different formulas. Received: {', '.join(self.formulas)}.")
        self.table = TablePreprocessing(**table) if isinstance(table, dict) else table
        if self.table is not None and len(self.table.feature_names) != 2:
            raise ValueError(f"Expected a table with two features, x and y. Received: {', '.join(self.table.feature_names)}.")

    @property
    def feature_names(self):
        """The formulas."""
        return self.formulas

    @property
    def columns(self):
        """Descriptions of the columns that a table must have."""
        return [{"name": "x"}, {"name": "y"}] if self.table is None else self.table.columns

    @property
    def target(self):
        """The description of what is predicted."""
        return {"name": "prediction"} if self.table is None else self.table.target

    @property
    def class_names(self):
        """The classes' names in the order of their numbers; None where they have none."""
        return None if self.table is None else self.table.class_names

    def points(self, table):
        """The points (B, 2) of the plane, `float64`, that the rows of a table stand for."""
        if self.table is not None:
            return self.table.transform(table).astype(np.float64)
        texts = as_columns(table)
        absent = [name for name in ("x", "y") if name not in texts]
        if absent:
            raise ValueError(f"Expected columns x and y. Received: {', '.join(texts)}. Do add {', '.join(absent)}.")
        return np.stack([to_numbers(name, texts[name]) for name in ("x", "y")], axis=1)

    def transform(self, points):
        """The features of points: `float32` (B, number of formulas).

        Arguments:
            points: Array (B, 2) of points of the plane; or a table (dictionary of columns, list of rows), whose columns x
                and y, or those of `table`, are read.

        Raises:
            ValueError: The points are none, or a feature is not a number up to a million in size there.
        """
        is_table = hasattr(points, "keys") or (isinstance(points, list | tuple) and all(isinstance(p, dict) for p in points))
        points = np.asarray(self.points(points) if is_table else points, np.float64)
        if points.ndim != 2 or points.shape[1] != 2:
            raise ValueError(f"Expected points (B, 2). Received: shape {points.shape}.")
        x, y = points.T
        features = [np.broadcast_to(function(x, y), len(points)) for function in self._functions]
        for formula, values in zip(self.formulas, features, strict=True):
            wrong = np.flatnonzero(~(np.abs(values) <= LARGEST))
            if len(wrong):
                at, value = points[wrong[0]].tolist(), values[wrong[0]]
                raise ValueError(
                    f"Expected a formula whose values lie between -{LARGEST:g} and {LARGEST:g}. "
                    f"Received: {formula!r}, which is {value:g} at x = {at[0]:g}, y = {at[1]:g}."
                )
        return np.stack(features, axis=1).astype(np.float32)

    def inverse_target(self, predictions):
        """What predictions mean: values in the table's unit, or names of classes; without a table as they are."""
        return np.asarray(predictions, np.float64) if self.table is None else self.table.inverse_target(predictions)

    def get_config(self):
        """Plain data that JSON can hold."""
        return {"formulas": self.formulas, "table": None if self.table is None else self.table.get_config()}
