"""`glassnet predict`: what a trained network makes of pictures, tables or numbers."""

import csv
import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.output import open_console, percent, show_prediction, write_json


def predict(
    model: Annotated[str, typer.Argument(help="A model file.")],
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Pictures; or a .csv file, - for CSV from standard input; or rows of values as 0,1,1. "
            "Write -- before rows that begin with a minus.",
        ),
    ],
    json: Annotated[bool, typer.Option("--json", help="Write one JSON document.")] = False,
):
    """Ask a trained network.

    A model of pictures tells for each picture what it sees, and how sure it is. A model of tables writes its
    predictions as CSV, a line for each row.

    \b
    Example:
      glassnet predict digits.safetensors picture.png
      glassnet predict table.safetensors rows.csv > predictions.csv
      glassnet predict parity.safetensors 1,0,0,1,1,1,0,1
    """
    from glassnet.models import load_model

    network = load_model(model)
    if len(network.input_shape) > 2:
        _predict_pictures(network, inputs, json)
    else:
        _predict_rows(network, inputs, json)


# -- pictures ----------------------------------------------------------------------------------------------------------


def _predict_pictures(model, paths, json):
    import numpy as np

    from glassnet.cli.network import class_names, shares

    pictures = np.stack([_read_picture(model, path) for path in paths])
    outputs = model.predict(pictures, verbose=0)
    probabilities = shares(model, outputs)
    if probabilities is None:
        raise ValueError(f"Expected a model that tells classes apart. Its outputs are numbers, {outputs.shape[1:]}.")
    names = class_names(model, probabilities.shape[1])
    if json:
        write_json([_described(p, names, path) for path, p in zip(paths, probabilities, strict=True)])
        return
    console = open_console()
    for path, picture, p in zip(paths, pictures, probabilities, strict=True):
        best = int(p.argmax())
        if console.is_terminal:
            show_prediction(console, picture, p, names)
        console.print(f"{path}  ", end="")
        console.print(f"{names[best]}  {percent(p[best])}", style="bold")


def _read_picture(model, path):
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
    if pixels.shape != shape:
        raise ValueError(f"Expected a picture of {shape} pixels. Received: {path}, {pixels.shape}.")
    return pixels


def _described(probabilities, names, given=None):
    best = int(probabilities.argmax())
    described = {} if given is None else {"input": given}
    shares = {name: round(float(p), 6) for name, p in zip(names, probabilities, strict=True)}
    return {**described, "prediction": names[best], "probability": float(probabilities[best]), "probabilities": shares}


# -- rows --------------------------------------------------------------------------------------------------------------


def _predict_rows(model, inputs, json):
    from glassnet.cli.network import class_names, shares

    outputs = model.predict(_read_rows(model, inputs), batch_size=1000, verbose=0)
    probabilities = shares(model, outputs)
    target = model.preprocessing.target["name"] if model.preprocessing is not None else "prediction"
    if probabilities is not None:
        names = class_names(model, probabilities.shape[1])
        best = probabilities.argmax(axis=1)
        header = [target, "probability"]
        rows = [[names[b], f"{p[b]:.6g}"] for p, b in zip(probabilities, best, strict=True)]
        documents = [_described(p, names) for p in probabilities]
    else:
        values = outputs if model.preprocessing is None else model.preprocessing.inverse_target(outputs)
        values = values.reshape(len(values), -1)
        header = [target] if values.shape[1] == 1 else [f"{target}_{number + 1}" for number in range(values.shape[1])]
        rows = [[f"{value:.6g}" for value in row] for row in values.tolist()]
        documents = [{"prediction": row[0] if len(row) == 1 else row} for row in values.tolist()]
    if json:
        write_json(documents)
    else:
        csv.writer(sys.stdout, lineterminator="\n").writerows([header, *rows])


def _read_rows(model, inputs):
    """The features (B, I) of a table, of several, or of rows of values."""
    import numpy as np

    return np.concatenate([_features(model, table) for table in map(lambda given: _table(model, given), inputs)])


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

    columns = list(table.keys())
    if len(columns) != model.input_shape[1]:
        raise ValueError(f"Expected {model.input_shape[1]} columns. Received: {len(columns)}: {', '.join(columns)}.")
    features = np.stack([to_numbers(name, table[name]) for name in columns], axis=1)
    if np.isnan(features).any():
        raise ValueError("Expected a number in each cell: this model knows no missing values.")
    return features.astype(model.dtype)
