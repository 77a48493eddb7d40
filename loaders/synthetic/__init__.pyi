from .synthesis import SplitHalf, SynthSummary, synthesis_stages, synthesize
from .world_facts import TailFit, WorldFacts, read_facts

__all__ = [
    "SplitHalf",
    "SynthSummary",
    "TailFit",
    "WorldFacts",
    "read_facts",
    "synthesis_stages",
    "synthesize",
]
