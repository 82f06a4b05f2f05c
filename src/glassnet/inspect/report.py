"""A training on one page: a self-contained HTML file that works offline, in light and dark, and on paper."""

import os
import platform
import secrets
from html import escape
from pathlib import Path

import numba
import numpy as np

from glassnet import __version__
from glassnet.inspect.answers import Answers
from glassnet.inspect.calibration import calibration
from glassnet.inspect.doctor import diagnose
from glassnet.inspect.html import STYLE, table
from glassnet.inspect.network_picture import network_picture
from glassnet.inspect.notebook import findings_list, layer_table
from glassnet.inspect.picture import image_shape, image_tag, weights_tag
from glassnet.inspect.python_script import to_python
from glassnet.inspect.svg import curves, reliability, residuals
from glassnet.metrics import ConfusionMatrix
from glassnet.training_run import checksum

MISTAKES, WEIGHT_IMAGES, POINTS, OUTPUTS = 24, 64, 2000, 4
"""How many mistakes, neurons, points of a residual plot and outputs of a regression are shown."""

PAGE = """
body{margin:0}
.page{background:var(--ground);min-height:100vh}
main{max-width:60rem;margin:0 auto;padding:3.5rem 2rem 5rem}
h1{font-size:2rem;line-height:1.2;font-weight:650;margin:0 0 .3rem;overflow-wrap:anywhere}
h2{font-size:1.2rem;font-weight:600;margin:3.2rem 0 .8rem;padding-top:1.2rem;border-top:1px solid var(--line)}
p{max-width:44rem;margin:.4rem 0 1rem}
.facts{display:flex;flex-wrap:wrap;gap:1rem 3rem;margin:1.8rem 0 0}
.facts b{display:block;font-size:1.6rem;font-weight:600;font-variant-numeric:tabular-nums;line-height:1.2}
.gallery{display:grid;grid-template-columns:repeat(auto-fill,minmax(6.2rem,1fr));gap:1.2rem 1rem}
.gallery img{width:100%;image-rendering:pixelated;border:1px solid var(--line);border-radius:4px;display:block;
box-sizing:border-box}
.gallery figure{margin:0;font-size:.82rem;line-height:1.35;break-inside:avoid}
.gallery figcaption{margin-top:.35rem}
.confusion td,.confusion th{padding:.4em .55em!important;text-align:right!important;border:1px solid var(--line)}
.confusion{font-size:.88rem}.wide{overflow-x:auto}
ol{padding-left:1.3rem;max-width:46rem}li{margin:0 0 1.1rem}
pre{background:var(--panel);border:1px solid var(--line);border-radius:6px;padding:1rem;overflow-x:auto;
font:12.5px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.facts-table td:last-child{overflow-wrap:anywhere;padding-right:0}
@media(max-width:36rem){main{padding:2rem 1.1rem 3rem}h2{margin-top:2.2rem}.facts{gap:1rem 2rem}
.gallery{grid-template-columns:repeat(auto-fill,minmax(4.6rem,1fr))}
.confusion{font-size:.75rem}.confusion td,.confusion th{padding:.35em .3em!important}}
@media print{*{print-color-adjust:exact;-webkit-print-color-adjust:exact}main{padding:0;max-width:none}
h2{break-after:avoid}pre{white-space:pre-wrap}svg,tr,li{break-inside:avoid}.row{flex-wrap:nowrap}.row svg{min-width:0}}
@page{margin:16mm}
""".strip()


