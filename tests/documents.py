"""Random documents of real lines: what the laws are tried on."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from hypothesis import strategies as st

from tests.kit import FIXTURES

MAX_BYTES = 48_000
"""Enough for many records and several reaches; a whole reach of 64 KiB has tests of its own."""

ODD_LINES = [
    b"", b" ", b"\t", b"  at foo", b"ValueError: x", b"\xff\xfe\x00 Error", b"}", b"Caused by: java.lang.Error: time",
    b"Traceback (most recent call last):", b'  File "a.py", line 1, in f', b"During handling of the above exception, another exception occurred:",
    b"\x1b[31mError\x1b[39m: \x1b[1mduplicate\x1b[22m key value", b"The above exception was the direct cause of the following exception:",
    b'{"level":50,"msg":"say \\"x\\" \\u0022y\\u0022", "time":"2026-11-23T10:00:00Z"}', b"{\"level\":50,", b"\r", b"Node.js v20.20.2", b"    ^",
    b"2026-11-23 10:00:00.123 UTC [1] ERROR:  duplicate key value violates unique constraint \"a\"", b"\tfoo",
]  # fmt: skip


CARRIED = {
    "syslog": b"Nov 23 11:35:14 shop-1 api[812]: ",
    "syslog of another": b"Nov 23 11:35:14 shop-1 worker[813]: ",
    "syslog's newer form": b"<14>1 2026-11-23T11:35:14.698Z shop-1 api 812 - - ",
    "jenkins": b"[2026-11-23T11:35:14.698Z] ",
    "heroku": b"2026-11-23T11:35:14.698982+00:00 app[web.1]: ",
}
"""What is put before each line."""


@cache
def corpus() -> list[list[bytes]]:
    """The first lines of every captured log."""
    files = sorted(path for path in FIXTURES.rglob("*.log") if "lab" not in path.relative_to(FIXTURES).parts)
    return [lines for path in files if (lines := path.read_bytes()[:60_000].split(b"\n")[:300])]


@st.composite
def passages(draw: st.DrawFn) -> list[bytes]:
    """Some consecutive lines of a captured log, or an odd line."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return [draw(st.sampled_from(ODD_LINES))] * draw(st.integers(1, 3))
    if kind == 1:
        return [draw(st.binary(max_size=60)).replace(b"\n", b"")]
    if kind == 2:
        return [b"x" * draw(st.integers(0, 9_000)) + b" Error: long"]
    lines = draw(st.sampled_from(corpus()))
    start = draw(st.integers(0, len(lines) - 1))
    return lines[start : start + draw(st.integers(1, 25))]


def cri(lines: list[bytes], stream: bytes, width: int) -> list[bytes]:
    """The lines as a container runtime writes them, cut in parts of `width` bytes."""
    wrapped = []
    for line in lines:
        parts = [line[i : i + width] for i in range(0, len(line), width)] or [b""]
        wrapped += [b"2026-11-23T11:35:14.698982834Z " + stream + b" P " + part for part in parts[:-1]]
        wrapped.append(b"2026-11-23T11:35:14.698982834Z " + stream + b" F " + parts[-1])
    return wrapped


def docker(lines: list[bytes], stream: bytes, width: int) -> list[bytes]:
    """The lines as Docker's json-file driver writes them."""
    wrapped = []
    for line in lines:
        text = line.decode("utf-8", "replace") + "\n"
        for i in range(0, len(text), width):
            record = {"log": text[i : i + width], "stream": stream.decode(), "time": "2026-11-23T11:35:06.219498398Z"}
            wrapped.append(json.dumps(record, separators=(",", ":")).encode())
    return wrapped


def collected(lines: list[bytes], stream: bytes, width: int) -> list[bytes]:
    """The lines as Fluent Bit writes what it read of a container runtime's parts."""
    wrapped = []
    for line in lines:
        text = line.decode("utf-8", "replace")
        parts = [text[i : i + width] for i in range(0, len(text), width)] or [""]
        for number, part in enumerate(parts, 1):
            record = {
                "date": 1795428000.123456, "stream": stream.decode(), "_p": "F" if number == len(parts) else "P", "log": part,
                "kubernetes": {"pod_name": "api-7d9f5c6b8-x2x4z", "container_name": "api"},
            }  # fmt: skip
            wrapped.append(json.dumps(record, separators=(",", ":")).encode())
    return wrapped


