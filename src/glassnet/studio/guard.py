"""Who may talk to the studio: a browser on this machine, or one that has the token; and no page of somebody else's."""

import secrets
from http.cookies import SimpleCookie
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.responses import PlainTextResponse, RedirectResponse

LOOPBACK = ("localhost", "127.0.0.1", "::1")
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)


class Guard:
    """Middleware in front of the whole studio, for HTTP and WebSockets alike.

    Refused are: names in `Host` that are not this machine's, where the studio serves this machine only (a foreign page whose
    name is made to point here would have such a name); requests that another site's page makes (`Origin`, `Sec-Fetch-Site`);
    without the token, everything where there is one; and bodies that are larger than an upload may be.

    Arguments:
        app: The ASGI application behind.
        token: What is needed as `?token=...`, and from then on as a cookie; None where only this machine is served.
        upload: The most bytes of a body.
    """

    def __init__(self, app, token=None, upload=2_000_000):
        self.app, self.token, self.upload = app, token, upload

    async def __call__(self, scope, receive, send):
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        reason = self._foreign(headers)
        if reason is None and self.token is not None and not self._known(headers, scope):
            if scope["type"] == "http" and self._brings_token(scope):
                await self._admit(scope, headers)(scope, receive, send)
                return
            reason = "Expected the address with its token, as glassnet studio printed it."
        if reason is not None:
            await self._refuse(reason, scope, receive, send)
        elif int(headers["content-length"] if headers.get("content-length", "").isdigit() else 0) > self.upload + 10_000:
            await PlainTextResponse(f"Expected at most {self.upload:,} bytes.", 413)(scope, receive, send)
        else:
            await self.app(scope, self._bounded(receive), _with_headers(send))

    def _foreign(self, headers):
        """Why a request comes from elsewhere, or None."""
        host = headers.get("host", "")
        if self.token is None and _name(host) not in LOOPBACK:
            return f"Expected the name of this machine, such as 127.0.0.1. Received: {host!r}."
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            return f"Expected a page of the studio itself, at {host}. Received: one of {origin}."
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate":
            return "Expected a page of the studio itself. Received: a request by another site."
        return None

    def _cookie(self, headers):
        return f"glassnet-{urlsplit('//' + headers.get('host', '')).port or 80}"

    def _known(self, headers, scope):
        found = SimpleCookie(headers.get("cookie", "")).get(self._cookie(headers))
        return found is not None and self._right(found.value)

    def _brings_token(self, scope):
        return self._right(dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token", ""))

    def _right(self, token):
        return secrets.compare_digest(token.encode(), self.token.encode())

    def _admit(self, scope, headers):
        """To the same address without the token, which from here on is a cookie."""
        rest = [(name, value) for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name != "token"]
        path = "/" + scope["path"].lstrip("/")
        answer = RedirectResponse(f"{path}?{urlencode(rest)}" if rest else path, 303)
        answer.set_cookie(self._cookie(headers), self.token, httponly=True, samesite="strict")
        return answer

    async def _refuse(self, reason, scope, receive, send):
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": reason[:120]})
        else:
            await PlainTextResponse(reason, 403)(scope, receive, send)

    def _bounded(self, receive):
        """Counts the bytes of a body that does not say how long it is."""
        read = 0

        async def bounded():
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > self.upload + 10_000:
                    return {"type": "http.disconnect"}
            return message

        return bounded


def _name(host):
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _with_headers(send):
    async def sending(message):
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *HEADERS]}
        await send(message)

    return sending
