"""Run in full those examples that the tests run in a small setting; print what each says at its end, and its seconds."""

import os
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "examples"
LAST = 14  # lines of each


def main():
    failed = []
    for path in sorted(FOLDER.glob("*.py")):
        if '"small" in sys.argv' not in path.read_text(encoding="utf-8"):
            continue
        begun = time.perf_counter()
        environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
        run = subprocess.run([sys.executable, path], env=environment, capture_output=True, text=True, encoding="utf-8")
        print(f"\n{path.name}: {time.perf_counter() - begun:.0f} s", *run.stdout.splitlines()[-LAST:], sep="\n", flush=True)
        if run.returncode:
            failed.append(path.name)
            print(run.stderr)
    sys.exit(f"These examples failed: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main()
