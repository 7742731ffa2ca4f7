"""What test runners print, one file a runner. Only the tests that failed speak (`base`)."""

from __future__ import annotations

from diagnose.formats.runners.dotnettest import DotnetTest
from diagnose.formats.runners.gotest import GoTest, GoTestJson
from diagnose.formats.runners.gradle import Gradle
from diagnose.formats.runners.jest import Jest
from diagnose.formats.runners.junitxml import JUnitXml
from diagnose.formats.runners.mocha import Mocha, MochaJson
from diagnose.formats.runners.nodetest import NodeTest
from diagnose.formats.runners.phpunit import PhpUnit
from diagnose.formats.runners.pytest import Pytest
from diagnose.formats.runners.summary import TestSummary
from diagnose.formats.runners.surefire import Surefire
from diagnose.formats.runners.tap import Tap
from diagnose.formats.runners.tree import Tree
from diagnose.formats.runners.vitest import Vitest
from diagnose.hooks import Format

RUNNERS: tuple[Format, ...] = (
    Pytest(),
    Jest(),
    Vitest(),
    Mocha(),
    MochaJson(),
    NodeTest(),
    Tree(),
    Tap(),
    GoTest(),
    Surefire(),
    Gradle(),
    JUnitXml(),
    PhpUnit(),
    DotnetTest(),
    TestSummary(),
)

__all__ = ["RUNNERS", "GoTestJson"]
