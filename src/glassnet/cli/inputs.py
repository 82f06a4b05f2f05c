"""What commands are asked about: pictures, rows of tables, examples of a data set, as arrays for a network."""

import csv
import io
import sys
from dataclasses import dataclass
from pathlib import Path

import typer

INPUT_HELP = (
    "A picture; a row of values as 0,1,1; or a number of an example: mnist:3 is the test's fourth, rows.csv:0 a table's first, "
    "data.npz:0 the first of the arrays x (x_0, x_1 of several inputs) and y. Write -- before a row that begins with a minus.  "
    "[default: the first test example of the set it was trained on]"
)


@dataclass(frozen=True)
class Example:
    """One example to look into a network with.

    Attributes: `name` (as it was given), `x` (shaped as the model's input; of several a tuple), `label` (as training reads it;
    None where it is not known).
    """

    name: str
    x: object
    label: object = None


def read_example(model, given, label=None):
    """The `Example` that is meant by `given`, one of what `INPUT_HELP` says.

    Arguments:
        model: A model.
        given: Text, or None for the first example of the test part of the data set that the model is named after.
        label: Text: what the network should say, in place of the label that the example has.

    Raises `ValueError` or `FileNotFoundError` where there is no such example.
    """
    from glassnet.cli.data import is_named
    from glassnet.cli.network import fit_targets
    from glassnet.examples import count, of_each

    if given is None:
        if not is_named(model.name):
            raise typer.BadParameter("Say which example to look at: a picture, a row of values, or mnist:3.")
        given = f"{model.name}:0"
    x, y = _examples(model, given, labelled=label is None)
    if count(x) != 1:
        raise ValueError(f"Expected one example. Received: {given}, which has {count(x)}. Write {given}:0 for its first.")
    y = None if y is None or model.loss is None else of_each(lambda array: array[0], fit_targets(model, y))
    return Example(given, of_each(lambda array: array[0], x), y if label is None else read_label(model, label))


def read_inputs(model, inputs):
    """The examples that are meant by `inputs`, which are what `INPUT_HELP` says or whole tables and files of arrays.

    Returns their names, and the model's input: (B, ...), of several inputs a tuple of such arrays.
    """
    import numpy as np

    from glassnet.examples import count, several

    names, parts = [], []
    for given in inputs:
        x, _ = _examples(model, given, labelled=False)
        names += [given] if count(x) == 1 else [f"{given}:{number}" for number in range(count(x))]
        parts.append(several(x))
    x = tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return names, x if len(x) > 1 else x[0]


def _examples(model, given, labelled):
    """Examples (B, ...) and their labels, of several inputs and outputs tuples; None for labels that are not known, or wanted."""
    from glassnet.cli.arrays import array_parts, is_arrays
    from glassnet.cli.data import is_table, test_part
    from glassnet.datasets.csv import read
    from glassnet.examples import count, of_each

    source, colon, number = given.rpartition(":")
    source, number = (source, int(number)) if colon and number.isdecimal() else (given, None)
    if is_arrays(source):
        x, y = array_parts(model, source, labelled=False)[-1]
    elif len(model.input_names) > 1:
        raise ValueError(
            f"Expected an example of a file of arrays, such as data.npz:0, as '{model.name}' has the inputs "
            f"{', '.join(model.input_names)}. Received: {given}."
        )
    elif number is None and len(model.input_shape) > 2:
        return read_picture(model, given)[None], None
    elif number is None:
        return _features(model, _table(model, given)), None
    elif is_table(source):
        table = read(source)
        table = table.select([_within(source, number, len(table))])
        return _features(model, table), _label(model, table) if labelled else None
    else:
        x, y = test_part(model, source)
    if number is not None:
        _within(source, number, count(x))
        x, y = (of_each(lambda array: array[number : number + 1], arrays) for arrays in (x, y))
    return x, y


def _within(source, number, examples):
    if number >= examples:
        raise ValueError(f"Expected an example from {source}:0 to {source}:{examples - 1}. Received: {source}:{number}.")
    return number


