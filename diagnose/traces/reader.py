"""What the readers of traces share: how far they are, the error that is open, what they have told."""

from __future__ import annotations

from typing import ClassVar

from diagnose.model import Trace
from diagnose.traces.draft import MAX_LOOKBACK, Draft, finish


class Reader:
    """Goes through one text and gathers the traces of one runtime."""

    runtime: ClassVar[str]

    def __init__(self, text: str) -> None:
        self.text = f"\n{text}"
        """With a newline in front, for a search that begins with a literal is fast."""
        self.end = 0
        """Where that ends which was read last."""
        self.traces: list[Trace] = []

    def _gap(self, start: int) -> str:
        """What stands between that and `start`, as far back as an error's header is looked for."""
        return self.text[max(self.end, start - MAX_LOOKBACK) : start]

    def _tell(self, draft: Draft) -> None:
        """Keep the trace of an error that is complete."""
        trace = finish(self.runtime, draft)
        if trace is not None:
            self.traces.append(trace)


class ChainReader(Reader):
    """A reader of traces that are told one after the other."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.outermost: Draft | None = None
        """The error whose trace is being read."""
        self.open: Draft | None = None
        """What frames go to: the outermost error, or another of its trace."""

    def _begin(self, draft: Draft) -> Draft:
        """Open the outermost error of the next trace."""
        self._flush()
        self.outermost = self.open = draft
        return draft

    def _flush(self) -> None:
        """Tell the trace that is being read, if there is one."""
        if self.outermost is not None:
            self._tell(self.outermost)
        self.outermost = self.open = None
