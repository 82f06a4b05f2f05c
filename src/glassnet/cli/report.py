"""`glassnet report`: a training on one page."""

from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.output import check_out, open_console, write_json


def report(
    model: Annotated[str, typer.Argument(help="A model file.")],
    data: Annotated[
        str | None,
        typer.Argument(help="A data set, a .csv or an .npz file.  [default: the set it was trained on]"),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(help="The page.  [default: the model's name with .html, in this folder]"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON document that says where the page is.")] = False,
):
    """Write one HTML file on how a network was trained, how good it is, and what it looks for. It works offline.

    Of a named data set the part for the test is taken, of a table all rows, of a file of arrays x and y, or x_val and y_val
    where it has them; of several inputs or outputs they are called x_0, x_1, y_0, y_1.

    \b
    Example:
      glassnet report digits.safetensors
      glassnet report table.safetensors rows.csv --out table.html
    """
    path = check_out(out or f"{Path(model).stem}.html", ".html")

    from glassnet.cli import data as source
    from glassnet.cli import network
    from glassnet.examples import count
    from glassnet.models import load_model

    reported = load_model(model)
    data = source.data_of(reported, model, data, "report")
    x, y = source.test_part(reported, data)
    names = None
    if network.is_classifier(reported):
        names = network.class_names(reported, max(2, reported.output_shape[-1]))
    reported.report(x, network.fit_targets(reported, y), path, names)
    examples = count(x)
    if json:
        write_json({"model": model, "data": data, "examples": examples, "report": str(path), "bytes": path.stat().st_size})
    else:
        open_console().print(f"The report on {model} and {examples:,} examples of {data} is in {path}.")
