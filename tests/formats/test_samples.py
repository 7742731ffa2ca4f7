"""What every format and wrapping must keep to: its samples, and patterns that run natively."""

from __future__ import annotations

import re
import re._constants as op
import re._parser as sre
from collections.abc import Iterator
from functools import cache
from typing import Any

import hyperscan
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnose.formats import BUILT_IN, WRAPPERS, check_samples
from diagnose.formats.parts.base import BaseFormat
from diagnose.hooks import Format, Sample, Wrapper, later_of
from diagnose.model import SCOPES, Header, Level
from diagnose.rawform import SAFE
from diagnose.times import Clock

CLOCK = Clock(reference=1_795_435_200_000_000)
SAMPLES = [(form, sample) for form in BUILT_IN for sample in form.samples]
TESTS = (
    ("status", ">= 500"),
    ("status", "== 404"),
    ("duration_ms", "> 1000"),
    ("logger", "org.hibernate.SQL"),
    ("err.code", "x"),
)
PATTERNS = sorted(
    {form.start for form in BUILT_IN}
    | {pattern for form in BUILT_IN for pattern in later_of(form)}
    | {pattern for form in BUILT_IN for pattern in form.errors}
    | {pattern for form in BUILT_IN for name, test in TESTS for pattern in form.field_patterns(name, test)}
    | {wrapper.marker for wrapper in WRAPPERS}
    | {wrapper.partial for wrapper in WRAPPERS if wrapper.partial}
)


def first_line(sample: Sample) -> bytes:
    return sample.text.split("\n", 1)[0].encode()


@cache
def database_of(pattern: str) -> hyperscan.Database:
    """Compiled once: a pattern with bounded repeats takes seconds."""
    database = hyperscan.Database()
    database.compile(expressions=[pattern.encode("latin-1")], flags=[hyperscan.HS_FLAG_MULTILINE])
    return database


def native(pattern: str, text: bytes) -> bool:
    hits: list[int] = []
    database_of(pattern).scan(text, match_event_handler=lambda *match: hits.append(match[1]))
    return bool(hits)


def nodes(tree: Any) -> Iterator[tuple[Any, Any]]:
    for code, value in tree:
        yield code, value
        parts = value if isinstance(value, (list, tuple)) else [value]
        for part in parts:
            if isinstance(part, sre.SubPattern):
                yield from nodes(part)
            elif isinstance(part, list):
                for branch in part:
                    if isinstance(branch, sre.SubPattern):
                        yield from nodes(branch)


def test_samples_are_read_by_their_own_formats() -> None:
    assert check_samples(BUILT_IN) == []


@pytest.mark.parametrize("form", BUILT_IN, ids=lambda form: form.name)
def test_each_format_has_samples_and_a_name_of_its_own(form: Format) -> None:
    assert len(form.samples) >= 3
    assert [other.name for other in BUILT_IN].count(form.name) == 1
    assert [other.priority for other in BUILT_IN].count(form.priority) == 1
    assert isinstance(form, Format)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_are_ascii_and_plain(pattern: str) -> None:
    assert pattern.isascii()
    assert "\n" not in pattern
    assert "\0" not in pattern
    for code, value in nodes(sre.parse(pattern.encode("latin-1"))):
        assert code not in (op.ASSERT, op.ASSERT_NOT, op.GROUPREF, op.MIN_REPEAT, op.POSSESSIVE_REPEAT, op.ATOMIC_GROUP), pattern
        assert code is not op.SUBPATTERN or value[0] is None, f"a capturing group in {pattern}"


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_compile_natively(pattern: str) -> None:
    native(pattern, b"")


@pytest.mark.slow
@pytest.mark.parametrize("form", BUILT_IN, ids=lambda form: form.name)
def test_both_engines_agree_on_starts(form: Format) -> None:
    compiled = re.compile(form.start.encode("latin-1"))
    for _, sample in SAMPLES:
        line = first_line(sample)
        assert native(f"^(?:{form.start})", line) == bool(compiled.match(line)), line


@pytest.mark.parametrize("pattern", sorted({pattern for form in BUILT_IN for pattern in form.errors}))
def test_error_patterns_hold_a_run_that_no_encoder_escapes(pattern: str) -> None:
    """The shortest text that a pattern matches holds three safe characters in a row."""
    shortest = "".join(_shortest(sre.parse(pattern.encode("latin-1"))))
    assert re.search(f"[{re.escape(''.join(sorted(SAFE)))}]{{3}}", shortest), (pattern, shortest)


def _shortest(tree: Any) -> Iterator[str]:
    for code, value in tree:
        if code is op.LITERAL:
            yield chr(value)
        elif code is op.SUBPATTERN:
            yield from _shortest(value[-1])
        elif code is op.BRANCH:
            yield min(("".join(_shortest(branch)) for branch in value[1]), key=len)
        elif code is op.MAX_REPEAT:
            yield "".join(_shortest(value[2])) * value[0]
        elif code is op.IN:
            ranges = [value for code, value in value if code is op.RANGE]
            digits = (op.CATEGORY, op.CATEGORY_DIGIT) in value
            yield "0" if digits else chr(ranges[0][0]) if ranges else "\x00"
        elif code is not op.AT:
            yield "\x00"


