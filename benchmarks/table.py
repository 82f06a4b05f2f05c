"""The benchmark's numbers as tables on the terminal."""

import sys

from rich.console import Console
from rich.table import Table

console = Console(width=None if sys.stdout.isatty() else 132)
"""In a file or a pipe, tables have the width that they need."""


def _microseconds(us):
    return f"{us:.2f}" if us < 10 else f"{us:.1f}" if us < 100 else f"{us:,.0f}"


def steps(task, found, reference):
    """One task: each peer's time of a step, beside the fastest of glassnet's peers."""
    title = f"{task.name}, batch {task.batch_size}, {task.activation}, SGD {task.learning_rate}"
    table = Table(title=title, title_justify="left", caption_justify="left")
    table.add_column("")
    for heading in ("us/step", "min - max", "samples/s", "speed / fastest peer", "first calls s", "loss"):
        table.add_column(heading, justify="right")
    table.add_column("its fastest way")
    fastest = fastest_peer(found)
    for name, report in sorted(found.items(), key=lambda item: item[1]["us"]):
        table.add_row(
            name,
            _microseconds(report["us"]),
            f"{_microseconds(min(report['rounds']))} - {_microseconds(max(report['rounds']))}",
            f"{task.batch_size / report['us'] * 1e6:,.0f}",
            f"{fastest[1] / report['us']:.3f}" if fastest else "",
            f"{report['first_calls_s']:.1f}",
            f"{report['loss']:.5f}" + ("" if report["same_loss"] else " DIFFERS"),
            report["variant"],
            style="bold" if name == "glassnet" else None,
        )
    table.caption = f"loss after the check, NumPy float64: {reference:.5f}. {verdict(task, found)}"
    console.print(table)


REWRITTEN = "JAX sums"
"""The peer whose matrix products are rewritten by hand for networks as small as these: shown, and measured by itself."""


def fastest_peer(found):
    """(name, microseconds a step) of the fastest peer as its users write it, or None."""
    times = [(name, report["us"]) for name, report in found.items() if name not in ("glassnet", REWRITTEN)]
    return min(times, key=lambda item: item[1], default=None)


def verdict(task, found):
    """The bar and whether it is met, in words."""
    fastest = fastest_peer(found)
    if fastest is None or "glassnet" not in found:
        return f"Bar: {task.bar} times as fast as the fastest peer; not measured."
    peers = [fastest, *((name, report["us"]) for name, report in found.items() if name == REWRITTEN)]
    ratios = {name: us / found["glassnet"]["us"] for name, us in peers}
    return f"Bar {task.bar}: " + "; ".join(
        f"{'MET' if ratio >= task.bar else 'MISSED'}, {ratio:.2f} times as fast as {name}" for name, ratio in ratios.items()
    )


def blas(rates, steps_found):
    """The products of a step by BLAS alone, and glassnet's and the fastest peer's whole step beside them."""
    table = Table(title="This machine's BLAS on the same products", title_justify="left")
    for heading in ("", "threads", "products us", "GFLOP/s", "share reached by glassnet", "by the fastest peer"):
        table.add_column(heading, justify="right")
    for name, by_threads in rates.items():
        found = steps_found.get(name, {})
        fastest = fastest_peer(found)
        for threads, rate in by_threads.items():
            own = found.get("glassnet")
            table.add_row(
                name,
                str(threads),
                _microseconds(rate["us"]),
                f"{rate['gflops']:.0f}",
                f"{rate['us'] / own['us']:.0%}" if own else "",
                f"{rate['us'] / fastest[1]:.0%} {fastest[0]}" if fastest else "",
            )
    console.print(table)


def reach(found, accuracy, task):
    """Time to an accuracy on the test digits."""
    title = f"{task.name}, batch {task.batch_size}, SGD {task.learning_rate}: time to {accuracy:.0%} of the test digits"
    table = Table(title=title, title_justify="left")
    for heading in ("", "from process start s", "training only s", "epochs", "accuracy"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, report in sorted(found.items(), key=lambda item: item[1]["total_s"]):
        numbers = f"{report['total_s']:.2f}", f"{report['training_s']:.2f}", str(report["epochs"])
        table.add_row(name, *numbers, f"{report['accuracy']:.4f}", style="bold" if name == "glassnet" else None)
    console.print(table)


def start(imports, predictions):
    """Import times, and the time of one prediction through the public call."""
    table = Table(title="Import, and the answer to one digit (784-16-16-10, public call)", title_justify="left")
    for heading in ("", "import s", "one digit us"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name in imports:
        us = f"{predictions[name]:,.1f}" if name in predictions else ""
        table.add_row(name, f"{imports[name]:.2f}", us, style="bold" if name == "glassnet" else None)
    console.print(table)


TIMELINE_BAR = 0.05


def timeline(found, name):
    """What a timeline costs in training, by optimiser."""
    table = Table(title=f"{name}: training with a timeline of every 100th step", title_justify="left")
    for heading in ("", "alone us/step", "with it us/step", "cost", ""):
        table.add_column(heading, justify="right" if heading else "left")
    for optimizer, report in found.items():
        times = _microseconds(report["us"]), _microseconds(report["watched_us"])
        verdict = f"Bar {TIMELINE_BAR:.0%}: {'MET' if report['cost'] < TIMELINE_BAR else 'MISSED'}"
        table.add_row(optimizer, *times, f"{report['cost']:.1%}", verdict)
    console.print(table)
