"""Finds the Chromium for the studio's tests; run as a program, it installs one where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

MISSING = (
    "Expected a Chromium for the studio's tests. Received: none. Install one by `apt-get install chromium` (Debian), by "
    "`python -m playwright install --with-deps chromium`, or from your system's packages."
)


def executable(playwright):
    """The path of Playwright's own Chromium, or of the system's. Raises `FileNotFoundError` that says what to do."""
    own = Path(playwright.chromium.executable_path)
    if own.exists():
        return str(own)
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"):
        if found := shutil.which(name):
            return found
    raise FileNotFoundError(MISSING)


def find():
    """The same, or None."""
    with sync_playwright() as playwright:
        try:
            return executable(playwright)
        except FileNotFoundError:
            return None


def install():
    """Installs a Chromium: Debian's own for root on Debian, else Playwright's."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    release = Path("/etc/os-release")
    if root and shutil.which("apt-get") and release.exists() and "ID=debian" in release.read_text().splitlines():
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium"], check=True, env=environment)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", *["--with-deps"] * root, "chromium"], check=True)


if __name__ == "__main__":
    if find() is None:
        print("Installing Chromium for the tests of the studio.", flush=True)
        try:
            install()
        except (subprocess.CalledProcessError, OSError) as error:
            sys.exit(f"{MISSING} ({error})")
    print(f"Chromium for the tests of the studio: {find() or sys.exit(MISSING)}")
