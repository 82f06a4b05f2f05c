"""A Chromium, and what every page opened in it is watched for."""

import contextlib
import os

from chromium import executable
from playwright.sync_api import sync_playwright

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-domain-reliability",
    "--no-first-run",
    "--no-default-browser-check",
)


@contextlib.contextmanager
def chromium():
    """A headless Chromium that makes no requests of its own."""
    with sync_playwright() as playwright:
        root = hasattr(os, "geteuid") and os.geteuid() == 0  # its sandbox does not work for root
        arguments = [*QUIET, *["--no-sandbox"] * root]
        browser = playwright.chromium.launch(executable_path=executable(playwright), args=arguments)
        try:
            yield browser
        finally:
            browser.close()


class Watch:
    """What went wrong on a page: errors on its console, errors not caught, and requests to other hosts.

    Arguments:
        page: A Playwright page on which nothing was opened yet.
        address: Of the studio, "http://127.0.0.1:port".
    """

    def __init__(self, page, address):
        self.problems, self._host = [], address.split("//")[1].rstrip("/")
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("request", lambda request: self._requested(request.url))
        page.on("websocket", lambda socket: self._requested(socket.url))
        page.on("response", lambda answer: answer.status >= 400 and self.problems.append(f"{answer.status}: {answer.url}"))

    def _said(self, message):
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def _requested(self, url):
        if not url.startswith(("data:", "blob:")) and url.split("//")[-1].split("/")[0] != self._host:
            self.problems.append(f"request to another host: {url}")
