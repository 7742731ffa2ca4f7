"""Sightings in, findings out; the only keeper of state."""

from diagnose.engine.cases import Episode
from diagnose.engine.engine import Engine
from diagnose.engine.look import EngineResult

__all__ = ["Engine", "EngineResult", "Episode"]
