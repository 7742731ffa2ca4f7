"""The frames of native stacks, as sanitizers, gdb, valgrind, glibc's backtrace_symbols and boost::stacktrace print them."""

from __future__ import annotations

import re
from functools import lru_cache

from diagnose.lazy import lazy
from diagnose.model import Frame
from diagnose.traces.in_app import native_in_app

SANITIZER = (
    r"#\d{1,4} (?:0x[0-9a-f]+ in )?(?P<sanitized>[^\n]*?) (?:(?P<san_file>(?:/|\.\.?/|[A-Za-z]:|[\w-]+/)?[^\s():]+\.\w+):(?P<san_line>\d{1,9})"
    r"(?::(?P<san_column>\d{1,9}))?(?: \([^\n]*)?|(?:<null> )?\((?P<san_module>[^\s()]+)\+0x[0-9a-f]+\)[^\n]*)(?=\n|[ \t]*\Z)"
)
"""`#1 0x55f9 in main src/a.cpp:92:7`, `#14 <null> <null> (libstdc++.so.6+0xd44a2)`."""

GDB = r"#\d{1,4} +(?:0x[0-9a-f]+ in )?(?P<called>[^\n]+)"
"""`#1  0x000055 in parcel::quote (zone="9") at src/a.cpp:40`, `#4  0x00007f in ?? () from /lib/libc.so.6`."""

VALGRIND = (
    r"==\d+==    (?:at|by) 0x[0-9A-F]+: (?P<checked>[^\n]+) \((?:(?P<val_file>[^\s():]+):(?P<val_line>\d{1,9})|in (?P<val_module>[^\n)]+))\)"
    r"|==\d+==    (?:at|by) 0x[0-9A-F]+: (?P<unknown>\?\?\?)[^\n]*"
)
"""`==1==    by 0x10BD4C: main (a.cpp:86)`, `==1==    at 0x4849013: operator new(unsigned long) (in /usr/libexec/…)`."""

SYMBOL = r"(?P<module>[^\s()\[\]]+)\((?:(?P<symbol>[^()+\n]*)\+0x[0-9a-f]+)?\) ?\[0x[0-9a-f]+\]"
"""`./parcel(main+0xc7)[0x556d]`."""

BOOST = r" {0,2}\d{1,3}# (?P<traced>[^\n]+?)(?: (?:at (?P<boost_file>[^\n:]+):(?P<boost_line>\d{1,9})|in (?P<boost_module>\S+)))(?=\n|[ \t]*\Z)"
"""` 4# parcel::quote(int) at src/a.cpp:40`, ` 5# main in ./parcel`."""

_GDB_PLACE = lazy(r"(?:at (?P<file>[^\s:]+):(?P<line>\d{1,9})|from (?P<module>\S+))$")
_MANGLED = lazy(r"_ZN?(?:K)?(?:St)?((?:\d+\w+)+)")


@lru_cache(maxsize=4096)
def frame(function: str, file: str, line: str, column: str, module: str) -> Frame:
    """A frame from what a tool printed; where there is no source file, the module stands for it."""
    name = demangle(function.strip())
    place = file or module
    return Frame(
        function="" if name in ("??", "???", "<null>") or name.startswith("0x") else name,
        file=place,
        line=int(line or 0),
        column=int(column or 0),
        in_app=native_in_app(file, module, name),
    )


def read(match: re.Match[str]) -> Frame | None:
    """The frame of a match of one of the shapes above; None where it is none after all."""
    get = match.groupdict().get
    if get("sanitized") is not None:
        return frame(
            match["sanitized"], get("san_file") or "", get("san_line") or "", get("san_column") or "", get("san_module") or ""
        )
    if get("called") is not None:
        return _called(match["called"].rstrip())
    if get("checked") is not None:
        return frame(match["checked"], get("val_file") or "", get("val_line") or "", "", get("val_module") or "")
    if get("unknown") is not None:
        return Frame(function="")
    if get("traced") is not None:
        return frame(match["traced"], get("boost_file") or "", get("boost_line") or "", "", get("boost_module") or "")
    return frame(get("symbol") or "", "", "", "", get("module") or "")


def _called(text: str) -> Frame | None:
    """`function (name=value, …)`, with ` at file:line` or ` from module` behind it."""
    if text == "<signal handler called>":
        return Frame(function=text)
    name, arguments, rest = text.partition(" (")
    if not arguments:
        return None
    if rest.endswith(")"):
        return frame(name, "", "", "", "")
    place = _GDB_PLACE.match(rest, rest.rfind(")") + 2)
    return frame(name, place["file"] or "", place["line"] or "", "", place["module"] or "") if place is not None else None


def demangle(name: str) -> str:
    """`parcel::Store::weight` of `_ZNK6parcel5Store6weightEPKNS_3BoxE`; other names as they are. Arguments are left out."""
    match = _MANGLED.match(name[:1_000])
    if match is None:
        return name
    parts, rest = [], match[1]
    while rest[:1].isdigit():
        digits = len(rest) - len(rest.lstrip("0123456789"))
        length = int(rest[:digits][:4])
        parts.append(rest[digits : digits + length])
        rest = rest[digits + length :]
        if name[:3] != "_ZN":
            break
    return "::".join(part for part in parts if part) or name