def report(model, x, y, path, class_names=None, validation_data=None):
    """Writes everything that can be seen of a trained model on data into one HTML file.

    Arguments:
        model: A compiled model.
        x, y: Labelled examples, best such as were not trained on.
        path: Of the file to write; it ends in .html.
        class_names: Names of the classes, in order.
        validation_data: (x, y) for the doctor, as for `diagnose`.

    Returns: The path, a `Path`. The file is whole or not there.

    Raises `ValueError` where data or names do not fit, `FileNotFoundError` where there is no such folder.

    >>> import tempfile
    >>> from glassnet import datasets, layers
    >>> from glassnet.models import Sequential
    >>> model = Sequential([layers.Input((8,)), layers.Dense(1, activation="sigmoid")])
    >>> model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    >>> (x, y), (x_test, y_test) = datasets.parity.load_data()
    >>> _ = model.fit(x, y, epochs=3, verbose=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report(model, x_test, y_test, f"{folder}/parity.html", ["even", "odd"]).name
    'parity.html'
    """
    path = Path(path)
    if path.suffix not in (".html", ".htm"):
        raise ValueError(f"Expected a file name that ends in .html. Received: {str(path)!r}.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"Expected an existing folder for {path.name}. There is no {path.parent}.")
    model._need_compile()
    answers = Answers(model, x, y)
    names = _class_names(class_names, answers)
    sections = [
        ("Architecture", f'{network_picture(model)}<div class="wide">{layer_table(model)}</div>'),
        ("Learning curves", _learning(model)),
        *(_of_classes(answers, names) if answers.kind == "classes" else _of_numbers(answers)),
        ("What the first layer looks for", _weight_images(model)),
        ("The doctor's findings", findings_list(diagnose(model, x, y, validation_data))),
        ("To repeat this run", _repetition(model, answers.x, y)),
    ]
    _write(path, _page(model, answers, [(title, body) for title, body in sections if body]))
    return path


def _class_names(names, answers):
    if answers.kind == "numbers":
        if names is not None:
            raise ValueError(f"Expected no class_names, because the labels are numbers to be met. Received: {names!r}.")
        return None
    names = [str(number) for number in range(answers.classes)] if names is None else [str(name) for name in names]
    if len(names) != answers.classes:
        raise ValueError(f"Expected {answers.classes} class_names. Received: {len(names)}: {names}.")
    return names


# -- sections --------------------------------------------------------------------------------------------------------------


def _learning(model):
    pictures = [] if model.history is None else curves(model.history.history)
    return f'<div class="row">{"".join(pictures)}</div>' if pictures else "<p>The model has no history of a training.</p>"


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
    return (
        "<p>Rows are the true classes, columns what the network said: <span class='positive'>right</span> on the diagonal, "
        "<span class='negative'>mistakes</span> beside it.</p>"
        f'<div class="wide"><table class="confusion"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _mistakes(answers, names):
    chosen = answers.surest_mistakes(MISTAKES)
    wrong = int((~answers.right).sum())
    if not wrong:
        return f"<p>None: all {len(answers.truth):,} examples are right.</p>"
    count = f"<p>{wrong:,} of {len(answers.truth):,} examples are wrong; those of which the network was surest come first.</p>"
    shape = image_shape(answers.x.shape[1:])
    said = [names[answers.predicted[at]] for at in chosen]
    true = [names[answers.truth[at]] for at in chosen]
    sure = ["" if answers.confidence is None else f"{answers.confidence[at]:.1%}" for at in chosen]
    if shape is None:
        rows = [[at, t, s, p] for at, t, s, p in zip(chosen, true, said, sure, strict=True)]
        return count + table(["example", "truth", "network", "how sure"], rows, numbers=(0, 3))
    low, high = float(answers.x.min()), float(answers.x.max())
    figures = [
        f"<figure>{image_tag(answers.x[at].reshape(shape), low, high)}<figcaption><b class='negative'>{escape(s)}</b> "
        f"{p}<br>is <b class='positive'>{escape(t)}</b> <span class='muted'>#{at}</span></figcaption></figure>"
        for at, t, s, p in zip(chosen, true, said, sure, strict=True)
    ]
    return f'{count}<div class="gallery">{"".join(figures)}</div>'


def _of_numbers(answers):
    chosen = np.unique(np.linspace(0, len(answers.truth) - 1, POINTS).astype(int))
    plots = [residuals(answers.truth[chosen, at], answers.predicted[chosen, at]) for at in range(_shown_outputs(answers))]
    yield "Residuals", f'<div class="row">{"".join(plots)}</div>'


def _shown_outputs(answers):
    return min(OUTPUTS, answers.truth.shape[1])


def _weight_images(model):
    """The kernel of the first dense layer, a picture for each neuron; empty where inputs are no pictures."""
    layer = next((layer for layer in model.layers if getattr(layer, "kernel", None) is not None), None)
    shape = image_shape(tuple(model.input_shape[1:]))
    if layer is None or shape is None or len(shape) != 2 or layer.kernel.shape[0] != shape[0] * shape[1]:
        return ""
    kernel = layer.kernel.value[:, :WEIGHT_IMAGES]
    sizes = np.abs(kernel[np.isfinite(kernel)])
    strongest = float(np.quantile(sizes, 0.995)) if sizes.size else 1.0  # a few outliers must not leave the rest pale
    figures = [
        f"<figure>{weights_tag(weights.reshape(shape), strongest)}<figcaption class='muted'>neuron {at}</figcaption></figure>"
        for at, weights in enumerate(kernel.T)
    ]
    shown = f"the first {WEIGHT_IMAGES} of {layer.units}" if layer.units > WEIGHT_IMAGES else "all"
    return (
        f"<p>Weights of the neurons of {escape(layer.name)} ({shown}): light there makes the neuron "
        "<span class='positive'>brighter</span> or <span class='negative'>darker</span>.</p>"
        f'<div class="gallery">{"".join(figures)}</div>'
    )


def _repetition(model, x, y):
    described = model.training_runs[-1].data.describe() if model.training_runs else {}
    facts = [
        ["seed of the model", model.seed],
        ["glassnet", __version__],
        ["NumPy", np.__version__],
        ["Numba", numba.__version__],
        ["Python", platform.python_version()],
        ["processor", platform.machine()],
        *([f"training data {name}", f"{_about(about)}, SHA-256 {about['sha256']}"] for name, about in described.items()),
        ["data of this report x", f"{tuple(x.shape)} {x.dtype.name}, SHA-256 {checksum(x)}"],
        ["data of this report y", f"{np.shape(y)}, SHA-256 {checksum(np.asarray(y))}"],
        ["weights", f"SHA-256 {checksum(model.params.array)}"],
    ]
    try:
        code = f"<pre>{escape(to_python(model))}</pre>"
    except ValueError as error:
        code = f"<p>There is no script that repeats the training. {escape(str(error))}</p>"
    return f'<div class="facts-table">{table(["what", "which"], facts)}</div>{code}'


def _about(about):
    return f"{tuple(about['shape'])} {about['dtype']}"


# -- the page --------------------------------------------------------------------------------------------------------------


def _page(model, answers, sections):
    if answers.kind == "classes":
        score = ("accuracy", f"{answers.accuracy:.2%}")
    else:
        score = ("mean absolute error", f"{np.abs(answers.predicted - answers.truth).mean():.4g}")
    facts = [score, ("examples", f"{len(answers.truth):,}"), ("parameters", f"{model.count_params():,}")]
    facts.append(("epochs", f"{model._epochs_trained:,}"))
    numbers = "".join(f"<div><b>{value}</b><span class='muted'>{name}</span></div>" for name, value in facts)
    body = "".join(f"<section><h2>{title}</h2>{content}</section>" for title, content in sections)
    title = escape(model.name)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title} - glassnet report</title><style>{STYLE}\n{PAGE}</style></head>"
        f'<body><div class="glassnet page"><main><h1>{title}</h1><p class="muted">glassnet report</p>'
        f'<div class="facts">{numbers}</div>{body}</main></div></body></html>\n'
    )


def _write(path, text):
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
