"""The cache of compiled kernels: on disk, for all processes, renewed when the engine's source changes."""

import functools
import getpass
import os
import sys
import tempfile
import zlib
from pathlib import Path

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator


def _source_stamp():
    """Changes when any source file of the engine changes: kernels inline each other's code across files."""
    stamp = 0
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        stamp = zlib.crc32(file.read_bytes(), stamp)
    return stamp


SOURCE_STAMP = _source_stamp()
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
    return base / "kernels" / f"{checked}numba-{numba.__version__}-{SOURCE_STAMP:08x}"


@functools.cache
def announce_compilation():
    """Says once why the first use takes a while."""
    print("glassnet: compiling kernels for this processor. This happens once; they are kept.", file=sys.stderr, flush=True)


class _KernelLocator(_CacheLocator):
    """Keeps all kernels in one folder and drops them when the engine's source changes."""

    @classmethod
    def from_function(cls, py_func, py_file):
        return cls()

    def get_cache_path(self):
        return str(cache_directory())

    def get_source_stamp(self):
        return SOURCE_STAMP

    def get_disambiguator(self):
        return None


class _KernelCacheImpl(CompileResultCacheImpl):
    _locator_classes = [_KernelLocator]


class KernelCache(FunctionCache):
    """Numba's cache, keyed by a name of our own.

    Numba keys a closure by what it closes over, and a compiled function it closes over has a new identity in every process,
    so that kernels made by a factory would never be found again. Name, signature and processor say enough here, because
    the whole folder is dropped when the source changes.
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
