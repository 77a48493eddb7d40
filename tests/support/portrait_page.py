"""The tables of docs/portrait.md, from the registers of indicators and indices.

python tests/support/portrait_page.py  # writes them into the page
"""

from __future__ import annotations

from pathlib import Path

from supplyrisk.graph.merchant.portrait import GROUPS, INDICATORS, INDICES, Indicator
from supplyrisk.graph.texts.text_files import read_texts

PAGE = Path(__file__).resolve().parents[2] / "docs" / "portrait.md"
_TEXTS = {lang: read_texts("supplyrisk.graph.texts", "portrait", lang) for lang in ("en", "zh")}
_HEADS = {
    "indicators": ("indicator", "key", "Chinese", "what it is", "unit", "better", "table and columns"),
    "indices": ("index", "Chinese", "part", "weight", "better", "least parts"),
}


def tables() -> dict[str, str]:
    """The tables of the page by name."""
    return {"indicators": _indicators(), "indices": _indices()}


def with_tables(page: str) -> str:
    """The page with its tables as the registers have them."""
    for name, table in tables().items():
        mark = f"<!-- {name} -->"
        before, _, after = page.split(mark)
        page = f"{before}{mark}\n{table}\n{mark}{after}"
    return page


def _indicators() -> str:
    rows = []
    for group in GROUPS:
        rows.append(f"| **{_TEXTS['en'][f'group.{group}']}** | | {_TEXTS['zh'][f'group.{group}']} | | | | |")
        rows += [_row(each) for each in INDICATORS.values() if each.group == group]
    return _table("indicators", rows)


def _row(each: Indicator) -> str:
    name, meaning = _TEXTS["en"][f"name.{each.key}"], _TEXTS["en"][f"meaning.{each.key}"]
    days = () if each.rows.day in ("", "days_ago") else (f"{each.rows.day.removesuffix('_ago')}_on",)
    columns = (column for column in (*each.records, *each.needs, *days) if column != "days_ago")
    read = ", ".join(dict.fromkeys(f"`{column}`" for column in columns))
    source = f"`{each.rows.table}`" + (f": {read}" if read else "")
    return (
        f"| {name} | `{each.key}` | {_TEXTS['zh'][f'name.{each.key}']} | {meaning} | {each.unit} | "
        f"{each.better} | {source} |"
    )


def _indices() -> str:
    rows = []
    for index in INDICES.values():
        for number, part in enumerate(index.parts):
            heading = (
                _TEXTS["en"][f"index.{index.key}"],
                _TEXTS["zh"][f"index.{index.key}"],
                str(index.least),
            )
            title, chinese, least = heading if number == 0 else ("", "", "")
            name = _TEXTS["en"][f"name.{part.indicator}"]
            text = _TEXTS["en"][f"figure.{part.figure}"].format(name=name)
            better = INDICATORS[part.indicator].better
            rows.append(f"| {title} | {chinese} | {text} | {part.weight:g} | {better} | {least} |")
    return _table("indices", rows)


def _table(name: str, rows: list[str]) -> str:
    head = _HEADS[name]
    return "\n".join((f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows))


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
