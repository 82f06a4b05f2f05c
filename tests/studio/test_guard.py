"""Who may talk to the studio. Real sockets: what a browser of somebody else's page, or another machine, would send."""

import base64
import http.client
import os
import socket
from urllib.parse import urlsplit

import pytest
from server import studio

SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
POLLING = "/_nicegui_ws/socket.io/?EIO=4&transport=polling"


def ask(address, path="/neuron", method="GET", body=None, **headers):
    """`(status, headers, body)`. Names of headers are written with "_"."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=20)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def shake_hands(address, path=SOCKET, **headers):
    """The status with which a WebSocket is answered: 101 where it is opened."""
    place = urlsplit(address)
    key = base64.b64encode(os.urandom(16)).decode()
    given = {"Host": place.netloc, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key}
    given |= {"Sec-WebSocket-Version": "13", **headers}
    with socket.create_connection((place.hostname, place.port), timeout=20) as channel:
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items()), "", ""]
        channel.sendall("\r\n".join(lines).encode())
        return int(channel.recv(64).split()[1])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:8000"}, 200),
        ({"Host": "[::1]:8000"}, 200),
        ({"Host": "attacker.example"}, 403),
        ({"Host": "127.0.0.1.attacker.example"}, 403),
        ({"Host": "localhost.attacker.example:8000"}, 403),
        ({"Host": "192.168.1.7"}, 403),
        ({"Host": "["}, 403),
        ({"Origin": "https://attacker.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}, 403),
        ({"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}, 200),
        ({"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "cors"}, 200),
    ],
)
def test_requests_of_foreign_pages_and_to_foreign_names_are_refused(address, headers, status):
    assert ask(address, **headers)[0] == status


def test_polling_by_a_foreign_page_is_refused_too(address):
    status, headers, _ = ask(address, POLLING, Origin="https://attacker.example")
    assert status == 403
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 101),
        ({"Origin": "https://attacker.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "attacker.example", "Origin": "http://attacker.example"}, 403),
    ],
)
def test_foreign_websockets_are_refused(address, headers, status):
    assert shake_hands(address, **headers) == status


def test_a_websocket_of_the_studios_own_page_is_opened(address):
    assert shake_hands(address, Origin=address.rstrip("/")) == 101


def test_a_page_may_load_from_the_studio_only_and_cannot_be_framed(address):
    policy = ask(address)[1]["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy


def test_bodies_that_are_too_large_are_refused(address):
    status, _, words = ask(address, "/upload", "POST", b"x" * 3_000_000)
    assert (status, words) == (413, "Expected at most 2,000,000 bytes.")


def test_a_body_that_hides_its_length_is_cut_off(address):
    place = urlsplit(address)
    with socket.create_connection((place.hostname, place.port), timeout=20) as channel:
        channel.sendall(f"POST /upload HTTP/1.1\r\nHost: {place.netloc}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        answer = b""
        try:
            for _ in range(64):
                channel.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            channel.sendall(b"0\r\n\r\n")
            answer = channel.recv(64)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert not answer.startswith(b"HTTP/1.1 2")


@pytest.fixture(scope="module")
def guarded():
    """The address of a studio that serves other machines, with its token."""
    with studio("--host", "0.0.0.0") as address:  # noqa: S104 - that is what is tested
        yield address.replace("0.0.0.0", "127.0.0.1")


def test_other_machines_need_the_token(guarded):
    assert "?token=" in guarded
    plain = guarded.split("?")[0]
    token = guarded.split("token=")[1]
    assert len(token) >= 32
    for path in ("/neuron", "/neuron?token=wrong", "/neuron?token=", POLLING, f"{POLLING}&token={token}x", "/_picture/x.js"):
        status, _, words = ask(plain, path)
        assert (status, "token" in words) == (403, True), path
    assert shake_hands(plain) == 403
    status, headers, _ = ask(plain, f"/neuron?view=rule&token={token}")
    assert (status, headers["location"]) == (303, "/neuron?view=rule")
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    known = {"Cookie": cookie.split(";")[0]}
    assert ask(plain, **known)[0] == 200
    assert shake_hands(plain, **known) == 101
    assert shake_hands(plain, **known, Origin="https://attacker.example") == 403
    assert ask(plain, Cookie=known["Cookie"] + "x")[0] == 403


def test_a_token_does_not_lead_elsewhere(guarded):
    plain, token = guarded.split("?")[0], guarded.split("token=")[1]
    status, headers, _ = ask(plain, f"//attacker.example/?token={token}")
    assert (status, headers["location"]) == (303, "/attacker.example/")


def test_every_start_has_a_token_of_its_own(guarded):
    with studio("--host", "0.0.0.0") as other:  # noqa: S104
        assert other.split("token=")[1] != guarded.split("token=")[1]


def test_a_browser_with_the_token_works(browser, guarded):
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.goto(guarded.replace("?", "neuron?"))
    page.get_by_role("button", name="中文").click()
    page.get_by_role("heading", name="神经元", level=1).wait_for()
    assert "token" not in page.url
    context.close()


def test_by_default_no_other_machine_is_served(address):
    assert urlsplit(address).hostname == "127.0.0.1"
    others = [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    for other in {place for place in others if not place.startswith("127.")}:
        with pytest.raises(OSError):
            socket.create_connection((other, urlsplit(address).port), timeout=2)


def test_there_are_so_many_sessions_at_most_and_lost_ones_give_way(browser):
    """Pages that were asked for, but never opened a socket, count until they are given up; here all of them are at once."""
    with studio() as address:
        context = browser.new_context(locale="en-US")
        lost = context.new_page()
        lost.goto(f"{address}neuron")
        lost.wait_for_function("window.socket?.connected")
        lost.evaluate("window.socket.disconnect()")
        statuses = [ask(address)[0] for _ in range(26)]
        assert statuses == [200] * 24 + [503] * 2
        assert "The studio is full" in ask(address)[2]
        assert ask(address, Accept_Language="zh")[2].count("工作室已满") == 1
        lost.evaluate("window.socket.connect()")
        lost.get_by_text("The studio is full").wait_for()
        context.close()
