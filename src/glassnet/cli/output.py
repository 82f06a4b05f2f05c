"""What commands write: text for people on standard output, or one JSON document for programs."""

import json
import sys
from pathlib import Path


def open_console():
    """A console on standard output that never breaks lines: what is piped stays one line."""
    from rich.console import Console

    # No markup: file names and categories may hold brackets.
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=True)


def write_lines(console, lines, indent="  "):
    """Lines of `glassnet.terminal`, indented; on a pipe without blanks at their ends."""
    for line in lines:
        line.rstrip()
        console.print(indent, line, sep="", end="\n")


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


def check_out(path):
    """The path of a model file that can be written. Raises `ValueError` or `OSError` where it cannot, before any work."""
    import tempfile

    path = Path(path)
    if path.suffix != ".safetensors":
        raise ValueError(f"Expected --out to end in .safetensors. Received: {path}.")
    if path.is_dir():
        raise ValueError(f"Expected --out to be a file. Received: {path}, a folder.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"Expected --out in an existing folder. There is no {path.parent}.")
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ValueError(f"Expected --out in a folder that can be written to. {path.parent}: {error.strerror}.") from error
    return path
