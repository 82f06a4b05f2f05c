"""Draws what a command prints as an SVG: `python docs/terminal_picture.py docs/demo.svg glassnet demo`."""

import os
import re
import subprocess
import sys
import tempfile

from rich.console import Console
from rich.text import Text

WIDTH = 96


def main(target, *command):
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH)}
    with tempfile.TemporaryDirectory() as folder:
        printed = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout
    console = Console(record=True, width=WIDTH, file=open(os.devnull, "w"), force_terminal=True)  # noqa: SIM115
    console.print(Text.from_ansi(printed.rstrip()))
    svg = console.export_svg(title=" ".join(command))
    # The picture must not load a font from elsewhere: any monospaced font of the reader's will do.
    svg = re.sub(r"@font-face\s*{[^}]*}", "", svg).replace("Fira Code", "monospace")
    with open(target, "w") as file:
        file.write(re.sub(r"<!--.*?-->", "", svg))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("Usage: python docs/terminal_picture.py TARGET.svg COMMAND ...")
    main(*sys.argv[1:])
