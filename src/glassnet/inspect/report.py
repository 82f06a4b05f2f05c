"""A training on one page: a self-contained HTML file that works offline, in light and dark, and on paper."""

import os
import platform
import secrets
from html import escape
from pathlib import Path

import numba
import numpy as np

from glassnet import __version__
from glassnet.examples import count
from glassnet.inspect.answer_sections import answer_sections, every_answer, score
from glassnet.inspect.answer_sections import class_names as names_of_classes
from glassnet.inspect.doctor import diagnose
from glassnet.inspect.html import STYLE, table
from glassnet.inspect.notebook import findings_list, layer_table, picture
from glassnet.inspect.python_script import to_python
from glassnet.inspect.svg import curves
from glassnet.inspect.weight_images import weight_images
from glassnet.training_run import Data, checksum

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
        x, y: Labelled examples, as for `fit`, best such as were not trained on.
        path: Of the file to write; it ends in .html.
        class_names: Names of the classes, in order; of several outputs a dictionary of such lists by the outputs' names.
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
    answers = every_answer(model, x, y)
    names = names_of_classes(class_names, answers)
    sections = [
        ("Architecture", f'<div class="wide">{picture(model)}</div><div class="wide">{layer_table(model)}</div>'),
        ("Learning curves", _learning(model)),
        *(
            (title if of is None else f"{title} of {of}", body)
            for of, part in answers.items()
            for title, body in answer_sections(part, names[of])
        ),
        ("What the first layer looks for", weight_images(model)),
        ("The doctor's findings", findings_list(diagnose(model, x, y, validation_data))),
        ("To repeat this run", _repetition(model, x, y)),
    ]
    _write(path, _page(model, answers, [(title, body) for title, body in sections if body]))
    return path


# -- sections --------------------------------------------------------------------------------------------------------------


def _learning(model):
    pictures = [] if model.history is None else curves(model.history.history)
    return f'<div class="row">{"".join(pictures)}</div>' if pictures else "<p>The model has no history of a training.</p>"


def _repetition(model, x, y):
    checked = Data(dict(zip(("x", "y"), model._data(x, y)[:2], strict=True))).describe()
    described = model.training_runs[-1].data.describe() if model.training_runs else {}
    facts = [
        ["seed of the model", model.seed],
        ["glassnet", __version__],
        ["NumPy", np.__version__],
        ["Numba", numba.__version__],
        ["Python", platform.python_version()],
        ["processor", platform.machine()],
        *([f"training data {name}", f"{_about(about)}, SHA-256 {about['sha256']}"] for name, about in described.items()),
        *([f"data of this report {name}", f"{_about(about)}, SHA-256 {about['sha256']}"] for name, about in checked.items()),
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
    facts = [(f"{what} of {of}" if of else what, number) for of, part in answers.items() for what, number in [score(part)]]
    examples = count(next(iter(answers.values())).x)
    facts += [("examples", f"{examples:,}"), ("parameters", f"{model.count_params():,}")]
    facts.append(("epochs", f"{model._epochs_trained:,}"))
    numbers = "".join(f"<div><b>{value}</b><span class='muted'>{escape(name)}</span></div>" for name, value in facts)
    body = "".join(f"<section><h2>{escape(title, quote=False)}</h2>{content}</section>" for title, content in sections)
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