def _label(model, row):
    """The label of a row of a table, (1,), where it has one."""
    from glassnet.preprocessing.column import is_missing

    name = model.preprocessing.target["name"] if model.preprocessing is not None else None
    if name not in row.keys() or is_missing(row[name][0].strip()):  # noqa: SIM118 - a Table is no dictionary
        return None
    return model.preprocessing.transform_target(row)


def read_label(model, text):
    """A label that was written: the name of a class, or a number; as training reads it. Raises `ValueError` otherwise."""
    import numpy as np

    from glassnet.cli.network import class_names, fit_targets, is_classifier

    if len(model.output_names) > 1:
        raise ValueError(f"Expected no --label, as the model has the outputs {', '.join(model.output_names)}. Received: {text}.")
    if is_classifier(model):
        names = class_names(model, max(2, model.output_shape[-1]))
        if text not in names:
            raise ValueError(f"Expected --label to be one of {', '.join(names)}. Received: {text}.")
        return fit_targets(model, np.array([names.index(text)]))[0]
    if model.preprocessing is not None:
        return model.preprocessing.transform_target({model.preprocessing.target["name"]: [text]})[0]
    from glassnet.preprocessing.column import to_numbers

    return np.float32(to_numbers("--label", [text])[0])


# -- pictures ----------------------------------------------------------------------------------------------------------


def read_picture(model, path):
    """The picture in a file as the model takes it, (H, W). Raises `ValueError` where it is none, or of another size."""
    import numpy as np

    shape = model.input_shape[1:]
    if model.preprocessing is not None:
        pixels = model.preprocessing.transform(path)
    else:
        from PIL import Image, UnidentifiedImageError

        from glassnet.preprocessing.image import FORMATS

        try:
            pixels = np.asarray(Image.open(path, formats=FORMATS).convert("L"))
        except (UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise ValueError(f"Expected a picture ({', '.join(FORMATS)}). Received: {path}.") from error
    if (*pixels.shape, 1) == shape:  # a channel of its own, as convolutions have it
        pixels = pixels[..., None]
    if pixels.shape != shape:
        raise ValueError(f"Expected a picture of {shape} pixels. Received: {path}, {pixels.shape}.")
    return pixels


# -- rows --------------------------------------------------------------------------------------------------------------


def _columns(model):
    if model.preprocessing is not None:
        return [column["name"] for column in model.preprocessing.columns]
    return [f"x{number + 1}" for number in range(model.input_shape[1])]


def _table(model, given):
    """A path, `-` or a row of values as columns of text."""
    from glassnet.datasets.csv import read

    if given == "-":
        return _read_standard_input()
    if Path(given).is_file() or Path(given).suffix.lower() in (".csv", ".tsv", ".txt"):
        return read(given)
    names, cells = _columns(model), next(csv.reader([given]))
    if len(cells) != len(names):
        raise ValueError(
            f"Expected a table or {len(names)} values ({', '.join(names)}) with commas between them. "
            f"Received: {given!r}, which is no file and {len(cells)} value{'s' if len(cells) != 1 else ''}."
        )
    return {name: [cell] for name, cell in zip(names, cells, strict=True)}


def _read_standard_input():
    rows = list(csv.reader(io.StringIO(sys.stdin.read()), strict=True))
    if len(rows) < 2 or any(len(row) != len(rows[0]) for row in rows):
        raise ValueError("Expected CSV on standard input: a line of names and rows of as many cells.")
    return dict(zip(rows[0], map(list, zip(*rows[1:], strict=True)), strict=True))


def _features(model, table):
    import numpy as np

    if model.preprocessing is not None:
        return model.preprocessing.transform(table)
    from glassnet.preprocessing.column import to_numbers

    if len(model.input_shape) > 2:
        raise ValueError(f"Expected no table, as '{model.name}' reads inputs of shape {model.input_shape[1:]}.")
    columns = list(table.keys())
    if len(columns) != model.input_shape[1]:
        raise ValueError(f"Expected {model.input_shape[1]} columns. Received: {len(columns)}: {', '.join(columns)}.")
    features = np.stack([to_numbers(name, table[name]) for name in columns], axis=1)
    if np.isnan(features).any():
        raise ValueError("Expected a number in each cell: this model knows no missing values.")
    return features.astype(model.dtype)
