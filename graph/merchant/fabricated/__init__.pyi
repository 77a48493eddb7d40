from .stored_volume import StoredVolume, read_volume, write_volume
from .volume_cases import ExaminedVolume, NamedTrade, VolumeCase, case_words, fabricated_volume, kind_words
from .volume_rules import VolumeKind, VolumeRules

__all__ = [
    "ExaminedVolume",
    "NamedTrade",
    "StoredVolume",
    "VolumeCase",
    "VolumeKind",
    "VolumeRules",
    "case_words",
    "fabricated_volume",
    "kind_words",
    "read_volume",
    "write_volume",
]
