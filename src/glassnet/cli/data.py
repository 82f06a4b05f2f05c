"""What the commands learn from: a named data set or a table, as arrays ready for a network."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import typer

from glassnet.cli.arrays import array_parts, is_arrays
from glassnet.datasets import catalogue, csv, fashion_mnist, find
from glassnet.preprocessing import ImagePreprocessing, TablePreprocessing

DIGITS = tuple("0123456789")

# The columns of the named sets that are tables, so that a row to predict can be written as CSV.
_COLUMNS = {"weather": ("temperature_c", "pressure_hpa"), "parity": tuple(f"bit_{7 - i}" for i in range(8))}
_TARGETS = {"weather": "rainy", "parity": "odd"}


@dataclass
class Data:
    """Arrays to train and to test on, and what they mean.

    Arguments:
        name: Of the data set, or of the table's file without its ending.
        train, test: `(x, y)`; the test may have no rows.
        kind: "regression", "binary" or "classification".
        class_names: The names of the classes, or None.
        preprocessing: Goes into the model, or None.
    """

    name: str
    train: tuple
    test: tuple
    kind: str
    class_names: tuple | None
    preprocessing: object


def is_table(data):
    """Whether `data` is meant as the path of a table rather than as a name."""
    return Path(data).suffix != "" or Path(data).is_file()


def load(data, target=None, kind=None, ignore=(), test_split=0.2, seed=0):
    """The `Data` called `data`, a name or the path of a table.

    Raises:
        ValueError, FileNotFoundError: There is no such data set or file, or the table is unfit.
        typer.BadParameter: `target` is missing for a table, or given for a named set.
    """
    if is_arrays(data):
        raise ValueError(f"Expected a data set or a table to train on. Received: {data}, arrays. Use model.fit(x, y) in Python.")
    if is_table(data):
        return _load_table(data, target, kind, ignore, test_split, seed)
    check_name(data)
    if target is not None or kind is not None or ignore:
        raise typer.BadParameter(f"--target, --kind and --ignore are for tables; {data} has its own target.")
    if is_pictures(data):
        train, test = find(data).load_data()
        return Data(data, train, test, "classification", picture_classes(data), picture_preprocessing(data))
    train, test = named_tables(data)
    target = target_of(data)
    whole = {name: [*train[name], *test[name]] for name in train}
    preprocessing = TablePreprocessing.fit(whole, target, rows=np.arange(len(train[target])), kind=_kind_of(data))
    parts = [(preprocessing.transform(part), preprocessing.transform_target(part)) for part in (train, test)]
    return Data(data, *parts, preprocessing.kind, preprocessing.class_names, preprocessing)


def _load_table(path, target, kind, ignore, test_split, seed):
    if target is None:
        columns = ", ".join(csv.read(path).keys())
        raise typer.BadParameter(f"Say which column is to be predicted: --target, one of {columns}.")
    train, test, preprocessing = csv.load_data(path, target, test_split, seed, kind, ignore)
    return Data(stem(path), train, test, preprocessing.kind, preprocessing.class_names, preprocessing)


def stem(data):
    """What a model file is called after `data`."""
    return Path(data).stem if is_table(data) else data


def check_name(name):
    """Raises `ValueError`, which lists the data sets, where none is called `name`."""
    names = [dataset.name for dataset in catalogue()]
    if name not in names:
        raise ValueError(
            f"Expected the name of a data set ({', '.join(names)}) or the path of a .csv or .npz file. Received: {name!r}."
        )


def _entry(name):
    return next((dataset for dataset in catalogue() if dataset.name == name), None)


def is_named(name):
    """Whether there is a data set of that name."""
    return _entry(name) is not None


def is_pictures(name):
    """Whether the data set consists of pictures."""
    return len(_entry(name).inputs) > 1


def picture_classes(name):
    """The class names of a set of pictures."""
    return fashion_mnist.CLASS_NAMES if name == "fashion_mnist" else DIGITS


def picture_preprocessing(name):
    """How a picture becomes one like those of the set. Clothes fill theirs: they are not centred as digits are."""
    return ImagePreprocessing() if name == "mnist" else None


def _kind_of(name):
    return "regression" if _entry(name).target == "regression" else "classification"


def target_of(name):
    """The name of the target column of a named set that is not of pictures."""
    return _TARGETS.get(name, "height" if _kind_of(name) == "regression" else "class")


def named_tables(name):
    """The training and the test part of a named set as columns of numbers, the target among them."""
    columns = _COLUMNS.get(name, ("x1", "x2"))
    return tuple(
        {**{column: x[:, i].tolist() for i, column in enumerate(columns)}, target_of(name): y.tolist()}
        for x, y in find(name).load_data()
    )


def test_part(model, data):
    """`(x, y)` to measure a model on: the test part of a named set, or all rows of a table that have a target.

    Raises `ValueError` where model and data do not belong together.
    """
    return parts(model, data)[-1]


def parts(model, data):
    """`[(x, y), (x, y)]`, what a model was trained on and what it is tested on, of a named set; of a table `[(x, y)]`, all
    rows that have a target; of a file of arrays see `array_parts`.

    Raises `ValueError` where model and data do not belong together.
    """
    if is_arrays(data):
        return array_parts(model, data)
    if len(model.input_names) > 1 or len(model.output_names) > 1:
        raise ValueError(
            f"Expected a file of arrays, .npz, as '{model.name}' has the inputs {', '.join(model.input_names)} and the outputs "
            f"{', '.join(model.output_names)}. Received: {data}."
        )
    preprocessing = model.preprocessing
    if not is_table(data):
        check_name(data)
        if not isinstance(preprocessing, TablePreprocessing):
            return list(find(data).load_data())
        if is_pictures(data):
            columns = ", ".join(column["name"] for column in preprocessing.columns)
            raise ValueError(f"Expected data with the columns {columns}. Received: {data}, pictures.")
        tables = named_tables(data)
    else:
        if not isinstance(preprocessing, TablePreprocessing):
            raise ValueError(f"Expected the name of a data set, as the model reads no tables. Received: {data}.")
        tables = [_with_target(csv.read(data), preprocessing.target["name"], data)]
    return [(preprocessing.transform(table), preprocessing.transform_target(table)) for table in tables]


def data_of(model, path, data, command):
    """The data that a command is to work with: `data`, or where None the set that the model is named after.

    Raises `typer.BadParameter` where there is none of that name; it shows the `command` with a table.
    """
    if data is None and not is_named(model.name):
        raise typer.BadParameter(f"Say which data, such as glassnet {command} {path} rows.csv")
    return data or model.name


def _with_target(table, target, path):
    from glassnet.preprocessing.column import is_missing

    if target not in table.keys():  # noqa: SIM118 - a Table is no dictionary
        raise ValueError(f"Expected the target column {target!r} in {path}. Received: {', '.join(table.keys())}.")
    known = [row for row, text in enumerate(table[target]) if not is_missing(text.strip())]
    if not known:
        raise ValueError(f"Expected rows with a value of {target!r} in {path}. Received: none.")
    return table.select(known)
