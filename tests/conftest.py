"""Property tests look at new examples on each run; where a change is judged (CI is set) they look at the same ones each time."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
