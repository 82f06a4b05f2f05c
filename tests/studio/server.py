"""The studio in a process of its own, at a free port."""

import contextlib
import os
import re
import subprocess
import sys
import threading

COMMAND = "import sys; from glassnet.cli import main; main(sys.argv[1:])"


@contextlib.contextmanager
def studio(*arguments, **environment):
    """Runs `glassnet studio --no-browser --port 0` with more `arguments`; gives its address, with the token where it has one.

    What the server wrote on its standard error must be nothing in the end: it tells of exceptions there.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}  # NiceGUI looks for it
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "studio", "--no-browser", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**inherited, "PYTHONUNBUFFERED": "1", "COLUMNS": "200", **environment},
    )
    errors = []
    reader = threading.Thread(target=lambda: errors.extend(process.stderr))
    reader.start()
    try:
        line = process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, f"the studio did not start: {line}{''.join(errors)}"
        yield found[0]
        assert process.poll() is None, "the studio ended by itself"
    finally:
        process.terminate()
        process.wait(timeout=20)
        reader.join()
        process.stdout.close()
        process.stderr.close()
    told = "".join(line for line in errors if not line.startswith("glassnet: compiling kernels"))
    assert not told, told
