"""A traced step on a terminal, operation by operation."""

import contextlib
import os
import re
import sys

import numpy as np

try:
    import termios
    import tty
except ImportError:  # there is none on Windows, where the operations are listed
    termios = None

from glassnet.inspect.names import AFTER, joined
from glassnet.inspect.table import numbers

NEXT, BACK = (" ", "\r", "\n", "n", "\x1b[C", "\x1b[B"), ("b", "p", "\x7f", "\x1b[D", "\x1b[A")
FIRST, LAST, QUIT = ("g", "\x1b[H"), ("G", "\x1b[F"), ("q", "\x1b", "\x04")
"""Keys, as terminals send them: space, return and arrows, home and end."""

HELP = "space next   b back   g first   G last   q quit"


def can_be_stepped(console):
    """Whether somebody sits there who sees the operations and can press keys."""
    return termios is not None and console.is_terminal and sys.stdin.isatty()


def list_steps(console, trace):
    """All operations, one below the other."""
    steps = trace.steps()
    for step in steps:
        _show(console, trace, step, len(steps))
        console.print()


def step_through(console, trace):
    """One operation at a time, until a key says that it is enough."""
    steps, at = trace.steps(), 0
    with console.screen(hide_cursor=True), _keys() as keys, contextlib.suppress(KeyboardInterrupt):
        _show_alone(console, trace, steps, at)
        for key in keys:
            if key in QUIT:
                break
            at = {**dict.fromkeys(FIRST, 0), **dict.fromkeys(LAST, len(steps) - 1)}.get(key, at)
            at = min(max(at + (key in NEXT) - (key in BACK), 0), len(steps) - 1)
            _show_alone(console, trace, steps, at)


@contextlib.contextmanager
def _keys():
    """Context with the keys as they are pressed, without echo; those that come while an operation is shown wait."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    tty.setcbreak(terminal, termios.TCSADRAIN)
    try:
        yield _pressed(terminal)
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _pressed(terminal):
    while read := os.read(terminal, 64).decode(errors="ignore"):
        yield from re.findall(r"\x1b\[[A-Z]|.", read, re.DOTALL)  # an arrow is three characters


def _show_alone(console, trace, steps, at):
    console.clear()
    _show(console, trace, steps[at], len(steps), explained=True)
    console.print()
    console.print(HELP, style="dim")


def _show(console, trace, step, count, explained=False):
    """One operation: what it reads and writes; `explained`, also how the largest number that it writes comes about."""
    console.print(f"{step.number} of {count}  {step.phase}  ", end="")
    console.print(f"{step.operation}{f' of {step.layer}' if step.layer else ''}", style="bold")
    rows = [("reads", name) for name in step.reads] + [("writes", name) for name in step.writes]
    width = max((len(name) for _, name in rows), default=0)
    shapes = {name: " x ".join(map(str, trace[name].shape)) or "1" for _, name in rows}
    wide = max(map(len, shapes.values()), default=0)
    for number, (kind, name) in enumerate(rows):
        word = kind if number == 0 or rows[number - 1][0] != kind else ""
        style = "green" if kind == "writes" else None
        console.print(f"  {word:<6}  {name:<{width}}  {shapes[name]:>{wide}}  {numbers(trace[name])}", style=style)
    if explained:
        console.print()
        console.print(_largest(trace, step))


def _largest(trace, step):
    """How the largest number comes about that an operation has written."""
    name = next((name for name in step.writes if trace[name].size), None)
    if name is None:
        return ""
    moves = name.startswith(AFTER)
    sizes = np.abs(trace.update(name.removeprefix(AFTER)) if moves else trace[name])
    place = tuple(map(int, np.unravel_index(np.nan_to_num(sizes).argmax(), sizes.shape)))
    return f"The largest {'move' if moves else 'of them'}:\n{trace.explain(joined(name, place)).text}"
