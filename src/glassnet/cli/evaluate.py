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
    from glassnet.inspect.answer_sections import every_answer
    from glassnet.models import load_model

    trained = load_model(model)
    data = source.data_of(trained, model, data, "evaluate")
    x, y = source.test_part(trained, data)
    y = network.fit_targets(trained, y)
    document = {"model": model, "data": data, "examples": count(x)}
    document |= trained.evaluate(x, y, batch_size=1000, verbose=0, return_dict=True)
    answers = every_answer(trained, x, y)
    if len(trained.output_names) > 1:
        document["outputs"] = {name: _measured(trained, part) for name, part in answers.items()}
    else:
        document |= _measured(trained, answers[None])
    if json:
        write_json(document)
    else:
        _show(open_console(), trained, document)


def _measured(model, answers):
    """What can be told of one output: how often each class was taken for each, or by how much numbers of a table are off."""
    from glassnet.cli.network import class_names

    if answers.kind == "classes":
        counts = count_confusions(answers.truth, answers.predicted, answers.classes)
        return {"class_names": class_names(model, answers.classes), "confusion_matrix": counts.tolist()}
    if model.preprocessing is None:
        return {}
    truth, predicted = map(model.preprocessing.inverse_target, (answers.truth, answers.predicted))
    return {"mean_error": float(abs(truth - predicted).mean())}


def _show(console, model, document):
    from glassnet.progress import format_value

    numbers = {name: value for name, value in document.items() if isinstance(value, float) and name != "mean_error"}
    console.print(f"{document['data']}: {document['examples']:,} examples")
    console.print("  ".join(f"{name} {format_value(value)}" for name, value in numbers.items()), style="bold")
    if "mean_error" in document:
        console.print(f"On average {model.preprocessing.target['name']} is off by {document['mean_error']:.4g}.")
    for name, measured in document.get("outputs", {"": document}).items():
        if "confusion_matrix" in measured:
            counts = measured["confusion_matrix"]
            answers, right = sum(map(sum, counts)), sum(counts[i][i] for i in range(len(counts)))
            console.print(f"{f'{name}: ' if name else ''}{answers - right:,} of {answers:,} wrong")
            console.print()
            show_confusions(console, counts, measured["class_names"])
