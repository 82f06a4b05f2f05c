"""`glassnet evaluate`: how good a trained network is, and where it is wrong."""

from typing import Annotated

import typer

from glassnet.cli.output import count_confusions, open_console, show_confusions, write_json


def evaluate(
    model: Annotated[str, typer.Argument(help="A model file.")],
    data: Annotated[
        str | None,
        typer.Argument(help="A data set, a .csv or an .npz file.  [default: the set it was trained on]"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write one JSON document.")] = False,
):
    """Measure a trained network on data that it should not have seen.

    Of a named data set the part for the test is taken, of a table or of arrays (x, y) all rows.

    \b
    Example:
      glassnet evaluate digits.safetensors
      glassnet evaluate table.safetensors new_rows.csv
    """
    from glassnet.cli import data as source
    from glassnet.cli import network
    from glassnet.examples import count
    from glassnet.models import load_model

    trained = load_model(model)
    data = source.data_of(trained, model, data, "evaluate")
    x, y = source.test_part(trained, data)
    document = {"model": model, "data": data, "examples": count(x)}
    document |= trained.evaluate(x, network.fit_targets(trained, y), batch_size=1000, verbose=0, return_dict=True)
    outputs = trained.predict(x, batch_size=1000, verbose=0)
    probabilities = network.shares(trained, outputs)
    if probabilities is not None:
        document["class_names"] = network.class_names(trained, probabilities.shape[1])
        document["confusion_matrix"] = count_confusions(y, probabilities).tolist()
    elif trained.preprocessing is not None:
        truth, predicted = (trained.preprocessing.inverse_target(values) for values in (y, outputs))
        document["mean_error"] = float(abs(truth - predicted).mean())
    if json:
        write_json(document)
    else:
        _show(open_console(), trained, document)


def _show(console, model, document):
    from glassnet.progress import format_value

    numbers = {name: value for name, value in document.items() if isinstance(value, float) and name != "mean_error"}
    console.print(f"{document['data']}: {document['examples']:,} examples")
    console.print("  ".join(f"{name} {format_value(value)}" for name, value in numbers.items()), style="bold")
    if "mean_error" in document:
        console.print(f"On average {model.preprocessing.target['name']} is off by {document['mean_error']:.4g}.")
    if "confusion_matrix" in document:
        counts, names = document["confusion_matrix"], document["class_names"]
        right = sum(counts[i][i] for i in range(len(counts)))
        console.print(f"{document['examples'] - right:,} of {document['examples']:,} wrong")
        console.print()
        show_confusions(console, counts, names)
