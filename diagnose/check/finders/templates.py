"""The finder for templates: Blade, whose loops may hold queries that no other line shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnose.check.spots import File, Spot

_OPENS = re.compile(r"@(?:foreach|forelse)\s*\((?P<rows>.*)\bas\s+(?:\$\w+\s*=>\s*)?\$(?P<row>\w+)")
_CLOSES = re.compile(r"@(?:endforeach|endforelse)\b")
_ENDS = r"(?:get|count|first|exists|sum|avg|max|min|pluck|paginate|value)\("
_OF_MODEL = re.compile(r"\\?(?:App\\Models\\|\\\w+\\)*[A-Z]\w*::(?:find|findOrFail|firstWhere|where)\([^)]*\$(?P<row>\w+)")
_SETTLED = re.compile(r"(?i)\b(?:cache|config|route|lang|str|arr|auth|session|storage|view|carbon|number)::")


def query_in_template(file: File) -> Iterator[Spot]:
    """Queries in the loops of a Blade template that ask about the loop's row; the loop's own rows are asked for once."""
    if not file.name.endswith(".blade.php"):
        return
    rows: list[str] = []
    for number, line in enumerate(file.lines, 1):
        opened = _OPENS.search(line)
        for match in _queries(line, rows) if rows and not opened else ():
            yield file.spot(number, match.start() + 1, QUERY=match[0].rstrip("("))
            break
        if opened:
            rows.append(opened["row"])
        for _ in _CLOSES.findall(line):
            del rows[-1:]


def _queries(line: str, rows: list[str]) -> Iterator[re.Match[str]]:
    """Calls that send a query about one of the rows: `$order->lines()->count()`, `Customer::find($order->customer_id)`."""
    if "->" not in line and "::" not in line:
        return
    names = "|".join(map(re.escape, rows))
    yield from re.finditer(rf"\$(?:{names})->\w+\(\)->(?:\w+\([^()]*\)->){{0,4}}{_ENDS}", line)
    yield from (match for match in _OF_MODEL.finditer(line) if match["row"] in rows and not _SETTLED.match(match[0].lstrip("\\")))
