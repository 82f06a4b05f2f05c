"""A tab without a browser: opens a page, presses its buttons and takes its pictures, so that the server alone is measured."""

import contextlib
import json
import re
import threading
import time
import urllib.request
from collections import Counter
from urllib.parse import urlencode

from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import connect

ESCAPED = (("&#36;", "$"), ("&#96;", "`"), ("&gt;", ">"), ("&lt;", "<"), ("&amp;", "&"))

CALL = re.compile(r'return runMethod\((\d+), "(\w+)", (.*)\)', re.DOTALL)


class Tab:
    """One session of the studio over a WebSocket. Use it as a context.

    Arguments:
        address: Of the studio.
        path: Of the page, such as "/neuron".

    Attributes: `elements` (those of the page as they stand, by their id), `pictures` (how many were
    taken, by the id of the element), `draws` (whether it says at once that each picture was drawn).
    """

    def __init__(self, address, path):
        with urllib.request.urlopen(address.rstrip("/") + path) as answer:
            page = answer.read().decode()
        found = re.search(r"parseElements\(String\.raw`(.*?)`\)", page, re.DOTALL)[1]
        for escaped, character in ESCAPED:
            found = found.replace(escaped, character)
        self.elements, self.pictures, self.draws = json.loads(found), Counter(), True
        self._news = threading.Condition()
        self._client = re.search(r"'client_id': '([^']+)'", page)[1]
        known = dict.fromkeys(("client_id", "document_id", "tab_id"), self._client)
        query = {**known, "next_message_id": 0, "implicit_handshake": "true", "EIO": 4, "transport": "websocket"}
        self._place = f"{address.rstrip('/').replace('http', 'ws', 1)}/_nicegui_ws/socket.io/?{urlencode(query)}"
        self._connection = contextlib.ExitStack()
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self):
        self._socket = self._connection.enter_context(connect(self._place, max_size=None))
        self._socket.recv()
        self._socket.send("40")
        self._thread.start()
        for number, element in self.elements.items():
            if "gn-picture" in element.get("class", ()):
                self._tell(number, "drawn")
        return self

    def __exit__(self, *problem):
        self._connection.close()
        self._thread.join()

    def text(self, kind):
        """The text of the first element of a class."""
        return next(text(element) for element in self.elements.values() if kind in element.get("class", ()))

    def click(self, kind):
        """Clicks on the first element of a class."""
        self._tell(next(number for number, element in self.elements.items() if kind in element.get("class", ())), "click")

    def picture(self, trait):
        """The id of the picture that has a trait of this name."""
        return next(number for number, element in self.elements.items() if trait in element.get("props", {}).get("traits", ()))

    def set(self, number, **traits):
        """Sets traits of a picture, as its script does."""
        self._tell(number, "changed", json.dumps(traits))

    def wait(self, condition, seconds=20):
        """Until a condition holds of what is shown; returns how many seconds that took."""
        begun = time.perf_counter()
        with self._news:
            assert self._news.wait_for(condition, seconds), "it did not come to pass"
        return time.perf_counter() - begun

    def _tell(self, number, kind, *arguments):
        listener = next(event["listener_id"] for event in self.elements[str(number)]["events"] if event["type"] == kind)
        self._send("event", {"id": int(number), "client_id": self._client, "listener_id": listener, "args": arguments})

    def _send(self, name, content):
        self._socket.send("42" + json.dumps([name, content]))

    def _listen(self):
        with contextlib.suppress(ConnectionClosedOK):  # while it was answering
            self._take_messages()

    def _take_messages(self):
        for message in self._socket:
            if message == "2":  # are you there?
                self._socket.send("3")
            elif message.startswith("42"):
                name, content, *_ = json.loads(message[2:])
                with self._news:
                    self._obey(name, content)
                    self._news.notify_all()

    def _obey(self, name, content):
        if name == "update":
            self._send("ack", {"client_id": self._client, "next_message_id": content.pop("_id") + 1})
            self.elements = {number: element for number, element in (self.elements | content).items() if element}
        elif name == "run_javascript" and (found := CALL.match(content["code"])):
            if found[2] == "receive":
                self.pictures[found[1]] += 1
                if self.draws:
                    self._tell(found[1], "drawn")
            elif found[2] == "say":
                self.elements[found[1]]["props"]["text"] = json.loads(found[3])[0]


def text(element):
    """The words of an element."""
    properties = element.get("props", {})
    return element.get("text") or properties.get("text") or properties.get("label", "")
