"""What the runners of GitHub Actions and GitLab say themselves in a job's log. (Their times are read by `wrappers`.)

GitHub: "Workflow commands for GitHub Actions"; GitLab: "Custom collapsible sections" of its CI/CD manual.
"""

from __future__ import annotations

from diagnose.formats.parts.base import BaseFormat
from diagnose.formats.parts.levels import level_of_word
from diagnose.hooks import Sample
from diagnose.lazy import lazy
from diagnose.model import Header
from diagnose.times import Clock

_LINE = lazy(
    r"##\[(?P<marker>[a-z]+)\]|::(?P<command>error|warning|notice|debug)(?: (?P<place>[^:\n]*))?::"
    r"|section_(?P<edge>start|end):(?P<time>\d{10}):(?P<section>[\w.-]+)(?:\[[^\]]*\])?\r?"
)
_PLACE = lazy(r"(file|line|col|title)=([^,]*)")


class CiRunner(BaseFormat):
    """`##[error]Process completed with exit code 1.`, `::error file=app.js,line=1::message`, `section_start:1795428000:build`."""

    name = "ci"
    priority = 44
    continues = False
    start = (
        r"##\[(?:error|warning|notice|debug|group|endgroup|section|command)\]"
        r"|::(?:error|warning|notice|debug)(?: [^:\n]{0,400})?::|section_(?:start|end):\d{10}:[\w.-]"
    )
    errors: tuple[str, ...] = (r"##\[error\]", r"::error[ :]")
    samples: tuple[Sample, ...] = (
        Sample("##[error]Process completed with exit code 1.", level="error", message="Process completed"),
        Sample("##[group]Run npm test", message="Run npm test"),
        Sample("::error file=app.js,line=12,title=Lint::Missing semicolon", level="error", message="Missing semicolon"),
        Sample("section_start:1795428000:step_script\rExecuting script", "2026-11-23T10:00:00Z", message="Executing script"),
    )

    def parse(self, record: str, clock: Clock) -> Header | None:
        """Read one line; where GitHub is told a place, `file` and `line` are fields."""
        match = _LINE.match(record)
        if match is None:
            return None
        header = Header(record[match.end() :], level=level_of_word(match["marker"] or match["command"] or ""))
        if match["place"]:
            header.fields |= dict(_PLACE.findall(match["place"]))
        if match["section"]:
            header.fields["section"] = match["section"]
            moment = clock.epoch(match["time"])
            if moment is not None:
                header.time, header.resolution = moment
        return header
