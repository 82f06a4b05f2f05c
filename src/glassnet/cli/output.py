"""What commands write: text for people on standard output, or one JSON document for programs."""

import json
import sys
from pathlib import Path

MOST_CLASSES = 12
"""Up to here a confusion matrix fits on a terminal; beyond, the most frequent mistakes are listed."""

MISTAKES = 10


def open_console():
    """A console on standard output that never breaks lines: what is piped stays one line."""
    from rich.console import Console

    # No markup: file names and categories may hold brackets.
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def write_lines(console, lines, indent="  "):
    """Lines of `glassnet.terminal`, indented; on a pipe without blanks at their ends."""
    from rich.text import Text

    for line in lines:
        line = Text.assemble(indent, line)
        line.rstrip()
        console.print(line)


def write_json(document):
    """One JSON document on standard output. Raises `ValueError` for NaN, which JSON does not have."""
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def write_next(console, *commands):
    """What to try next: `(command, what it does)`."""
    console.print("Next:", style="bold")
    width = max(len(command) for command, _ in commands)
    for command, what in commands:
        console.print(f"  {command:<{width}}  ", end="", style="cyan")
        console.print(what, style="dim")


def percent(share):
    """
    >>> percent(0.97654)
    '97.7 %'
    """
    return f"{share * 100:.1f} %"


def check_out(path, ending=".safetensors"):
    """The path of a file that can be written. Raises `ValueError` or `FileNotFoundError` where it cannot."""
    import tempfile

    path = Path(path)
    if path.suffix != ending:
        raise ValueError(f"Expected --out to end in {ending}. Received: {path}.")
    if path.is_dir():
        raise ValueError(f"Expected --out to be a file. Received: {path}, a folder.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"Expected --out in an existing folder. There is no {path.parent}.")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ValueError(f"Cannot write to the folder of --out. {path.parent}: {error.strerror}.") from error
    return path


def is_picture(array):
    """Whether an array can be drawn: (H, W), or (H, W, 1)."""
    return array.ndim == 2 or (array.ndim == 3 and array.shape[-1] == 1)


def show_prediction(console, picture, probabilities, names):
    """Draws a picture (H, W) with the network's probabilities beside it."""
    from glassnet.terminal import bars, beside
    from glassnet.terminal import picture as drawn

    values = probabilities.tolist()
    best = int(probabilities.argmax())
    picture = picture.reshape(picture.shape[:2])
    write_lines(console, beside(drawn(picture, console), bars(values, names, console, best=best)))


def described(probabilities, names, given=None):
    """A prediction as plain data: the class, how sure, and the share of each."""
    best = int(probabilities.argmax())
    described = {} if given is None else {"input": given}
    shares = {name: round(float(p), 6) for name, p in zip(names, probabilities, strict=True)}
    return {**described, "prediction": names[best], "probability": float(probabilities[best]), "probabilities": shares}


def count_confusions(truth, predicted, classes):
    """How often each class was taken for each: (C, C), true classes by predicted ones."""
    import numpy as np

    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (truth, predicted), 1)
    return counts


def show_confusions(console, counts, names):
    """Draws a confusion matrix, or lists the most frequent mistakes where there are many classes."""
    from glassnet.terminal import confusion_matrix

    if len(names) <= MOST_CLASSES:
        write_lines(console, confusion_matrix(counts, names, console))
        return
    wrong = [(count, i, j) for i, row in enumerate(counts) for j, count in enumerate(row) if count and i != j]
    for count, i, j in sorted(wrong, key=lambda mistake: (-mistake[0], mistake[1:]))[:MISTAKES]:
        console.print(f"  {count:>5}  {names[i]} taken for {names[j]}")
