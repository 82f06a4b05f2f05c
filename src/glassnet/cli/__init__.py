"""The command line: `glassnet demo | train | predict | evaluate | explain | diagnose | report | trace | studio | ...`.

Standard output has the results, standard error what goes wrong, in one line. Exit status 0 is success, 1 an error,
2 a wrong option, 130 a stop by Ctrl-C.
"""

import time

STARTED = time.perf_counter()
"""When the process began, near enough: `demo` tells how long it took from here."""

import os  # noqa: E402 - the clock is read first
import sys  # noqa: E402
import warnings  # noqa: E402
from typing import Annotated  # noqa: E402

import typer  # noqa: E402

from glassnet.cli import (  # noqa: E402
    datasets,
    demo,
    diagnose,
    evaluate,
    explain,
    info,
    predict,
    report,
    studio,
    trace,
    train,
    warmup,
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool):
    if wanted:
        from glassnet import __version__

        print(f"glassnet {__version__}")
        raise typer.Exit()


@app.callback()
def glassnet(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")] = False,
):
    """Neural networks you can see through.

    \b
    Example:
      glassnet demo
      glassnet train mnist --layers 128 --epochs 5 --out digits.safetensors
      glassnet predict digits.safetensors picture.png
      glassnet explain digits.safetensors picture.png
    """


app.command("demo")(demo.demo)
app.command("train")(train.train)
app.command("predict")(predict.predict)
app.command("evaluate")(evaluate.evaluate)
app.command("explain")(explain.explain)
app.command("diagnose")(diagnose.diagnose)
app.command("report")(report.report)
app.command("trace")(trace.trace)
app.command("info")(info.info)
app.command("datasets")(datasets.datasets)
app.command("warmup")(warmup.warmup)
app.command("studio")(studio.studio)


def main(arguments=None):
    """Runs the command line on `arguments` (those of the process where None) and ends with an exit status."""
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            try:
                app(arguments, prog_name="glassnet")
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            # The reader has gone, as in `glassnet datasets | head -1`. Python's flush at the end must not fail, too.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)
        except (ValueError, OSError) as error:
            print(f"glassnet: {_one_line(error)}", file=sys.stderr)
            sys.exit(1)


def _show_warning(message, category, filename, lineno, file=None, line=None):
    print(f"glassnet: warning: {_one_line(message)}", file=sys.stderr)


def _one_line(message):
    if isinstance(message, OSError) and message.strerror:  # without Python's "[Errno 2]"
        message = f"{message.filename}: {message.strerror}." if message.filename else message.strerror
    return " ".join(str(message).split())