def test_errors_show_an_error_pattern_in_json_too() -> None:
    """A record inside Docker's JSON is noticed by the same patterns."""
    for form, sample in SAMPLES:
        header = form.parse(sample.text, CLOCK)
        if header is not None and header.level is not None and header.level >= Level.ERROR:
            escaped = sample.text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n").encode()
            assert any(re.search(pattern.encode("latin-1"), escaped) for pattern in form.errors), sample.text


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_no_text_makes_a_format_raise(chosen: tuple[Format, Sample], data: st.DataObject) -> None:
    form, sample = chosen
    text = list(sample.text)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, max(0, len(text) - 1)))
        text[at : at + data.draw(st.integers(0, 3))] = data.draw(st.text(max_size=3) | st.text('[]{}":=\\ \n0aE-', max_size=3))
    header = form.parse("".join(text), CLOCK)
    assert header is None or _sound(header)


def _sound(header: Header) -> bool:
    assert isinstance(header.message, str)
    assert isinstance(header.stack, str)
    assert header.time is None or isinstance(header.time, int)
    assert set(header.scope) <= set(SCOPES)
    assert all(isinstance(value, str) and value for value in header.scope.values())
    assert isinstance(header.fields.get("status", 200), (int, str))
    assert isinstance(header.fields.get("duration_ms", 0), (int, float, str))
    return True


@pytest.mark.parametrize("form", [form for form in BUILT_IN if form.name not in ("json",)], ids=lambda form: form.name)
def test_status_patterns_show_every_record_that_passes(form: Format) -> None:
    for _, sample in SAMPLES:
        header = form.parse(sample.text, CLOCK) if re.match(form.start.encode("latin-1"), first_line(sample)) else None
        status = header.fields.get("status") if header else None
        if isinstance(status, int) and status >= 500:
            patterns = [pattern for other in BUILT_IN for pattern in other.field_patterns("status", ">= 500")]
            assert any(re.search(pattern.encode("latin-1"), sample.text.encode()) for pattern in patterns), sample.text


# ---------------------------------------------------------------- what check_samples tells of a bad format


class _Bad(BaseFormat):
    name = "bad"
    priority = 5
    start = "bad "

    def parse(self, record: str, clock: Clock) -> Header | None:
        return Header("x", level=Level.ERROR, time=7) if record.startswith("bad news") else None


@pytest.mark.parametrize(
    ("sample", "told"),
    [
        (Sample("good"), "its sample is read by no format"),
        (Sample('{"a":1}'), "its sample is read by json"),
        (Sample("bad"), "its sample is read by no format"),
        (Sample("bad luck"), "its sample is not read"),
        (Sample("bad news", "", "error", "x"), "its sample's time is read as 7"),
        (Sample("bad news", "1970-01-01T00:00:00.000007Z", "info", "x"), "its sample's level is read as <Level.ERROR: 50>"),
        (Sample("bad news", "1970-01-01T00:00:00.000007Z", "error", "y"), "its sample's message is read as 'x'"),
        (Sample("bad news", "1970-01-01T00:00:00.000007Z", "error", "x"), "none of its error patterns matches its sample"),
    ],
)
def test_faults_of_samples_are_told(sample: Sample, told: str) -> None:
    bad = _Bad()
    bad.samples = (sample,)
    faults = check_samples([*BUILT_IN, bad])
    assert any(told in fault and fault.startswith("format bad: ") for fault in faults), faults


# ---------------------------------------------------------------- wrappings


@pytest.mark.parametrize("wrapper", WRAPPERS, ids=lambda wrapper: wrapper.name)
def test_wrappings_read_their_samples(wrapper: Wrapper) -> None:
    assert isinstance(wrapper, Wrapper)
    assert len(wrapper.samples) >= 3
    for sample in wrapper.samples:
        raw = sample.encode()
        first = next(other for other in WRAPPERS if re.match(other.marker.encode(), raw) and other.unwrap(raw) is not None)
        assert first is wrapper
        opened = wrapper.unwrap(raw)
        assert opened is not None
        assert not opened[2] or re.search(wrapper.partial.encode(), raw), "a part must be noticed"


@settings(deadline=None)
@given(st.sampled_from(WRAPPERS), st.binary(max_size=40), st.data())
def test_no_bytes_make_a_wrapping_raise(wrapper: Wrapper, noise: bytes, data: st.DataObject) -> None:
    line = bytearray(data.draw(st.sampled_from(wrapper.samples)).encode())
    at = data.draw(st.integers(0, len(line)))
    line[at:at] = noise.replace(b"\n", b"")
    wrapper.unwrap(bytes(line))
