"""Bytes over HTTP, within limits of size and time. What they mean is not known here."""

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from pipelines.feeds.errors import FeedError

USER_AGENT = "ai-cost-warehouse"
RETRIES = 2
RETRIED = (429, 500, 502, 503, 504)
#: Seconds that a server may ask to be left alone for before the next try.
LONGEST_REST = 10
CONNECTIONS = 4
CHUNK = 64 * 1024
LATER = "fetch again later; what is held stays in use"
REPORT = "what is held stays in use; if it stays so, the feed's definition has to follow its publisher"


class NoRanges(FeedError):
    """The server gives whole files only."""


class _Retry(urllib3.Retry):
    """Tries again after a broken connection or an overloaded server, but not after silence, nor where nobody is there
    to connect to: that cost enough time."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: urllib3.BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: urllib3.connectionpool.ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        if isinstance(error, (urllib3.exceptions.ReadTimeoutError, urllib3.exceptions.ConnectTimeoutError)):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


class Session(requests.Session):
    """Connections that are kept between requests. All times are seconds: `deadline` for a whole download, `timeout` for
    each wait in it; `until` is the time (monotonic) at which all of them end. `received` counts the bytes of all
    answers as sent.
    """

    def __init__(
        self, deadline: float = 120, timeout: float = 20, backoff: float = 0.5, until: float = math.inf
    ) -> None:
        super().__init__()
        self.deadline = deadline
        self.timeout = timeout
        self.until = until
        self.received = 0
        self._counting = Lock()
        self.headers["User-Agent"] = USER_AGENT
        retry = _Retry(
            RETRIES,
            status_forcelist=RETRIED,
            backoff_factor=backoff,
            retry_after_max=LONGEST_REST,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=retry))

    def count(self, received: int) -> None:
        """Add to the bytes received."""
        with self._counting:
            self.received += received


@dataclass(frozen=True)
class Answer:
    """What a server answered: `body` is None if it is what the given ETag names. `address` is where redirects led;
    `last_modified` is naive UTC.
    """

    body: bytes | None
    etag: str | None
    last_modified: datetime | None
    address: str


def download(
    session: Session, address: str, limit: int, etag: str | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """What is at an address, of at most `limit` bytes; with an ETag, only if it is something else now.

    Raises:
        FeedError: it cannot be had whole, in time and within the limit.
    """
    asked = {**(headers or {}), **({} if etag is None else {"If-None-Match": etag})}
    with _opened(session, address, asked) as (response, until):
        unchanged = etag is not None and response.status_code == 304
        if not unchanged and response.status_code != 200:
            raise _status(address, response)
        body = None if unchanged else _body(session, response, address, limit, until)
        return Answer(body, response.headers.get("ETag"), _last_modified(response), response.url)


def part(session: Session, address: str, first: int, last: int, size: int) -> bytes:
    """The bytes `first` to `last`, both included, of a file of `size` bytes.

    Raises:
        NoRanges: the server would send the whole file.
        FeedError: as for `download`.
    """
    asked = {"Range": f"bytes={first}-{last}", "Accept-Encoding": "identity"}
    with _opened(session, address, asked) as (response, until):
        if response.status_code == 200:
            raise NoRanges(f"{plain(address)} cannot be had in parts", "fetch it whole")
        if response.status_code != 206:
            raise _status(address, response)
        if response.headers.get("Content-Range") not in (f"bytes {first}-{last}/{size}", f"bytes {first}-{last}/*"):
            raise FeedError(f"{plain(address)} answered with another part than was asked for", REPORT)
        body = _body(session, response, address, last - first + 1, until)
        if len(body) != last - first + 1:
            raise FeedError(f"{plain(address)} broke off", LATER)
        return body


def plain(address: str) -> str:
    """The address without a login, to be shown and kept."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@contextmanager
def _opened(session: Session, address: str, headers: Mapping[str, str]) -> Iterator[tuple[requests.Response, float]]:
    """An answer whose body is not read yet, and the time (monotonic) by which it has to be."""
    until = min(time.monotonic() + session.deadline, session.until)
    if time.monotonic() >= until:
        raise FeedError(f"there was no time left for {plain(address)}", LATER)
    if urlsplit(address).scheme not in ("http", "https"):
        raise FeedError(f"{plain(address)} is no http or https address", "correct the feed's address")
    try:
        with session.get(address, headers=headers, stream=True, timeout=session.timeout) as response:
            yield response, until
    except urllib3.exceptions.NewConnectionError as error:
        raise _unreachable(address, str(error).rpartition(": ")[2]) from None
    except (requests.Timeout, urllib3.exceptions.TimeoutError):
        raise FeedError(f"{plain(address)} did not answer within {session.timeout:g} seconds", LATER) from None
    except urllib3.exceptions.ProtocolError:
        raise FeedError(f"{plain(address)} broke off", LATER) from None
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise _unreachable(address, str(error).rpartition(": ")[2].rstrip("')\"")) from None


def _body(session: Session, response: requests.Response, address: str, limit: int, until: float) -> bytes:
    chunks = bytearray()
    try:
        # `read1` returns with what came, so that a trickle is noticed; it raises if less comes than was announced.
        while chunk := response.raw.read1(CHUNK, decode_content=True):
            chunks += chunk
            if len(chunks) > limit:
                raise FeedError(f"{plain(address)} is larger than {limit:,} bytes", REPORT)
            if time.monotonic() > until:
                raise FeedError(f"{plain(address)} took too long", LATER)
    finally:
        session.count(response.raw.tell())
    return bytes(chunks)


def _unreachable(address: str, reason: str) -> FeedError:
    return FeedError(f"{plain(address)} cannot be reached ({reason})", LATER)


def _status(address: str, response: requests.Response) -> FeedError:
    fix = LATER if response.status_code in RETRIED else REPORT
    return FeedError(f"{plain(address)} answered {response.status_code} {response.reason}", fix)


def _last_modified(response: requests.Response) -> datetime | None:
    try:
        stated = parsedate_to_datetime(response.headers.get("Last-Modified", ""))
    except ValueError:
        return None
    return stated.replace(tzinfo=stated.tzinfo or UTC).astimezone(UTC).replace(tzinfo=None)
