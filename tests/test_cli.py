"""The command line as a program: help, errors, exit statuses, pipes, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

import glassnet
from glassnet import cli

COMMANDS = ("demo", "train", "predict", "evaluate", "explain", "diagnose", "report", "trace", "info", "datasets", "warmup")
# A shell that runs tests in the background has children ignore SIGINT; these are to hear it.
PROGRAM = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from glassnet.cli import main; main()"


def start(*arguments, **options):
    """The program in a process of its own."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *map(str, arguments)], **options)


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs a command in this process, in a folder of its own: (exit status, standard output, standard error)."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        output, error = capsys.readouterr()
        # Whatever test comes first on a new machine compiles kernels, and that is told on standard error.
        told = [line for line in error.splitlines(keepends=True) if "compiling kernels" not in line]
        return ended.value.code, output, "".join(told)

    return run


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself_with_an_example(command):
    result = CliRunner().invoke(cli.app, [command, "--help"])
    assert result.exit_code == 0
    assert "Example:" in result.output and f"\n    glassnet {command}" in result.output


def test_help_lists_all_commands_and_does_not_load_the_compiler():
    code = (
        "import sys; from glassnet.cli import app; app(['--help'], standalone_mode=False);"
        "print('numba' in sys.modules, 'numpy' in sys.modules)"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(f"\n  {command} " in output for command in COMMANDS)
    assert output.endswith("False False\n")


def test_version(run):
    said = f"glassnet {glassnet.__version__}\n"
    assert run("--version") == (0, said, "")
    assert subprocess.run([sys.executable, "-m", "glassnet", "--version"], capture_output=True, text=True).stdout == said


def test_datasets_are_listed(run):
    status, output, _ = run("datasets")
    assert status == 0
    assert [line.split()[0] for line in output.splitlines()[1:]] == [d.name for d in glassnet.datasets.catalogue()]
    status, output, _ = run("datasets", "--json")
    assert json.loads(output)[0]["name"] == "mnist"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["train", "mnits"], 1, "mnist, fashion_mnist, parity"),
        (["train", "none.csv", "--target", "y"], 1, "none.csv"),
        (["train", "parity", "--out", "nowhere/model.safetensors"], 1, "There is no nowhere"),
        (["train", "parity", "--out", "model.bin"], 1, ".safetensors"),
        (["train", "parity", "--layers", "12,many"], 2, "12,many"),
        (["train", "parity", "--layers", "0,4"], 2, "0,4"),
        (["train", "parity", "--activation", "rulu"], 1, "rulu"),
        (["train", "parity", "--optimizer", "adem"], 1, "adem"),
        (["train", "parity", "--loss", "rmse"], 1, "rmse"),
        (["train", "parity", "--epochs", "0"], 2, "--epochs"),
        (["train", "parity", "--dropout", "1"], 2, "1.0"),
        (["train", "parity", "--target", "odd"], 2, "--target"),
        (["train", "parity", "--learning-rate", "1e30"], 1, "Training diverged, nothing is saved"),
        (["predict", "none.safetensors", "1,2"], 1, "none.safetensors"),
        (["evaluate", "none.safetensors"], 1, "none.safetensors"),
        (["info", "damaged.safetensors"], 1, "damaged.safetensors"),
        (["demo", "--out", "nowhere/digits.safetensors"], 1, "There is no nowhere"),
        (["paint"], 2, "paint"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line_and_leaves_no_file(run, tmp_path, arguments, status, said):
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(b"\x10\0\0\0\0\0\0\0 no model at all")
    found, _, error = run(*arguments)
    assert found == status
    assert said in error and "Traceback" not in error
    if status == 1:
        assert error.startswith("glassnet: ") and error.count("\n") == 1
    assert list(tmp_path.iterdir()) == [damaged]


def test_a_bad_out_is_refused_before_any_work(run, monkeypatch):
    def train(*arguments, **options):
        raise AssertionError("training began")

    monkeypatch.setattr("glassnet.models.Sequential.fit", train)
    status, output, error = run("train", "mnist", "--out", "nowhere/digits.safetensors")
    assert (status, output) == (1, "")
    assert "nowhere" in error


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user who may not write everywhere")
def test_a_folder_that_cannot_be_written_to_is_refused(run, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    status, _, error = run("train", "parity", "--out", folder / "model.safetensors")
    assert status == 1 and "Cannot write" in error


@pytest.mark.skipif(os.name == "nt", reason="pipes of POSIX")
def test_a_reader_that_goes_away_is_no_error_worth_a_traceback():
    reading, writing = os.pipe()
    os.close(reading)
    process = start("datasets", stdout=writing)
    os.close(writing)
    assert process.communicate()[1] == ""
    assert process.returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_keeps_what_has_been_learnt(tmp_path):
    path = tmp_path / "digits.safetensors"
    process = start("train", "mnist", "--layers", "16", "--epochs", 20, "--out", path)
    for line in process.stdout:
        if line.startswith("Epoch  1/20"):
            break
    process.send_signal(signal.SIGINT)
    output, error = process.communicate()
    assert process.returncode == 130
    assert f"What was learnt so far is in {path}." in output
    assert "Traceback" not in error

    model = glassnet.load_model(path)
    assert 469 <= int(model.optimizer.steps) < 20 * 469
    assert 1 <= len(model.history.history["loss"]) < 20
    _, (x, y) = glassnet.datasets.mnist.load_data()
    assert model.evaluate(x, y, verbose=0, return_dict=True)["accuracy"] > 0.6


def test_ctrl_c_before_anything_is_learnt_saves_nothing(run, monkeypatch, tmp_path):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("glassnet.models.Sequential.fit", interrupted)
    status, _, _ = run("train", "parity")
    assert status == 130
    assert list(tmp_path.iterdir()) == []


def test_warnings_are_lines_on_standard_error(run, tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("x,always,y\n" + "".join(f"{n},1,{n % 2}\n" for n in range(20)))
    status, _, error = run("train", table, "--target", "y", "--epochs", 1)
    assert status == 0
    assert error == "glassnet: warning: Column 'always' is not read: it has the same value in every training row.\n"


def test_warmup_leaves_nothing_to_compile_for_the_next_process(run):
    assert run("warmup")[0] == 0
    output, error = start("warmup").communicate()
    assert output.splitlines()[-1].startswith("Kernels are ready")
    assert error == ""  # otherwise it would say that it compiles


def test_demo_learns_to_read(run, tmp_path):
    status, output, _ = run("demo")
    assert status == 0
    assert "784-16-16-10  13,002 parameters" in output and "784-128-10  101,770 parameters" in output
    small, large = (float(line.split()[0]) for line in output.splitlines() if "of the test digits right" in line)
    assert small > 93 and large > 97
    assert "truth | predicted" in output and "glassnet predict digits.safetensors" in output
    assert "\x1b" not in output and max(map(len, output.splitlines())) <= 120
    assert glassnet.load_model(tmp_path / "digits.safetensors").count_params() == 101_770


def test_layers_may_be_written_in_several_ways():
    from glassnet.cli.train import parse_units

    assert parse_units(["128,64"]) == parse_units(["128", "64"]) == parse_units(["128x64"]) == [128, 64]
    assert parse_units(["128-64"]) == parse_units(["128 64"]) == [128, 64]
    assert parse_units(["none"]) == parse_units(["0"]) == []
    with pytest.raises(typer.BadParameter):
        parse_units(["1.5"])
