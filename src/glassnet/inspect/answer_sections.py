"""How good a network is, as sections of a report: confusion matrix, mistakes, calibration, residuals."""

from html import escape

import numpy as np

from glassnet.examples import several
from glassnet.inspect.answers import Answers
from glassnet.inspect.calibration import calibration
from glassnet.inspect.html import table
from glassnet.inspect.picture import image_shape, image_tag
from glassnet.inspect.svg import reliability, residuals
from glassnet.metrics import ConfusionMatrix

MISTAKES, POINTS, OUTPUTS = 24, 2000, 4
"""How many mistakes, points of a residual plot and outputs of a regression are shown."""


def every_answer(model, x, y):
    """`{name: Answers}` for each output that has a loss; the name of the only output of a model is None."""
    names = model.output_names if len(model.output_names) > 1 else [None]
    return {name: Answers(model, x, y, name) for name, loss in zip(names, model._losses, strict=True) if loss is not None}


def class_names(names, answers):
    """`{name of an output: names of its classes}`, numbers where none are given. Outputs that are numbers have none.

    Arguments:
        names: List, or a dictionary of lists for several outputs; None.
        answers: What `every_answer` returned.

    Raises `ValueError` where they do not fit.
    """
    if list(answers) != [None] and names is not None and not (isinstance(names, dict) and set(names) <= set(answers)):
        raise ValueError(
            f"Expected class_names as a dictionary with lists for some of the outputs {', '.join(answers)}. Received: {names!r}."
        )
    given = names if isinstance(names, dict) else {None: names}
    return {name: _names_of(given.get(name), part) for name, part in answers.items()}


def _names_of(names, answers):
    if answers.kind == "numbers":
        if names is not None:
            raise ValueError(f"Expected no class_names, because the labels are numbers to be met. Received: {names!r}.")
        return None
    names = [str(number) for number in range(answers.classes)] if names is None else [str(name) for name in names]
    if len(names) != answers.classes:
        raise ValueError(f"Expected {answers.classes} class_names. Received: {len(names)}: {names}.")
    return names


def score(answers):
    """How good they are: what is measured, and the number as text."""
    if answers.kind == "classes":
        return "accuracy", f"{answers.accuracy:.2%}"
    return "mean absolute error", f"{np.abs(answers.predicted - answers.truth).mean():.4g}"


def answer_sections(answers, names):
    """`[(title, HTML)]` about the answers of one output; `names` are those of its classes."""
    return list(_of_classes(answers, names) if answers.kind == "classes" else _of_numbers(answers))


def _of_classes(answers, names):
    yield "Confusion matrix", _confusion(answers, names)
    yield "Most confident mistakes", _mistakes(answers, names)
    if answers.confidence is not None:
        measured = calibration(answers.confidence, answers.right)
        sure, right = answers.confidence.mean(), answers.accuracy
        yield (
            "Calibration",
            f"<p>On average the network is {sure:.1%} sure and right in {right:.1%} of cases. The expected calibration error "
            f"is <b>{measured.error:.4f}</b> (Guo et al. 2017, {len(measured.count)} bins).</p>"
            f"{reliability(measured)}<p class='muted'><span class='positive'>Blue</span>: more often right than it "
            "thinks. <span class='negative'>Orange</span>: less often.</p>",
        )


def _confusion(answers, names):
    matrix = ConfusionMatrix(answers.classes)
    matrix.update_state(answers.truth, np.eye(answers.classes, dtype=np.float32)[answers.predicted])
    counts = matrix.result().astype(int)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    worst = max(float((shares - np.diag(np.diag(shares))).max()), 0.02)  # so that a few mistakes of many stay pale
    rows = []
    for true, name in enumerate(names):
        cells = []
        for predicted, count in enumerate(counts[true]):
            colour = "--positive" if true == predicted else "--negative"
            strength = 60 * shares[true, predicted] / (1 if true == predicted else worst)
            style = f"background:color-mix(in srgb,var({colour}) {strength:.0f}%,transparent)" if count else ""
            cells.append(f'<td style="{style}">{count or "&#183;"}</td>')
        rows.append(f"<tr><th>{escape(name)}</th>{''.join(cells)}</tr>")
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    masked = f" {answers.masked:,} steps are left out, because they are masked." * bool(answers.masked)
    return (
        "<p>Rows are the true classes, columns what the network said: <span class='positive'>right</span> on the diagonal, "
        "<span class='negative'>mistakes</span> beside it."
        f"{masked}</p>"
        f'<div class="wide"><table class="confusion"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _mistakes(answers, names):
    chosen = answers.surest_mistakes(MISTAKES)
    wrong = int((~answers.right).sum())
    if not wrong:
        return f"<p>None: all {len(answers.truth):,} answers are right.</p>"
    asked = "examples" if not answers.place.any() else "answers, one for each step,"
    count = f"<p>{wrong:,} of {len(answers.truth):,} {asked} are wrong; those of which the network was surest come first.</p>"
    pictures = next((part for part in several(answers.x) if image_shape(part.shape[1:]) is not None), None)
    said = [names[answers.predicted[at]] for at in chosen]
    true = [names[answers.truth[at]] for at in chosen]
    sure = ["" if answers.confidence is None else f"{answers.confidence[at]:.1%}" for at in chosen]
    examples, places = answers.example[chosen], answers.place[chosen]
    if answers.place.any():
        rows = zip(examples, places, true, said, sure, strict=True)
        return count + table(["example", "step", "truth", "network", "how sure"], list(rows), numbers=(0, 1, 4))
    if pictures is None:
        rows = zip(examples, true, said, sure, strict=True)
        return count + table(["example", "truth", "network", "how sure"], list(rows), numbers=(0, 3))
    shape, low, high = image_shape(pictures.shape[1:]), float(pictures.min()), float(pictures.max())
    figures = [
        f"<figure>{image_tag(pictures[at].reshape(shape), low, high)}<figcaption><b class='negative'>{escape(s)}</b> "
        f"{p}<br>is <b class='positive'>{escape(t)}</b> <span class='muted'>#{at}</span></figcaption></figure>"
        for at, t, s, p in zip(examples, true, said, sure, strict=True)
    ]
    return f'{count}<div class="gallery">{"".join(figures)}</div>'


def _of_numbers(answers):
    chosen = np.unique(np.linspace(0, len(answers.truth) - 1, POINTS).astype(int))
    pairs = list(zip(answers.truth[chosen].T, answers.predicted[chosen].T, strict=True))
    plots = [residuals(truth, predicted) for truth, predicted in pairs[:OUTPUTS]]
    yield "Residuals", f'<div class="row">{"".join(plots)}</div>'
