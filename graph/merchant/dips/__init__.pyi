from .dip_rules import DIP_CAUSES, DIP_VERDICTS, FESTIVAL_DIP, SHORT_DIP, DipRules
from .temporary_dips import DIP_SCHEMA, create_dips, sales_dips, temporary_dips

__all__ = [
    "DIP_CAUSES",
    "DIP_SCHEMA",
    "DIP_VERDICTS",
    "FESTIVAL_DIP",
    "SHORT_DIP",
    "DipRules",
    "create_dips",
    "sales_dips",
    "temporary_dips",
]
