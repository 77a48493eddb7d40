from .audit import AuditResult, show_audit_entry, verify_audit
from .documents import Document, document
from .explain import ExplainResult, explain, find_firm
from .model_inputs import load_model
from .progress import JobProgress, silent
from .query import (
    QUERY_TIMEOUT,
    QueryList,
    QueryResult,
    Statement,
    library_queries,
    query,
    query_document,
    statement_of,
)
from .risk_properties import risk_properties
from .score import ScoreResult, score

__all__ = [
    "QUERY_TIMEOUT",
    "AuditResult",
    "Document",
    "ExplainResult",
    "JobProgress",
    "QueryList",
    "QueryResult",
    "ScoreResult",
    "Statement",
    "document",
    "explain",
    "find_firm",
    "library_queries",
    "load_model",
    "query",
    "query_document",
    "risk_properties",
    "score",
    "show_audit_entry",
    "silent",
    "statement_of",
    "verify_audit",
]
