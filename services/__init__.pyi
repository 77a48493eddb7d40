from .audit import AuditResult, show_audit_entry, verify_audit
from .documents import Document, document
from .explain import ExplainResult, explain, find_firm
from .model_inputs import load_model
from .progress import JobProgress, silent
from .risk_properties import risk_properties
from .score import ScoreResult, score

__all__ = [
    "AuditResult",
    "Document",
    "ExplainResult",
    "JobProgress",
    "ScoreResult",
    "document",
    "explain",
    "find_firm",
    "load_model",
    "risk_properties",
    "score",
    "show_audit_entry",
    "silent",
    "verify_audit",
]
