"""`glassnet predict`: what a trained network makes of pictures, tables or numbers."""

import csv
import sys
from typing import Annotated

import typer

from glassnet.cli.inputs import read_inputs
from glassnet.cli.output import described, is_picture, open_console, percent, show_prediction, write_json


def predict(
    model: Annotated[str, typer.Argument(help="A model file.")],
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="Pictures; a .csv or .npz file, - for CSV from standard input; rows of values as 0,1,1; or numbers of examples: "
            "mnist:3, rows.csv:0, data.npz:0. Write -- before rows that begin with a minus.",
        ),
    ],
    json: Annotated[bool, typer.Option("--json", help="Write one JSON document.")] = False,
):
    """Ask a trained network.

    A model of pictures tells for each picture what it sees, and how sure it is. Other models write their
    predictions as CSV, a line for each example.

    \b
    Example:
      glassnet predict digits.safetensors picture.png
      glassnet predict table.safetensors rows.csv > predictions.csv
      glassnet predict parity.safetensors 1,0,0,1,1,1,0,1
    """
    from glassnet.cli.network import shares
    from glassnet.models import load_model

    network = load_model(model)
    names, x = read_inputs(network, inputs)
    outputs = network.predict(x, batch_size=1000, verbose=0)
    probabilities = shares(network, outputs)
    if probabilities is None:
        _write_numbers(network, outputs, json)
    elif len(network.input_names) == 1 and len(network.input_shape) > 2:
        _show_classes(network, names, x, probabilities, json)
    else:
        _write_classes(network, probabilities, json)


def _show_classes(model, given, pictures, probabilities, json):
    from glassnet.cli.network import class_names

    names = class_names(model, probabilities.shape[1])
    if json:
        write_json([described(p, names, path) for path, p in zip(given, probabilities, strict=True)])
        return
    console = open_console()
    for path, picture, p in zip(given, pictures, probabilities, strict=True):
        best = int(p.argmax())
        if console.is_terminal and is_picture(picture):
            show_prediction(console, picture, p, names)
        console.print(f"{path}  ", end="")
        console.print(f"{names[best]}  {percent(p[best])}", style="bold")


def _write_classes(model, probabilities, json):
    from glassnet.cli.network import class_names

    names = class_names(model, probabilities.shape[1])
    if json:
        write_json([described(p, names) for p in probabilities])
    else:
        rows = [[names[p.argmax()], f"{p.max():.6g}"] for p in probabilities]
        _write_csv([[_target(model), "probability"], *rows])


def _write_numbers(model, outputs, json):
    numbers = _numbers(model, outputs)
    answers = list(zip(*numbers.values(), strict=True))
    if json:
        found = [dict(zip(numbers, map(_plain, answer), strict=True)) for answer in answers]
        write_json([{"prediction": one if len(one) > 1 else next(iter(one.values()))} for one in found])
    else:
        header = [column for name, values in numbers.items() for column in _columns(name, values.shape[1])]
        _write_csv([header, *([f"{value:.6g}" for values in answer for value in values] for answer in answers)])


def _write_csv(rows):
    csv.writer(sys.stdout, lineterminator="\n").writerows(rows)


def _target(model):
    return model.preprocessing.target["name"] if model.preprocessing is not None else "prediction"


def _numbers(model, outputs):
    """`{name: numbers (B, O)}` of each output; that of the only one is what it predicts."""
    from glassnet.layers.structure import flatten

    parts = flatten(outputs)
    if len(parts) > 1:
        return {name: part.reshape(len(part), -1) for name, part in zip(model.output_names, parts, strict=True)}
    values = parts[0] if model.preprocessing is None else model.preprocessing.inverse_target(parts[0])
    return {_target(model): values.reshape(len(values), -1)}


def _columns(name, count):
    return [name] if count == 1 else [f"{name}_{number + 1}" for number in range(count)]


def _plain(values):
    return values.item() if values.size == 1 else values.tolist()
