"""Objects of remote stores: `http(s)://` with the standard library, `s3://` with boto3, other schemes with fsspec.

Nothing is asked of a network unless a location names it. A body that breaks off or stalls is asked for again from where it was, as long as it is
the same object. What is told of a location holds no secret: neither user and password nor the query.
"""

from __future__ import annotations

import fnmatch
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any, cast
from urllib.parse import urlsplit, urlunsplit

from diagnose.errors import InputError
from diagnose.model import SECOND
from diagnose.sources import Input

TRIES = 5
"""How often in a row an object is asked for before it is given up."""

PAUSE = 0.2
"""Seconds before it is asked for again, twice as many each time."""

PATIENCE = 30.0
"""Seconds without a byte after which a body counts as stalled."""


@dataclass(frozen=True, slots=True)
class Body:
    """An answer from some offset on. `size` of the whole object; `mark` changes when the object does (an etag)."""

    stream: Any
    size: int | None
    mark: str = ""


Ask = Callable[[str, int, str], Body]
"""Takes a location, an offset and the mark that the object must have; raises OSError (or what the library raises) where that fails."""


class Changed(OSError):
    """The object is not the one that was begun."""


class RemoteStream:
    """An object's bytes. One that breaks off is asked for again; `readinto` raises OSError when that does not help."""

    def __init__(self, ask: Callable[[int, str], Body]) -> None:
        """Raises what the first answer raises."""
        self._ask = ask
        self._body: Body | None = None
        self._position = 0
        self._mark, self._size = "", None
        self._body = self._asked(None)
        self._size = self._body.size

    def readinto(self, buffer: memoryview, /) -> int:
        """See Raw."""
        reason: Exception | None = None
        for number in range(TRIES):
            if number:
                time.sleep(PAUSE * 2 ** (number - 1))
            try:
                body = self._body or self._asked(reason)
                data = body.stream.read(len(buffer)) if len(buffer) else b""
            except Changed:
                raise
            except Exception as error:  # each library has errors of its own
                reason = _let_go(error)
                self.close()
                continue
            if data or self._size is None or self._position >= self._size or not len(buffer):
                buffer[: len(data)] = data
                self._position += len(data)
                return len(data)
            reason = OSError(f"it broke off after {self._position:,} of {self._size:,} bytes")
            self.close()
        raise OSError(_words(reason)) from reason

    def _asked(self, reason: Exception | None) -> Body:
        self._body = body = self._ask(self._position, self._mark)
        if self._mark and body.mark and body.mark != self._mark:
            raise Changed("the object changed while it was read")
        self._mark = body.mark
        return body

    def close(self) -> None:
        """Let go of the answer."""
        body, self._body = self._body, None
        if body is not None:
            body.stream.close()

    def __enter__(self) -> RemoteStream:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _list_http(location: str) -> Iterator[Input]:
    """The one object."""
    yield Input(shown(location), location=location)


def _list_s3(location: str) -> Iterator[Input]:
    """One object, or those below a key that ends with `/`, or those of a pattern, in the order of their keys."""
    bucket, key = _bucket(location)
    prefix = re.split(r"[*?\[]", key, maxsplit=1)[0]
    wanted = re.compile(fnmatch.translate(key if prefix != key else f"{key}*"), re.DOTALL)
    found = False
    try:
        client = _s3()
        if key and prefix == key and not key.endswith("/"):
            yield _s3_input(bucket, key, client.head_object(Bucket=bucket, Key=key), "ContentLength", named=True)
            return
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", ()):
                if item["Size"] and wanted.fullmatch(item["Key"]) and not item["Key"].endswith("/"):
                    found = True
                    yield _s3_input(bucket, item["Key"], item, "Size", named=False)
    except Exception as error:  # boto3 makes its errors as it needs them
        raise _failed(location, error) from error
    if not found:
        raise InputError(location, "no object matches")


def _list_fsspec(location: str) -> Iterator[Input]:
    """One object, or those below a folder, or those of a pattern, in the order of their names."""
    try:
        system, path = _system(location)
        if system.isdir(path):
            names, named = sorted(system.find(path)), False
        elif re.search(r"[*?\[]", path):
            names, named = sorted(name for name in system.glob(path) if not system.isdir(name)), False
        else:
            names, named = [path], True
        infos = [(name, system.info(name)) for name in names]
    except Exception as error:  # each store has errors of its own
        raise _failed(location, error) from error
    if not infos:
        raise InputError(shown(location), "no object matches")
    for name, info in infos:
        url = location if named else system.unstrip_protocol(name)
        mark = next((info[key] for key in ("etag", "ETag", "mtime", "created") if info.get(key)), "")
        yield Input(shown(url), None, info.get("size"), named, url, str(mark))