def printed(lines: list[bytes]) -> list[bytes]:
    """The lines as `journalctl -o json` shows what a service prints."""
    return [
        json.dumps({"_TRANSPORT": "stdout", "PRIORITY": "6", "SYSLOG_IDENTIFIER": "shop", "__REALTIME_TIMESTAMP": "1795428000123456",
                    "MESSAGE": line.decode("utf-8", "replace")}).encode()
        for line in lines
    ]  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Passages one after the other, or wrapped and interleaved, with either line ending."""
    lines: list[bytes] = []
    for passage in draw(st.lists(passages(), min_size=1, max_size=8)):
        wrapping = draw(
            st.sampled_from(
                ["none", "none", "none", "cri", "docker", "compose", "kubectl", "stern", "times", "fluent", "journal", *CARRIED]
            )
        )
        width = draw(st.sampled_from([20, 200, 16_384]))
        stream = draw(st.sampled_from([b"stdout", b"stderr"]))
        if wrapping == "cri":
            passage = cri(passage, stream, width)
        elif wrapping == "docker":
            passage = docker(passage, stream, width)
        elif wrapping == "fluent":
            passage = collected(passage, stream, width)
        elif wrapping == "journal":
            passage = printed(passage)
        elif wrapping == "compose":
            passage = [b"api-1  | " + line for line in passage]
        elif wrapping == "stern":
            passage = [b"api-7d9f5c6b8-x2x4z " + stream + b" " + line for line in passage]
        elif wrapping == "times":
            passage = [b"2026-11-23T11:35:14.698982834Z " + line for line in passage]
        elif wrapping in CARRIED:
            passage = [CARRIED[wrapping] + line for line in passage]
        elif wrapping == "kubectl":
            passage = [b"[pod/api-0/" + stream + b"] " + line for line in passage]
        if lines and draw(st.booleans()):
            lines = _interleave(lines, passage, draw(st.integers(1, 4)))
        else:
            lines = lines + passage
    ending = draw(st.sampled_from([b"\n", b"\n", b"\r\n"]))
    return ending.join(lines)[:MAX_BYTES] + draw(st.sampled_from([b"", ending]))


def _interleave(one: list[bytes], other: list[bytes], step: int) -> list[bytes]:
    at = max(0, len(one) - len(other) * step)
    mixed = one[:at]
    rest = one[at:]
    for index, line in enumerate(other):
        mixed += rest[index * step : (index + 1) * step]
        mixed.append(line)
    return mixed + rest[len(other) * step :]


class CutStream(io.BytesIO):
    """Gives a document in reads of the sizes told, over and over."""

    def __init__(self, data: bytes, sizes: list[int]) -> None:
        super().__init__(data)
        self._sizes = sizes
        self._turn = 0

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def, override]
        size = self._sizes[self._turn % len(self._sizes)]
        self._turn += 1
        part = self.read(min(len(buffer), size))
        buffer[: len(part)] = part
        return len(part)


@contextmanager
def reach(bytes_: int) -> Iterator[None]:
    """W made small, so that its edges are met in small documents."""
    import diagnose.blocks
    import diagnose.carried
    import diagnose.contiguous
    import diagnose.events
    import diagnose.framing
    import diagnose.frontier
    import diagnose.lines
    import diagnose.search.sets
    import diagnose.streams
    import tests.reference

    whole = {"REACH": bytes_, "KEEP": 4 * bytes_, "LONG_LINE": 4 * bytes_}
    before = []
    for module in (
        diagnose.blocks,
        diagnose.carried,
        diagnose.contiguous,
        diagnose.frontier,
        diagnose.lines,
        diagnose.framing,
        diagnose.streams,
        diagnose.search.sets,
        diagnose.events,
        tests.reference,
    ):
        for name, value in whole.items():
            if hasattr(module, name):
                before.append((module, name, getattr(module, name)))
                setattr(module, name, value)
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)
