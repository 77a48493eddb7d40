"""The firms of a data set as records in one spelling: what pairs are compared by."""

from __future__ import annotations

from functools import lru_cache

import duckdb
import pyarrow as pa

from supplyrisk.loaders.matching import identity_keys
from supplyrisk.loaders.matching.company_names import normalised_address, split_name
from supplyrisk.loaders.matching.text_folding import folded

KEYS = ("credit_code", "lei", "vat_number", "company_number")
"""Keys that identify a firm; a record has those whose check digit is right."""
MOST_FIRMS_OF_A_PERSON = 20
"""A person behind more firms is an agent or a lender's nominee, and shows nothing about two of them."""
_NAME_PARTS = ("core", "place", "brand", "trade", "legal_form", "branch", "digits")
_TEXTS = pa.string()
SCHEMA = pa.schema(
    [
        ("firm_id", _TEXTS),
        ("name", _TEXTS),
        *((key, _TEXTS) for key in KEYS),
        *((part, _TEXTS) for part in _NAME_PARTS),
        ("address", _TEXTS),
        ("address_digits", _TEXTS),
        ("region", _TEXTS),
        ("industry", _TEXTS),
        ("founded_on", pa.date32()),
        ("persons", pa.list_(_TEXTS)),
    ]
)
"""Columns of the records; a missing value is null, an empty list of persons too."""
_FIRMS = """
WITH links AS (
    SELECT from_id AS person, to_id AS firm_id FROM relations SEMI JOIN persons ON from_id = person_id
    UNION
    SELECT to_id, from_id FROM relations SEMI JOIN persons ON to_id = person_id
), people AS (
    SELECT firm_id, list(DISTINCT person ORDER BY person) AS persons FROM links
    WHERE person IN (SELECT person FROM links GROUP BY person HAVING count(DISTINCT firm_id) <= $most)
    GROUP BY firm_id
)
SELECT firm_id, name, credit_code, lei, vat_number, company_number, register, address, region, industry, founded_on,
    persons
FROM firms LEFT JOIN people USING (firm_id) ORDER BY firm_id
"""


def firm_records(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return a record per firm in the order of their ids, see SCHEMA.

    Parameters
    ----------
    con: a connection with the contract's tables as views, as `Tables.connect` returns.
    """
    rows = con.sql(_FIRMS, params={"most": MOST_FIRMS_OF_A_PERSON}).to_arrow_table().to_pylist()
    return pa.Table.from_pylist([_record(row) for row in rows], schema=SCHEMA)


def _record(row: dict[str, object]) -> dict[str, object]:
    """Return the record of one firm."""
    texts = {name: value if isinstance(value, str) else None for name, value in row.items()}
    name = texts["name"]
    parts = split_name(name) if name else None
    address = normalised_address(texts["address"] or "")
    record: dict[str, object] = {
        "firm_id": texts["firm_id"],
        "name": name,
        # an id that is a valid key is one: sources often number firms by it
        "credit_code": identity_keys.credit_code(texts["credit_code"] or texts["firm_id"]),
        "lei": identity_keys.lei(texts["lei"] or texts["firm_id"]),
        "vat_number": identity_keys.vat_number(texts["vat_number"]),
        "company_number": identity_keys.company_number(texts["register"], texts["company_number"]),
        "address": address or None,
        "address_digits": "".join(c for c in address if c.isdigit()),
        "region": _folded_word(texts["region"]),
        "industry": _folded_word(texts["industry"]),
        "founded_on": row["founded_on"],
        "persons": row["persons"] or None,
    }
    for part in _NAME_PARTS:
        record[part] = (getattr(parts, part) or None) if parts else None
    return record


@lru_cache(maxsize=10_000)
def _folded_word(text: str | None) -> str | None:
    """Return a region or industry in one spelling; few words, repeated in most rows."""
    return (folded(text).strip() or None) if text else None
