"""A peer's process: started, asked, ended. Between questions it waits for its standard input and uses no processor."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import peers

HERE = Path(__file__).parent


class PeerFailedError(Exception):
    """The process of a peer ended instead of answering. The message is the end of what it wrote."""


class Peer:
    def __init__(self, name, task, path, variables, variant=None, worker="worker.py"):
        self.name = name
        self.messages = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed when the process ends
        self.process = subprocess.Popen(
            [sys.executable, HERE / worker, name, task, path, *([variant] if variant else [])],
            env=variables | peers.environment(name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.messages,
            text=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if error[0] is not None:
            self.process.kill()
        self.process.communicate()
        self.messages.close()

    def ask(self, **order):
        """Send an order, return its answer."""
        try:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise PeerFailedError(self._last_message()) from None
        return self.answer()

    def answer(self):
        """The next answer, awaited."""
        line = self.process.stdout.readline()
        if not line:
            raise PeerFailedError(self._last_message())
        return json.loads(line)

    def _last_message(self):
        self.process.wait()
        self.messages.seek(0)
        lines = self.messages.read().strip().splitlines()
        return f"{self.name}: {lines[-1] if lines else f'ended with status {self.process.returncode}'}"
