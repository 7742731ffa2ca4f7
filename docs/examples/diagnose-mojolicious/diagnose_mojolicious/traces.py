"""Perl's stack traces, as Carp and Mojo::Exception print them, and the bare place that `die` adds to its message.

Both print calls from the innermost outwards, each with the place that it was *called* at; the first place, in or
below the message, is where the error was thrown. So a frame has its own name and the place that stands before it.
"""

from __future__ import annotations

import re

from diagnose import Frame, Trace

_THROWN = re.compile(
    r"^(?P<message>.*?) at (?:template )?(?P<file>\S+\.(?:p[lm]|psgi|t|ep))(?: from DATA section)? line (?P<line>\d+)\.$", re.M
)
_CARP = re.compile(r"\n\t(?P<function>[^\s(]+(?: \{\.\.\.\})?)(?:\(.*\))? called at (?P<file>\S+) line (?P<line>\d+)")
_MOJO = re.compile(r'\n  File "(?P<file>[^"]+)", line (?P<line>\d+), in "(?P<function>[^"]+)"')
_MOJO_HEAD = "\nTraceback (most recent call first):"
_LIBRARIES = re.compile(r"/perl5?/|/site_perl/|/vendor_perl/|/local/lib/perl")


class PerlTraces:
    """See module."""

    runtime = "perl"
    markers = (".pl line ", ".pm line ", ".psgi line ", ".t line ", ".ep line ", ".ep from DATA section line ")
    samples = (
        'Can\'t call method "trim" on an undefined value at shop.pl line 15.\n',
        "order empty has no lines at lib/Shop/Orders.pm line 6.\n"
        '\tShop::Orders::total(Shop::Orders=HASH(0x55e497ce3b70), "empty") called at shop.pl line 10\n'
        "\tmain::__ANON__(Mojolicious::Controller=HASH(0x55e49a042cc0)) called at /usr/share/perl5/Mojolicious.pm line 192\n"
        "\teval {...} called at /usr/share/perl5/Mojolicious.pm line 202\n",
        'Global symbol "$order" requires explicit package name (did you forget to declare "my $order"?) at template '
        "basket.html.ep from DATA section line 2.\n"
        "Context:\n"
        "  1: <h1>Basket</h1>\n"
        "  2: %= $order->{name}\n"
        "Traceback (most recent call first):\n"
        '  File "/usr/share/perl5/Mojo/Template.pm", line 163, in "Mojo::Template::process"\n'
        '  File "shop.pl", line 20, in "Mojolicious::Controller::render"\n'
        '  File "/usr/share/perl5/Mojolicious.pm", line 192, in "main::__ANON__"\n',
    )

    def parse(self, text: str) -> list[Trace]:
        """The traces, each at a message that ends with its place."""
        thrown = list(_THROWN.finditer(text))
        starts = [match.start() for match in thrown] + [len(text)]
        return [_trace(match, text[match.end() : starts[number + 1]]) for number, match in enumerate(thrown)]


def _trace(thrown: re.Match[str], below: str) -> Trace:
    calls = list((_MOJO if _MOJO_HEAD in below else _CARP).finditer(below))
    functions = [call["function"] for call in calls] + [""]
    places = [(match["file"], int(match["line"])) for match in (thrown, *calls)]
    frames = [
        Frame(function, file, line, in_app=not _LIBRARIES.search(file))
        for function, (file, line) in zip(functions, places, strict=True)
    ]
    return Trace("perl", "die", thrown["message"], tuple(frames))
