"""`glassnet predict`: what a trained network makes of pictures, tables or numbers."""

import csv
import sys
from typing import Annotated

import typer

from glassnet.cli.inputs import read_picture, read_rows
from glassnet.cli.output import described, open_console, percent, show_prediction, write_json


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

    pictures = np.stack([read_picture(model, path) for path in paths])
    outputs = model.predict(pictures, verbose=0)
    probabilities = shares(model, outputs)
    if probabilities is None:
        raise ValueError(f"Expected a model that tells classes apart. Its outputs are numbers, {outputs.shape[1:]}.")
    names = class_names(model, probabilities.shape[1])
    if json:
        write_json([described(p, names, path) for path, p in zip(paths, probabilities, strict=True)])
        return
    console = open_console()
    for path, picture, p in zip(paths, pictures, probabilities, strict=True):
        best = int(p.argmax())
        if console.is_terminal:
            show_prediction(console, picture, p, names)
        console.print(f"{path}  ", end="")
        console.print(f"{names[best]}  {percent(p[best])}", style="bold")


# -- rows --------------------------------------------------------------------------------------------------------------


def _predict_rows(model, inputs, json):
    from glassnet.cli.network import class_names, shares

    outputs = model.predict(read_rows(model, inputs), batch_size=1000, verbose=0)
    probabilities = shares(model, outputs)
    target = model.preprocessing.target["name"] if model.preprocessing is not None else "prediction"
    if probabilities is not None:
        names = class_names(model, probabilities.shape[1])
        best = probabilities.argmax(axis=1)
        header = [target, "probability"]
        rows = [[names[b], f"{p[b]:.6g}"] for p, b in zip(probabilities, best, strict=True)]
        documents = [described(p, names) for p in probabilities]
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
