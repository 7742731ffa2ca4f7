"""The encyclopaedia behind `diagnose explain`: made from the rules and nothing else."""

from diagnose.encyclopaedia.answer import Answer, answer
from diagnose.encyclopaedia.data import answer_data
from diagnose.encyclopaedia.entry import Entries, Entry
from diagnose.encyclopaedia.index import By, Index, Match, Near

__all__ = ["Answer", "By", "Entries", "Entry", "Index", "Match", "Near", "answer", "answer_data"]
