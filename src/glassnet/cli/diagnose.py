"""`glassnet diagnose`: what keeps a network from learning, and what to try."""

from typing import Annotated

import typer

from glassnet.cli.output import open_console, write_json, write_next


def diagnose(
    model: Annotated[str, typer.Argument(help="A model file.")],
    data: Annotated[
        str | None,
        typer.Argument(help="A data set, a .csv or an .npz file.  [default: the set it was trained on]"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON document.")] = False,
):
    """Look for what keeps a network from learning: dead neurons, wrong learning rates, labels that do not fit, ...

    Of a named data set the part for training is examined, and the part for the test tells whether the network has learnt
    it by heart. Of a file of arrays these are x, y and x_val, y_val; of several inputs or outputs x_0, x_1, y_0, y_1. Each
    finding has the number that was measured, its limit with the source, and one change to try.

    \b
    Example:
      glassnet diagnose digits.safetensors
      glassnet diagnose table.safetensors rows.csv
    """
    from glassnet.cli import data as source
    from glassnet.cli import network
    from glassnet.models import load_model

    examined = load_model(model)
    data = source.data_of(examined, model, data, "diagnose")
    (x, y), *rest = [(x, network.fit_targets(examined, y)) for x, y in source.parts(examined, data)]
    diagnosis = examined.diagnose(x, y, validation_data=rest[0] if rest else None)
    if json:
        write_json({"model": model, "data": data, "healthy": diagnosis.healthy, **_document(diagnosis)})
        return
    console = open_console()
    if diagnosis.healthy:
        console.print(f"{model}: nothing found on {diagnosis.examples:,} examples of {data}.", style="green")
        return
    _show(console, model, data, diagnosis)


def _document(diagnosis):
    from math import isfinite

    findings = [
        {
            "name": finding.name,
            "where": list(finding.where),
            "measured": finding.measured if isfinite(finding.measured) else None,  # JSON has no infinity
            "limit": finding.threshold.limit,
            "measure": finding.threshold.measure,
            "meaning": finding.meaning,
            "try": finding.cure,
            "source": finding.threshold.source,
        }
        for finding in diagnosis
    ]
    return {"examples": diagnosis.examples, "findings": findings}


def _show(console, model, data, diagnosis):
    count = f"{len(diagnosis)} finding{'s' if len(diagnosis) > 1 else ''}"
    console.print(f"{model}: {count} on {diagnosis.examples:,} examples of {data}, causes before symptoms")
    for finding in diagnosis:
        console.print()
        place = f" in {', '.join(finding.where)}" if finding.where else ""
        console.print(finding.name.replace("_", " ") + place, style="bold")
        console.print(f"  measured  {finding.measured:.4g}; the limit is {finding.threshold.limit:g}", end="")
        console.print(f" ({finding.threshold.measure})", style="dim")
        console.print(f"  meaning   {finding.meaning}")
        console.print(f"  try       {finding.cure}", style="green")
        console.print(f"  source    {finding.threshold.source}", style="dim")
    console.print()
    cured = f'model.diagnose(x, y).apply("{diagnosis.names[0]}")'
    write_next(console, (cured, "in Python: a new model with the change made, to be trained"))
