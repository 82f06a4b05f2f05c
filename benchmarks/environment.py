"""The environment in which every peer runs, and how quiet the machine is."""

import os
from pathlib import Path

OVERRIDES = ("OPENBLAS_", "MKL_", "NVPL_", "BLIS_", "OMP_", "GOMP_", "KMP_", "GOTO_", "XLA_")


def for_peers(threads, keep):
    """Environment variables for all peers alike, and the names of those left out.

    Overrides of the processor type, cache sizes or thread counts make some BLAS libraries slower and leave others
    as they are; without them each library chooses for itself what suits the processor. `keep` leaves them as found.
    """
    removed = [] if keep else sorted(name for name in os.environ if name.startswith(OVERRIDES))
    variables = {name: value for name, value in os.environ.items() if name not in removed}
    number = str(threads)
    return variables | {
        "OMP_NUM_THREADS": number,
        "OPENBLAS_NUM_THREADS": number,
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # JAX keeps compiled programs on disk, as glassnet does, so that both start warm in the time to an accuracy.
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }, removed


def limit_processors(threads):
    """Let this process and its children run on `threads` processors only, where the system can do that (Linux)."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])


def processor():
    """The processor's name and number of cores, as far as the system tells."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else 'processor unknown'}, {os.cpu_count()} cores"


def ticks():
    """(all, stolen) processor ticks since the start of the machine; stolen: another guest had the processor."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 0, 0
    numbers = [int(field) for field in stat.read_text().splitlines()[0].split()[1:]]
    return sum(numbers), numbers[7]


def load():
    """Processes that wanted a processor, on average, in the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
