"""The cache of compiled kernels: on disk, for all processes, renewed when the source that a kernel is made from changes."""

import functools
import getpass
import inspect
import os
import re
import sys
import tempfile
import zlib
from pathlib import Path

import numba
import numpy as np
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

_IMPORT = re.compile(r"^from (glassnet\.engine[.\w]*) import", re.MULTILINE)


@functools.cache
def _source(module):
    """(checksum of a module's source, the modules of the engine that it imports)."""
    text = Path(sys.modules[module].__file__).read_bytes()
    return zlib.crc32(text), _IMPORT.findall(text.decode())


def _modules_of(function):
    """The modules that a function's lines come from: its own, and those of the functions that a factory made it of."""
    function = getattr(function, "py_func", function)
    if not inspect.isfunction(function) or not function.__module__.startswith("glassnet."):
        return set()  # what is the user's has a `fingerprint` in the kernel's name
    return {function.__module__}.union(*(_modules_of(cell.cell_contents) for cell in function.__closure__ or ()))


def source_stamp(modules):
    """Changes when the source of one of these modules of the engine changes, or of one that they import: kernels inline each
    other's code across files."""
    found, waiting = {}, list(modules)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name], imported = _source(name)
            waiting += imported
    return zlib.crc32(repr(sorted(found.items())).encode())


def fingerprint(function):
    """A number that changes when a user's function changes, or one that it calls, or a number that it reads.

    None where that cannot be told, or where its source is in no file, as in a notebook: such a kernel is not kept on disk.
    """
    number, waiting, seen = 0, [function], set()
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, bool | int | float | str | tuple | np.generic | None):
            number = zlib.crc32(repr(thing).encode(), number)
            continue
        thing = getattr(thing, "py_func", thing)
        if inspect.ismodule(thing) and thing.__name__ in ("math", "numpy") or inspect.isbuiltin(thing) or isinstance(thing, type):
            continue
        if not inspect.isfunction(thing) or not Path(thing.__code__.co_filename).is_file():
            return None
        if thing not in seen:
            seen.add(thing)
            code = thing.__code__
            parts = [part.co_code if inspect.iscode(part) else part for part in code.co_consts]
            number = zlib.crc32(code.co_code, zlib.crc32(repr((parts, code.co_names)).encode(), number))
            waiting += [thing.__globals__[name] for name in sorted(code.co_names) if name in thing.__globals__]
            waiting += [cell.cell_contents for cell in thing.__closure__ or ()]
    return number


CHECKED = bool(numba.config.BOUNDSCHECK)
"""Whether kernels test every index (NUMBA_BOUNDSCHECK=1), for the tests."""


@functools.cache
def cache_directory():
    """Where compiled kernels are kept: `$GLASSNET_CACHE`, else the user's cache folder, else the system's temporary one."""
    chosen = os.environ.get("GLASSNET_CACHE")
    base = Path(chosen) if chosen else Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "glassnet"
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home folder that cannot be written to
        base = Path(tempfile.gettempdir()) / f"glassnet-{getpass.getuser()}"
    checked = "checked-" if CHECKED else ""
    return base / "kernels" / f"{checked}numba-{numba.__version__}"


@functools.cache
def announce_compilation():
    """Says once why the first use takes a while."""
    print("glassnet: compiling kernels for this processor. This happens once; they are kept.", file=sys.stderr, flush=True)


class _KernelLocator(_CacheLocator):
    """Keeps the kernels of a module in a folder that is named after it and the state of the source they are made from."""

    def __init__(self, function):
        # A user's kernels, too, are made for what the engine calls them with.
        modules = {"glassnet.engine.kernel", *_modules_of(function)}
        self._module, self._stamp = function.__module__, source_stamp(modules)

    @classmethod
    def from_function(cls, py_func, py_file):
        return cls(py_func)

    def get_cache_path(self):
        return str(cache_directory() / f"{self._module}-{self._stamp:08x}")

    def get_source_stamp(self):
        return self._stamp

    def get_disambiguator(self):
        return None


class _KernelCacheImpl(CompileResultCacheImpl):
    _locator_classes = [_KernelLocator]


class KernelCache(FunctionCache):
    """Numba's cache, keyed by a name of our own.

    Numba keys a closure by what it closes over, and a compiled function it closes over has a new identity in every process,
    so that kernels made by a factory would never be found again. Name, signature and processor say enough here, because
    another state of the source has another folder.
    """

    _impl_class = _KernelCacheImpl

    def __init__(self, py_func, name):
        super().__init__(py_func)
        self._unique_name = name

    def load_overload(self, sig, target_context):
        found = super().load_overload(sig, target_context)
        if found is None:
            announce_compilation()
        return found

    def _index_key(self, sig, codegen):
        return str(sig), codegen.magic_tuple(), self._unique_name
