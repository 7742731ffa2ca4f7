"""Gates find what any encoder wrote, and the guarded regexes confirm what is there."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Callable
from typing import Any

import pytest
import regex
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import diagnose.pattern
import diagnose.signals
from diagnose.formats import BUILT_IN
from diagnose.model import Capture, Event, Level, Signal, Trace
from diagnose.pattern import Guarded, PatternError, risk
from diagnose.plan import Lookups
from diagnose.rawform import Gate, literal_gate, regex_gates
from diagnose.search import available, make_searcher, pattern_set
from diagnose.signals import CompiledSignal, field_test
from tests.test_clusters import event as made_event

# ---------------------------------------------------------------- how encoders write a text


def dumped(text: str, *, ascii_only: bool) -> str:
    return json.dumps({"level": 50, "msg": text}, ensure_ascii=ascii_only)


def go(text: str) -> str:
    """encoding/json with its HTML escapes, as zap, slog and Docker write."""
    line = dumped(text, ascii_only=False)
    for char in "<>&\u2028\u2029":
        line = line.replace(char, f"\\u{ord(char):04x}")
    return line


def dotnet(text: str) -> str:
    """System.Text.Json: everything but the harmless ASCII as \\uXXXX."""
    plain = string.ascii_letters + string.digits + " !#$%()*,-./:;=?@[]^_{|}~"
    units = text.encode("utf-16-be", "surrogatepass")
    chars = [int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2)]
    body = "".join(
        chr(char) if chr(char) in plain else "\\n" if char == 10 else "\\\\" if char == 92 else f"\\u{char:04X}" for char in chars
    )
    return f'{{"@l":"Error","@m":"{body}"}}'


def php(text: str) -> str:
    return dumped(text, ascii_only=True).replace("/", "\\/")


def logfmt(text: str) -> str:
    return "level=error msg=" + json.dumps(text, ensure_ascii=False)


WAYS: dict[str, Callable[[str], str]] = {
    "bare": lambda text: f"ERROR {text} (x)",
    "python": lambda text: dumped(text, ascii_only=True),
    "javascript": lambda text: dumped(text, ascii_only=False),
    "go": go,
    "dotnet": dotnet,
    "php": php,
    "logfmt": logfmt,
    "python in docker": lambda text: docker(dumped(text, ascii_only=True)),
    "dotnet in docker": lambda text: docker(dotnet(text)),
    "php in docker": lambda text: docker(php(text)),
    "bare in docker": lambda text: docker(text),
    "a stack in a field": lambda text: json.dumps({"msg": "x", "err": {"stack": f"Error: {text}\n    at f (a.js:1:2)"}}),
}


def docker(line: str) -> str:
    return go(line + "\n").replace('"level": 50, "msg"', '"log"')


def hit(gates: tuple[Gate, ...], written: str, *, coloured: bool = False) -> bool:
    """Whether one of the gates matches the bytes of one line, as the native search asks."""
    lines = written.encode("utf-8", "surrogatepass").split(b"\n")
    patterns = [
        re.compile((gate.coloured() if coloured else gate.pattern()).encode("latin-1"), re.IGNORECASE if gate.ignore_case else 0)
        for gate in gates
    ]
    return any(pattern.search(line) for pattern in patterns for line in lines)


AWKWARD = st.text(st.sampled_from("\"'/\\<>&+`\t\u00e9\u2028\U0001f525{}[]()*.#-_~ :;,%$|^=!?@"), max_size=4)
WORDS = st.from_regex(r"[A-Za-z0-9_.-]{1,8}", fullmatch=True)
TEXTS = st.lists(st.one_of(WORDS, AWKWARD), min_size=1, max_size=6).map("".join)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@given(literal=TEXTS, before=AWKWARD, after=AWKWARD)
def test_the_gate_of_a_literal_matches_it_in_every_encoding(way: str, literal: str, before: str, after: str) -> None:
    gate = literal_gate(literal, ignore_case=False)
    assume(gate is not None)
    assert gate is not None
    assert hit((gate,), WAYS[way](before + literal + after))


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
@given(literal=TEXTS)
def test_without_regard_to_case_too(way: str, literal: str) -> None:
    gate = literal_gate(literal, ignore_case=True)
    assume(gate is not None and literal.isascii())
    assert gate is not None
    assert hit((gate,), WAYS[way](literal.upper()))
    assert hit((gate,), WAYS[way](literal.swapcase()))


@given(TEXTS, st.lists(st.sampled_from(["\x1b[31m", "\x1b[0m", "\x1b[1;38;5;9m"]), min_size=1, max_size=4))
def test_colours_between_words_do_not_hide_a_literal(literal: str, colours: list[str]) -> None:
    gate = literal_gate(literal, ignore_case=False)
    assume(gate is not None)
    assert gate is not None
    parts = re.findall(r"\w+|\W", literal)
    painted = "".join(part + colours[index % len(colours)] for index, part in enumerate(parts))
    assert hit((gate,), f"\x1b[36m{painted}", coloured=True)
    assert hit((gate,), literal, coloured=True)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """Regexes as rules write them: runs, classes, repeats, alternatives, groups, gaps."""
    kind = draw(st.integers(0, 9 if depth else 4))
    if kind <= 2:
        return re.escape(draw(TEXTS))
    if kind == 3:
        return draw(
            st.sampled_from(
                [r"\d+", r"\w+", r"[^\n]*", r"[a-z ]{2,4}", r"\S+?", ".", ".*", r"\s+", r"[^']+", "x*", "(?:ab)+", r"\b"]
            )
        )
    if kind == 4:
        return draw(
            st.sampled_from(
                [r"(?i:Time Out)", r"(?s:abc.def)", r"(?=[a-z])", r"(?<!x)", r"\n", "y?", "(?>atomic)", "z{3}", "q*+"]
            )
        )
    inner = draw(expressions(depth - 1))
    if kind == 5:
        return f"(?:{inner}){draw(st.sampled_from(['?', '*', '+', '{2}', '{1,3}', '+?', '{0,2}']))}"
    if kind == 6:
        return f"(?:{inner}|{draw(expressions(depth - 1))})"
    if kind == 7:
        return f"(?P<g{draw(st.integers(0, 10**9))}>{inner})"
    return inner + draw(expressions(depth - 1))


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(expressions(), st.data(), st.booleans())
def test_a_gate_matches_whatever_the_regex_matches_in_every_encoding(
    pattern: str, data: st.DataObject, ignore_case: bool
) -> None:
    try:
        compiled = re.compile(pattern, re.MULTILINE | (re.IGNORECASE if ignore_case else 0))
        regex.compile(pattern, regex.VERSION0)
    except (re.error, regex.error, OverflowError):
        assume(False)
    gates = regex_gates(pattern, ignore_case)
    assume(gates is not None)
    assert gates is not None
    text = data.draw(st.from_regex(compiled, fullmatch=True, alphabet=st.characters(codec="utf-8")))
    for name, way in WAYS.items():
        if not text.isascii() and ignore_case:
            continue  # ſ and K match s and k there, in no bytes
        assert hit(gates, way(text)), name


@pytest.mark.parametrize(
    ("pattern", "gates"),
    [
        ("connect ECONNREFUSED", [("connect ECONNREFUSED",)]),
        (r"Duplicate entry '(?P<value>.*?)' for key '(?P<key>[^']+)'", [("Duplicate entry ", " for key ")]),
        ("abc|def", [("abc",), ("def",)]),
        (r"abc\ndefgh", [("defgh",)]),
        ("(?s)abc.defgh", [("defgh",)]),
        ("ab", None),
        ("abc|x", None),
        ("(?:abc)?", None),
        ("(?i:AbC)", [("AbC",)]),
    ],
)
def test_gates_are_the_longest_runs(pattern: str, gates: list[tuple[str, ...]] | None) -> None:
    found = regex_gates(pattern, False)
    assert (None if found is None else [gate.runs for gate in found]) == gates


@pytest.mark.parametrize("pattern", ["(?i:abc)def", "abc(?:x|(?i:def))", "(?i)abc"])
def test_a_part_that_ignores_case_makes_the_gate_do_so(pattern: str) -> None:
    assert all(gate.ignore_case for gate in regex_gates(pattern, False) or ())


@pytest.mark.parametrize("engine", available())
@settings(deadline=None, max_examples=25)
@given(literals=st.lists(TEXTS, min_size=1, max_size=5), caseless=st.booleans())
def test_every_gate_is_one_that_the_engines_take(engine: str, literals: list[str], caseless: bool) -> None:
    gates = [gate for literal in literals if (gate := literal_gate(literal, caseless)) is not None]
    assume(gates)
    data = "\n".join(literals).encode()
    for coloured in (False, True):
        searcher = make_searcher(pattern_set(gates), coloured=coloured, engine=engine)
        assert {number & 0xFFFF for number in searcher.scan(data)} == set(range(len(set(gates))))


# ---------------------------------------------------------------- confirming


LOOKUPS = Lookups(BUILT_IN)


def signal(**fields: Any) -> CompiledSignal:
    return CompiledSignal("tiny/rule", Signal("seen", **fields), 0, LOOKUPS.levels, LOOKUPS.fields)


def holds(made: CompiledSignal, message: str, **fields: Any) -> bool:
    return made.confirm(made_event(message, **fields)) is not None


@pytest.mark.parametrize(
    ("fields", "message", "expected"),
    [
        ({"literals": ("refused", "reset")}, "connection reset", True),
        ({"literals": ("refused", "reset")}, "connection Reset", False),
        ({"literals": ("refused",), "ignore_case": True}, "Connection REFUSED", True),
        ({"literals": ("refused",), "unless": ("retrying",)}, "refused, retrying", False),
        ({"literals": ("refused",), "unless": ("retrying",)}, "refused", True),
        ({"regex": ("refused$",)}, "refused\nby peer", True),
        ({"regex": ("^by peer",)}, "refused\nby peer", True),
        ({"regex": ("refused.by",)}, "refused\nby peer", False),
        ({"literals": ("refused",), "regex": ("by (?P<who>peer)",)}, "refused by host", False),
        ({"literals": ("by peer",), "look_in": "line"}, "refused\nby peer", False),
        ({"literals": ("by peer",), "look_in": "message"}, "refused\nby peer", True),
    ],
)
def test_all_parts_must_hold(fields: dict[str, Any], message: str, expected: bool) -> None:
    assert holds(signal(**fields), message) is expected


def test_a_trace_can_be_looked_in_alone() -> None:
    cause = Trace("python", "TimeoutError", "too slow")
    trace = Trace("python", "ValueError", "odd", cause=cause, others=(Trace("python", "KeyError", "x"),))
    made = signal(literals=("TimeoutError: too slow",), look_in="trace")
    assert holds(made, "nothing", traces=(trace,))
    assert not holds(made, "TimeoutError: too slow")
    assert holds(signal(literals=("KeyError",), look_in="trace"), "x", traces=(trace,))


@pytest.mark.parametrize(
    ("level", "fields", "traces", "expected"),
    [
        (Level.ERROR, {}, (), True),
        (Level.FATAL, {}, (), True),
        (Level.INFO, {}, (), False),
        (None, {}, (), True),
        (Level.INFO, {"status": 503}, (), True),
        (Level.INFO, {"status": 404}, (), False),
        (Level.INFO, {}, (Trace("node", "Error"),), True),
    ],
)
def test_a_level_keeps_out_what_is_quieter_and_shows_nothing_louder(
    level: Level | None, fields: Any, traces: Any, expected: bool
) -> None:
    made = signal(literals=("refused",), level=Level.ERROR)
    assert holds(made, "refused", level=level, fields=fields, traces=traces) is expected
    alone = signal(level=Level.ERROR)
    assert holds(alone, "refused", level=level) is (level is not None and level >= Level.ERROR)


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        (">= 500", 500, True), (">= 500", 499, False), (">= 500", "503", True), (">= 500", "many", False),
        (">= 500", None, False),
        ("< 2.5", 2, True), ("!= 200", 404, True), ("== 23505", "23505", True), ("23505", "23505", True), ("x", "x", True),
        ('"x y"', "x y", True), ("!= x", "y", True), ("!= x", "x", False), ("> 1", True, False), (">= 500", [500], False),
        ("false", False, True), ("true", False, False), ("!= true", False, True),
    ],
)  # fmt: skip
def test_a_field_is_compared_as_a_number_where_the_test_has_one(test: str, value: object, expected: bool) -> None:
    assert field_test("f", test).holds({"f": value}) is expected


@pytest.mark.parametrize("test", ["", "  ", ">", ">= many", "< x"])
def test_a_test_that_compares_nothing_is_refused(test: str) -> None:
    with pytest.raises(PatternError):
        field_test("f", test)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "1,204", 1204), ("int", "1_000", 1000), ("int", "x", None), ("int", "9" * 30, None), ("int", "9" * 5_000, None),
        ("float", "2.5", 2.5), ("float", "nan", None), ("float", "1e999", None), ("float", "-inf", None),
        ("duration", "250ms", 250.0), ("duration", "1.5 s", 1500.0), ("duration", "2m", 120_000.0), ("duration", "30", 30.0),
        ("duration", "soon", None), ("duration", "9" * 400 + "h", None), ("str", "007", "007"), ("str", "?", None),
    ],
)  # fmt: skip
def test_a_capture_is_read_as_its_type_or_unknown(kind: str, text: str, value: object) -> None:
    made = signal(regex=("took: (?P<x>.*)",), captures={"x": Capture(kind)})
    confirmed = made.confirm(made_event(f"took: {text}"))
    assert confirmed is not None
    assert confirmed[0]["x"] == value


@pytest.mark.parametrize(
    ("text", "captured"),
    [
        ("host=db port=5432", {"peer": "db:5432", "dependency": "PostgreSQL"}),
        ("host=::1 port=6379", {"peer": "[::1]:6379", "dependency": "Redis"}),
        ("host=[::1] port=1", {"peer": "[::1]:1", "dependency": "the server"}),
        ("peer=db:3306", {"port": "3306", "dependency": "MySQL"}),
        ("peer=db", {"peer": "db"}),
    ],
)
def test_a_peer_is_made_of_host_and_port_and_the_other_way_round(text: str, captured: dict[str, str]) -> None:
    patterns = (r"hit host=(?P<host>\S+) port=(?P<port>\d+)", r"hit peer=(?P<peer>\S+)")
    confirmed = signal(regex=patterns).confirm(made_event(f"hit {text}"))
    assert confirmed is not None
    assert {name: confirmed[0].get(name) for name in captured} == captured


def test_the_line_that_shows_the_signal_is_told() -> None:
    message = "first\nthe fan broke here\nlast"
    assert signal(regex=("fan (?P<how>broke)",)).confirm(made_event(message)) == ({"how": "broke"}, "the fan broke here")
    assert signal(literals=("last",)).confirm(made_event(message)) == ({}, "last")
    long = signal(literals=("first",)).confirm(made_event("first" + "x" * 10_000))
    assert long is not None
    assert len(long[1]) == diagnose.signals.MAX_LINE


@given(st.text(), st.text(min_size=3).filter(lambda text: literal_gate(text, True) is not None))
def test_ignoring_case_never_points_outside_the_text(text: str, literal: str) -> None:
    """Folding changes lengths: ß is ss."""
    signal(literals=(literal,), ignore_case=True).confirm(made_event(text + "ß" + literal.upper()))


# ---------------------------------------------------------------- guards


@pytest.mark.parametrize(
    ("pattern", "danger"),
    [
        ("abc", ""), ("a+b", ""), (r"'(?P<x>[^']+)'", ""), ("(?:a{1,5})+", ""), ("a+b+", "polynomial"), (".*x.*", "polynomial"),
        ("(a+)+", "exponential"), ("(?:a|b+)*", "exponential"), ("(?:a{1,99})+", "exponential"), ("(?=(?:a+)+)b", "exponential"),
        ("(?P<x>(?:\\w+\\s*)+)", "exponential"), ("[", "exponential"),
    ],
)  # fmt: skip
def test_the_danger_of_a_regex_is_seen(pattern: str, danger: str) -> None:
    assert risk(pattern) == danger


def test_what_takes_too_long_is_no_match(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnose.pattern, "TIMEOUT", 0.02)
    assert Guarded(r"(a+)+$").search("a" * 60 + "!") is None
    assert Guarded(r"(a+)+$").search("aaa") is not None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"literals": ("ab",)}, "literals"),
        ({"literals": ('"""',)}, "literals"),
        ({"literals": ("a\nb",)}, "literals"),
        ({"regex": ("ab|abc",)}, "regex"),
        ({"regex": ("(",)}, "regex"),
        ({"regex": (r"\p{Lu}abc",)}, "regex"),
        ({"level": Level.INFO}, "literals"),
        ({}, "literals"),
    ],
)
def test_a_signal_that_cannot_be_searched_for_is_refused(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(PatternError) as told:
        signal(**fields)
    assert told.value.field == field


def test_an_event_is_needed_only_for_what_the_search_led_to() -> None:
    """A gate alone proves nothing: the decoded event decides."""
    made = signal(literals=("refused",))
    assert hit(made.gates, '{"msg":"ok","refused":0}')
    assert made.confirm(made_event("ok")) is None
    assert isinstance(made_event("ok"), Event)
