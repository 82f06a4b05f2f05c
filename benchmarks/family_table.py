"""The numbers of the other families as tables on the terminal."""

import families
import table
from rich.table import Table


def _verdict(bar, value, met, words):
    return f"Bar {bar}: {'MET' if met else 'MISSED'}, {words.format(value)}"


def verdict(family, found):
    fastest = table.fastest_peer(found)
    if fastest is None or "glassnet" not in found:
        return f"Bar {family.bar}: not measured."
    ratio = fastest[1] / found["glassnet"]["us"]
    return _verdict(family.bar, ratio, ratio >= family.bar, f"{{:.2f}} times as fast as {fastest[0]}")


def steps(family, found):
    """One network: each peer's time of a training step."""
    rows = Table(title=f"{family.name}, SGD {family.learning_rate}", title_justify="left", caption_justify="left")
    for heading in ("", "us/step", "min - max", "samples/s", "first calls s", "loss"):
        rows.add_column(heading, justify="right" if heading else "left")
    rows.add_column("its fastest way")
    for name, report in sorted(found.items(), key=lambda item: item[1]["us"]):
        rows.add_row(
            name,
            f"{report['us']:,.0f}",
            f"{min(report['rounds']):,.0f} - {max(report['rounds']):,.0f}",
            f"{family.batch_size / report['us'] * 1e6:,.0f}",
            f"{report['first_calls_s']:.1f}",
            f"{report['loss']:.5f}" + ("" if report["same_loss"] else " DIFFERS"),
            report["variant"],
            style="bold" if name == "glassnet" else None,
        )
    rows.caption = verdict(family, found)
    table.console.print(rows)


def bars(results):
    """All bars of these networks, met or missed, with what was measured."""
    rows = Table(title="Bars of convolution, recurrence, normalisation", title_justify="left")
    rows.add_column("")
    rows.add_column("")
    for name, found in results["steps"].items():
        rows.add_row(f"training step, {name}", verdict(families.FAMILIES[name], found))
    times, memory = results.get("predict_us", {}), results.get("memory", {})
    if {"glassnet", "PyTorch eager"} <= times.keys():
        ratio = times["PyTorch eager"] / times["glassnet"]
        words = f"{times['glassnet']:.0f} us, {{:.2f}} times as fast as PyTorch ({times['PyTorch eager']:.0f} us)"
        met = ratio >= families.PREDICT_BAR
        rows.add_row("one image by LeNet-5", _verdict(families.PREDICT_BAR, ratio, met, words))
    for name, report in memory.items():
        words = f"{report['peak_mb']:.0f} MB at the most, {report['added_mb']:.0f} MB of them since its import"
        rows.add_row(f"memory, {name}", words)
    if {"glassnet", "PyTorch eager"} <= memory.keys():
        ratio = memory["glassnet"]["peak_mb"] / memory["PyTorch eager"]["peak_mb"]
        rows.add_row(f"memory, {families.MEMORY}", _verdict(1.0, ratio, ratio <= 1, "{:.2f} times PyTorch's"))
    if "cold_compile_s" in results:
        seconds = results["cold_compile_s"]
        rows.add_row("first calls of a CNN, no kernel cached", _verdict("15 s", seconds, seconds < families.COLD_BAR, "{:.1f} s"))
    table.console.print(rows)
