"""The points that the playground's network learns from: drawn by formula, by hand, from a table, or given from Python."""

from dataclasses import dataclass

import numpy as np

from glassnet.datasets.split import split_rows
from glassnet.inspect.point_data import PointData
from glassnet.preprocessing import PointFeatures
from glassnet.studio.pages.playground.setting import DRAWN, GRID, REACH, TABLE


@dataclass(frozen=True, eq=False)
class Points:
    """Points with their labels, and the features that the network sees of them.

    Attributes:
        features: `PointFeatures`.
        train, test: `(points (B, 2), labels (B,))`; the test may be empty.
        classes: How many there are; 0 for heights.
        class_names: Theirs.
        extent: How far the plane goes.
        source: The `PointData` that they are from, or None.
    """

    features: PointFeatures
    train: tuple
    test: tuple
    classes: int
    class_names: tuple
    extent: float = REACH
    source: PointData | None = None

    def arrays(self, one_hot):
        """`((x, y), (x, y) or None)`: what `fit` is given for training and test; labels one-hot where `one_hot`."""
        parts = []
        for points, labels in (self.train, self.test):
            y = np.eye(self.classes, dtype="float32")[labels] if one_hot else labels
            parts.append((self.features.transform(points), y) if len(points) else None)
        return parts[0], parts[1]

    def packed(self):
        """`float32` (N, 4): x, y, label, 1 for a test point or 0."""
        return np.concatenate(
            [
                np.column_stack([points, labels, np.full(len(points), is_test)]).astype(np.float32)
                for is_test, (points, labels) in enumerate((self.train, self.test))
            ]
        )

    def with_features(self, formulas):
        """The same points seen through other formulas."""
        return Points(**{**vars(self), "features": PointFeatures(list(formulas), self.features.table)})


def make_points(setting):
    """The `Points` of a `Setting`. Raises `ValueError` where its table gives none to learn from."""
    if setting.data == TABLE:
        return _of_table(setting.table, setting)
    if setting.data == DRAWN:
        return _drawn(setting)
    arguments = {"n": setting.count, "noise": setting.noise, "test_split": round(1 - setting.share, 6), "seed": setting.data_seed}
    if setting.data == "spiral":
        arguments["classes"] = setting.classes
    one_hot = setting.classes if setting.loss == "squared" and setting.classes > 2 else None
    source = PointData(setting.data, setting.features, one_hot, **arguments)
    train, test = source.points()
    classes = 0 if setting.is_regression else setting.classes
    return Points(source.features, train, test, classes, _numbers(classes), source=source)


def _numbers(classes):
    return tuple(map(str, range(classes)))


def _drawn(setting):
    features = PointFeatures(list(setting.features))
    drawn = np.array(setting.drawn, np.int64).reshape(-1, 3)
    points, labels = (drawn[:, :2] / GRID).astype(np.float32), drawn[:, 2]
    classes = max(setting.classes, int(labels.max(initial=1)) + 1)
    train, test = _split(len(points), setting)
    return Points(features, (points[train], labels[train]), (points[test], labels[test]), classes, _numbers(classes))


def _split(count, setting):
    if not count:
        return np.empty(0, int), np.empty(0, int)
    return split_rows(count, round(1 - setting.share, 6), np.random.default_rng(setting.data_seed))


def _of_table(table, setting):
    """The `Points` of a `PlaneTable`'s rows, standardised by those for training."""
    parts = _split(len(table), setting)
    preprocessing = table.preprocessing(rows=parts[0])
    features, columns = PointFeatures(list(setting.features), preprocessing), dict(table.columns)
    points, labels = preprocessing.transform(columns), preprocessing.transform_target(columns)
    names = tuple(preprocessing.class_names or ())
    extent = float(np.clip(np.abs(points).max() * 1.05, 3, REACH))
    return Points(features, *((points[part], labels[part]) for part in parts), len(names), names, extent)


def given_points(x, y, features, classes, class_names=None):
    """`Points` from Python, all of them to learn from."""
    extent = float(np.ceil(max(1.0, np.abs(x).max(initial=0) * 1.05)))
    empty = np.empty((0, 2), np.float32), np.empty(0, y.dtype)
    return Points(features, (x, y), empty, classes, tuple(class_names or _numbers(classes)), extent)
