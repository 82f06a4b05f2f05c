"""What may import what, and what importing costs: studio, cli -> inspect, formats -> models -> layers -> engine."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import glassnet

SOURCE = Path(glassnet.__file__).parent

LEVELS = [
    {"engine"},
    {"config", "random", "registry", "progress", "terminal"},
    {"activations", "initializers", "schedules"},
    {"regularizers", "losses", "optimizers", "preprocessing", "datasets", "examples"},
    {"metrics", "callbacks"},
    {"layers", "ops"},
    {
        "compilation", "evaluation", "gradient_check", "model_data", "objective", "output_settings", "summary", "training",
        "training_run",
    },
    {"models", "perceptron"},
    {"formats", "inspect", "saving", "utils", "timeline"},
    {"widgets"},
    {"studio"},
    {"cli"},
    {"__main__"},
]  # fmt: skip
"""The parts of the package from the ground up. A module imports from its own level or below."""

DEFERRED = {
    ("models", "formats"): "model.save and load_model are methods of the model, what they do is not its business",
    ("models", "inspect"): "model.trace and the like, the same",
    ("callbacks", "inspect"): "a history shows itself in a notebook; how, is not its business",
}
"""Imports inside functions that go upwards, and why."""

EXTRAS = (
    "torch",
    "sklearn",
    "nicegui",
    "ray",
    "matplotlib",
    "pandas",
    "onnx",
    "h5py",
    "anywidget",
    "keras",
    "tensorflow",
    "jax",
)


def level(part):
    found = [number for number, parts in enumerate(LEVELS) if part in parts]
    assert found, f"{part} is in no level of LEVELS: say where it belongs"
    return found[0]


def imports():
    """(importing part, imported part, whether in a function, place) for every import of the package within itself."""
    for file in sorted(SOURCE.rglob("*.py")):
        parts = file.relative_to(SOURCE).with_suffix("").parts
        if parts == ("__init__",):
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        inside = {
            id(node)
            for function in ast.walk(tree)
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for node in ast.walk(function)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file.name}:{node.lineno} imports relatively"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            else:
                continue
            for name in names:
                if name.startswith("glassnet.") and not name.startswith("glassnet.__"):  # the version belongs to no part
                    yield parts[0], name.split(".")[1], id(node) in inside, f"{'/'.join(parts)}.py:{node.lineno}"


def test_the_imports_are_seen():
    assert ("layers", "engine", False) in {(a, b, inside) for a, b, inside, _ in imports()}


def test_nothing_imports_upwards():
    wrong = [
        f"{place} ({importing}) imports {imported}"
        for importing, imported, inside, place in imports()
        if level(imported) > level(importing) and not (inside and (importing, imported) in DEFERRED)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_engine_knows_numbers_only():
    assert {imported for importing, imported, _, _ in imports() if importing == "engine"} == {"engine"}


def test_every_listed_exception_is_used():
    upward = {(a, b) for a, b, inside, _ in imports() if inside and level(b) > level(a)}
    assert upward == set(DEFERRED)


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    ).stdout


def test_importing_loads_neither_compiler_nor_extras():
    loaded = run("import sys, glassnet, glassnet.config, glassnet.random; print(*sys.modules)").split()
    assert not {"numba", "llvmlite", *EXTRAS} & set(loaded)


def test_using_a_model_loads_no_extra():
    code = "import sys, glassnet; glassnet.Sequential, glassnet.datasets, glassnet.callbacks; print(*sys.modules)"
    assert not set(EXTRAS) & set(run(code).split())


@pytest.mark.parametrize(("code", "seconds"), [("import glassnet", 0.6), ("import glassnet.models", 3.0)])
def test_importing_is_quick(code, seconds):
    """In seconds of a processor: those of the clock tell how busy the machine is."""

    def measure():
        before = os.times()
        run(code)
        after = os.times()
        return after.children_user + after.children_system - before.children_user - before.children_system

    assert min(measure() for _ in range(3)) < seconds


def test_every_public_name_can_be_had():
    for name in glassnet.__all__:
        assert getattr(glassnet, name) is not None
    assert set(dir(glassnet)) == set(glassnet.__all__)
    with pytest.raises(AttributeError, match="It has: Input, Model"):
        glassnet.Sequentail  # noqa: B018
