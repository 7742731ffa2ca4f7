"""What a runtime prints itself when a program, a thread or a logger fails: never a part of the log record before it."""

from __future__ import annotations

from diagnose.formats.parts.base import BaseFormat
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header, Level
from diagnose.times import Clock

_NODE_WARNING = lazy(r"\(node:(?P<process>\d+)\) ")
_GIN = lazy(r"\[Recovery\] (?P<time>[\d/]+ - [\d:]+) ")

# (raw pattern, what it proves, level)
_SHAPES = (
    (r'Exception in thread "', ("java",), Level.ERROR),
    (r"# A fatal error has been detected by the Java Runtime Environment", ("java",), Level.FATAL),
    (r"panic: ", ("go",), Level.FATAL),
    (r"\[Recovery\] \d{4}/\d\d/\d\d - \d\d:\d\d:\d\d panic recovered", ("gin", "go"), Level.ERROR),
    (r"fatal error: [a-z]", (), Level.FATAL),
    (r"(?:Unhandled exception|Fatal error)\. ", ("dotnet",), Level.FATAL),
    (r"thread '[^']{1,100}' (?:\(\d+\) )?(?:panicked at |has overflowed its stack)", ("rust",), Level.FATAL),
    (r"<--- Last few GCs --->", ("node",), Level.FATAL),
    (r"terminate called ", ("cpp",), Level.FATAL),
    (r"libc\+\+abi: terminating ", ("cpp",), Level.FATAL),
    (r"(?:Program|Thread \d+ \"[^\"]{1,60}\") (?:received|terminated with) signal SIG[BFIST]", ("cpp",), Level.FATAL),
    (r"==\d+== ?(?:ERROR|WARNING): \w+Sanitizer", ("cpp",), Level.FATAL),
    (r"WARNING: ThreadSanitizer: ", ("cpp",), Level.ERROR),
    (r"\*\*\* stack smashing detected", ("cpp",), Level.FATAL),
    (r"Segmentation fault", (), Level.FATAL),
    (r"http: panic serving ", ("go",), Level.ERROR),
    (r"--- Logging error ---", ("python",), Level.ERROR),
)
_LINES = (
    r" panicked at ",
    r" has overflowed its stack",
    r" signal SIG[BFIST]",
    r"free\(\): invalid ",
    r"double free ",
    r": Assertion ",
    r": runtime error: ",
    r"\.rb:\d+:in ",
    r": command not found",
    r": unbound variable",
    r"\d Segmentation fault  ",
    r"\d Aborted  ",
    r"\d Killed  ",
    r"== Invalid read of size ",
    r"== Invalid write of size ",
    r"== Process terminating with ",
    r"----- Native stack trace -----",
)
"""What stands in last words that any line may begin like, or that names vary before: what to search for, not how a record starts."""

_ANY = tuple((lazy(pattern), technologies, level) for pattern, technologies, level in _SHAPES)


class Crash(BaseFormat):
    """Last words: `Exception in thread "main" …`, `panic: …`, `<--- Last few GCs --->`; and `(node:1) …Warning: …`.

    Only gin tells the time.
    """

    name = "crash"
    priority = 75
    start = "|".join(pattern for pattern, _, _ in _SHAPES) + r"|\(node:\d+\) "
    errors: tuple[str, ...] = (*(shape.removesuffix('"') for shape, _, _ in _SHAPES if "{1," not in shape), *_LINES)
    samples: tuple[Sample, ...] = (
        Sample(
            'Exception in thread "main" java.lang.NullPointerException\n\tat a.B.c(B.java:1)',
            level="error",
            message="Exception in",
        ),
        Sample(
            "panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:",
            level="fatal",
            message="panic: ",
        ),
        Sample("<--- Last few GCs --->\n\n[1:0x7f] 100 ms: Mark-Compact\n\nFATAL ERROR: Reached heap limit", level="fatal"),
        Sample("(node:4065) UnhandledPromiseRejectionWarning: Error: no such file", level="warning", message="UnhandledPromise"),
        Sample("[Recovery] 2026/11/23 - 10:00:00 panic recovered:\nGET /x HTTP/1.1\n\nboom", "2026-11-23T10:00:00Z", "error"),
        Sample("http: panic serving 127.0.0.1:48870: boom\ngoroutine 19 [running]:", level="error"),
        Sample("==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x604000000010", level="fatal"),
        Sample("Unhandled exception. System.InvalidOperationException: x\n   at Shop.Main()", level="fatal"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """The whole record is the message, but for the process that Node names."""
        warning = _NODE_WARNING.match(record)
        if warning is not None:
            header = Header(record[warning.end() :], level=Level.WARNING, technologies=("node",))
            header.scope["process"] = warning["process"]
            return header
        for pattern, technologies, level in _ANY:
            if pattern.match(record):
                header = Header(record, level=level, technologies=technologies)
                gin = _GIN.match(record)
                moment = clock.parse(gin["time"]) if gin else None
                if moment is not None:
                    header.time, header.resolution = moment
                return header
        return None
