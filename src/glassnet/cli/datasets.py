"""`glassnet datasets`: what there is to learn from."""

from typing import Annotated

import typer

from glassnet.cli.output import open_console, write_json, write_next


def datasets(json: Annotated[bool, typer.Option("--json", help="Write one JSON document.")] = False):
    """List the data sets that come with glassnet.

    \b
    Example:
      glassnet datasets
    """
    from dataclasses import asdict

    from glassnet.datasets import catalogue

    if json:
        write_json([asdict(dataset) for dataset in catalogue()])
        return
    rows = [("name", "what", "input", "target", "train", "test", "licence")]
    for dataset in catalogue():
        sizes = [f"{size:,}" for size in dataset.sizes]
        shape = " x ".join(map(str, dataset.inputs))
        rows.append((dataset.name, dataset.what, shape, dataset.target, *sizes, dataset.licence))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    console = open_console()
    for number, row in enumerate(rows):
        cells = [f"{cell:{align}{width}}" for cell, align, width in zip(row, "<<<<>><", widths, strict=True)]
        console.print("  ".join(cells).rstrip(), style="bold" if number == 0 else None)
    if console.is_terminal:
        console.print()
        write_next(
            console,
            ("glassnet train spiral", "learn one of them"),
            ("glassnet train table.csv --target price", "learn a table of your own"),
        )
