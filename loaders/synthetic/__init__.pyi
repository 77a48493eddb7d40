from .synthesis import SynthSummary, synthesize
from .world_facts import TailFit, WorldFacts, read_facts

__all__ = [
    "SynthSummary",
    "TailFit",
    "WorldFacts",
    "read_facts",
    "synthesize",
]