def _ask_s3(location: str, offset: int, mark: str) -> Body:
    bucket, key = _bucket(location)
    more: dict[str, str] = {"Range": f"bytes={offset}-"} if offset else {}
    if mark:
        more["IfMatch"] = mark
    answer = _s3().get_object(Bucket=bucket, Key=key, **more)
    return Body(answer["Body"], offset + answer["ContentLength"], answer.get("ETag", ""))


def _ask_fsspec(location: str, offset: int, mark: str) -> Body:
    system, path = _system(location)
    stream = system.open(path, "rb", block_size=1 << 20)
    stream.seek(offset)
    return Body(stream, getattr(stream, "size", None))


def _system(location: str) -> tuple[Any, str]:
    import fsspec

    system, path = fsspec.core.url_to_fs(location)
    return system, path


def shown(location: str) -> str:
    """What is told of a location."""
    parts = urlsplit(location)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def opened(location: str, ask: Ask) -> IO[bytes]:
    """The object as a stream. Raises InputError."""
    reason: Exception | None = None
    for number in range(TRIES):
        if number:
            time.sleep(PAUSE * 2 ** (number - 1))
        try:
            return cast("IO[bytes]", RemoteStream(lambda offset, mark: ask(location, offset, mark)))
        except Exception as error:
            reason = _let_go(error)
            if not _may_pass(error):
                break
    assert reason is not None
    raise _failed(location, reason) from reason


def _let_go(error: Exception) -> Exception:
    """An error of HTTP is an answer too, with a connection that must be given back."""
    close = getattr(error, "close", None)
    if callable(close):
        close()
    return error


def _may_pass(error: Exception) -> bool:
    """Whether asking again may help: not for what is not there, or not allowed."""
    status = getattr(error, "code", None) or _status(error)
    return not isinstance(error, ImportError | Changed | FileNotFoundError) and (status is None or status >= 500 or status == 429)


def _status(error: Exception) -> int | None:
    answer = getattr(error, "response", None)
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode") if isinstance(answer, dict) else None
    return status if isinstance(status, int) else None


def _failed(location: str, error: Exception) -> InputError:
    if isinstance(error, InputError):
        return error
    if isinstance(error, ImportError):
        extra = "s3" if location.startswith("s3:") else "remote"
        return InputError(shown(location), f"{error}: pip install 'diagnose-logs[{extra}]'")
    return InputError(shown(location), _words(error))


def _words(error: Exception | None) -> str:
    reason = getattr(error, "reason", None) or error
    return str(reason).replace("\n", " ")[:300] or type(error).__name__


def _get(location: str, offset: int, mark: str) -> Body:
    from urllib.request import Request, urlopen

    request = Request(location, headers={"Accept-Encoding": "identity", "User-Agent": "diagnose"})
    if offset:
        request.add_header("Range", f"bytes={offset}-")
        if mark:
            request.add_header("If-Range", mark)
    answer = urlopen(request, timeout=PATIENCE)
    length = answer.headers.get("Content-Length")
    whole = answer.status != 206
    left = offset if whole else 0
    while left and (passed := len(answer.read(min(left, 1 << 16)))):  # who knows no ranges sends all of it once more
        left -= passed
    size = int(length) + (0 if whole else offset) if length is not None and length.isdigit() else None
    etag = answer.headers.get("ETag") or ""
    return Body(answer, size, "" if etag.startswith("W/") else etag)


def _s3() -> Any:
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        "s3",
        config=Config(connect_timeout=PATIENCE, read_timeout=PATIENCE, retries={"total_max_attempts": 2, "mode": "standard"}),
    )


def _bucket(location: str) -> tuple[str, str]:
    bucket, _, key = location.partition("://")[2].partition("/")
    if not bucket:
        raise InputError(location, "this names no bucket")
    return bucket, key


def _s3_input(bucket: str, key: str, told: Any, size: str, *, named: bool) -> Input:
    location = f"s3://{bucket}/{key}"
    return Input(location, int(told["LastModified"].timestamp()) * SECOND, told[size], named, location, told.get("ETag", ""))


LISTS: dict[str, Callable[[str], Iterator[Input]]] = {"http": _list_http, "s3": _list_s3, "fsspec": _list_fsspec}
ASKS: dict[str, Ask] = {"http": _get, "s3": _ask_s3, "fsspec": _ask_fsspec}
