"""A package index and file server on this machine, that misbehaves as told. Its index speaks PEP 691, its files know
ranges and ETags.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Page:
    """What lies at a path. `statuses` are the failures before it is served."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    ranges: bool = True
    etag: str | None = None
    login: str | None = None
    silent: bool = False
    endless: bool = False
    missing: int = 0
    trickle: bool = False


@dataclass
class Request:
    """A request that was served, with the bytes of the answer's body."""

    path: str
    status: int
    size: int
    headers: dict[str, str]


class FeedServer(ThreadingHTTPServer):
    """Serves `pages`, and notes `requests`."""

    daemon_threads = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, Page] = {}
        self.requests: list[Request] = []
        self.closing = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def index(self) -> str:
        return f"{self.address}/simple/"

    def sent(self, path: str = "") -> int:
        """The bytes of the bodies that were sent, of paths that begin so."""
        return sum(request.size for request in self.requests if request.path.startswith(path))

    def publish(self, project: str, *files: dict[str, Any], **page: Any) -> None:
        """Show these files, as `file` describes them, on the project's page of the index, and serve them."""
        shown = [{name: value for name, value in file.items() if name != "body"} for file in files]
        body = {"meta": {"api-version": "1.1"}, "name": project, "files": shown, "versions": []}
        self.pages[f"/simple/{project}/"] = Page(json.dumps(body).encode(), headers={"Content-Type": JSON}, **page)
        for file in files:
            self.pages[f"/files/{file['filename']}"] = Page(file["body"])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5
    server: FeedServer

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path)
        if page is None:
            return self._answer(404, b"")
        if page.silent:
            self.server.closing.wait(2)
            self.close_connection = True
            return None
        if page.statuses:
            return self._answer(page.statuses.pop(0), b"no", page.headers)
        if page.login is not None:
            expected = "Basic " + base64.b64encode(page.login.encode()).decode()
            if self.headers.get("Authorization") != expected:
                return self._answer(401, b"")
        if page.endless or page.trickle:
            return self._stream(page)
        if page.etag is not None and self.headers.get("If-None-Match") == page.etag:
            return self._answer(304, b"", page.headers | {"ETag": page.etag})
        headers = page.headers | ({"ETag": page.etag} if page.etag else {})
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked and page.ranges:
            first, last = int(asked[1]), min(int(asked[2]), len(page.body) - 1)
            headers |= {"Content-Range": f"bytes {first}-{last}/{len(page.body)}"}
            return self._answer(206, page.body[first : last + 1], headers, page.missing)
        return self._answer(200, page.body, headers, page.missing)

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None, missing: int = 0) -> None:
        sent = body[: len(body) - missing]
        # Noted before it is sent: a client that has its answer may look at once.
        self.server.requests.append(Request(self.path, status, len(sent), dict(self.headers)))
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(sent)
        if missing:
            self.close_connection = True

    def _stream(self, page: Page) -> None:
        """The body again and again, until the client has had enough; a trickle is a byte at a time."""
        request = Request(self.path, 200, 0, dict(self.headers))
        self.server.requests.append(request)
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        try:
            while not self.server.closing.wait(0.02 if page.trickle else 0):
                self.wfile.write(page.body)
                request.size += len(page.body)
        except OSError:
            pass

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[FeedServer]:
    """A server for as long as it is needed."""
    server = FeedServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def wheel(
    project: str, version: str, members: dict[str, bytes], padding: bytes = b"", record: dict[str, bytes] | None = None
) -> bytes:
    """A wheel of these members; `record` holds what its RECORD should lie about."""
    lines = [f"{name},{_record_hash((record or {}).get(name, data))},{len(data)}" for name, data in members.items()]
    path = f"{project}-{version}.dist-info/RECORD"
    opened = io.BytesIO()
    with zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("padding.bin"), padding)
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr(path, "\n".join([*lines, f"{path},,", ""]))
    return opened.getvalue()


def sdist(members: dict[str, bytes]) -> bytes:
    """A source distribution of these members, by their full paths."""
    opened = io.BytesIO()
    with tarfile.open(fileobj=opened, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return opened.getvalue()


def file(filename: str, body: bytes, uploaded: str | None = "2025-01-01T00:00:00Z", **changed: Any) -> dict[str, Any]:
    """A file as an index shows it; a field that is changed to None is left out."""
    shown = {
        "filename": filename,
        "url": f"../../files/{filename}",
        "hashes": {"sha256": hashlib.sha256(body).hexdigest()},
        "size": len(body),
        "upload-time": uploaded,
        "yanked": False,
        "body": body,
    } | changed
    return {name: value for name, value in shown.items() if value is not None}


def _record_hash(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
