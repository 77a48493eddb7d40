"""Tables written in any combination of the forms that a mapping can describe."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from hypothesis import strategies as st

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WIDE = str.maketrans("0123456789.,-", "０１２３４５６７８９．，－")
UNITS = {"万": 4, "亿": 8, "k": 3, "%": -2}
DATE_FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y", "%d-%b-%Y", "%Y年%m月%d日", "%Y%m%d", "excel")


Row = tuple[tuple[int, int] | None, date | None, int]
"""A number as digits and decimal places, a day, and which of the permitted forms they are written in."""


@dataclass(frozen=True)
class Source:
    """How a source writes: the keys of its mapping, and the form of each cell where a source may use several."""

    keys: dict[str, object] = field(default_factory=dict)

    def number(self, digits: int, places: int, variant: int) -> str:
        """Write digits / 10**places; the variant chooses among the forms that the keys permit."""
        unit = [*self.keys["units"], "%" if self.keys["percent"] else ""][
            variant % 5 % (len(self.keys["units"]) + 1)
        ]  # type: ignore[arg-type, misc]
        places += UNITS.get(unit, 0)
        # a unit moves the point: 1.5 is 0.00015万 and 150%
        digits, places = (digits * 10 ** max(-places, 0), max(places, 0))
        whole, rest = divmod(digits, 10**places)
        text = f"{whole:,}".replace(",", str(self.keys["thousands"])) if variant % 2 else str(whole)
        text += f"{self.keys['decimal']}{rest:0{places}d}" if places else ""
        signs = [*self.keys["currency_signs"], ""]  # type: ignore[misc]
        sign = signs[variant % len(signs)]
        text = f"{sign} {text}{unit}".strip() if variant % 3 else f"{text}{unit}{sign}"
        return text.translate(WIDE) if self.keys["full_width"] and variant % 7 else text

    def day(self, day: date, variant: int) -> str:
        forms = self.keys["dates"]
        form = forms[variant % len(forms)]  # type: ignore[arg-type, index]
        if form == "excel":
            return str((day - date(1899, 12, 30)).days)
        text = form.replace("%b", MONTHS[day.month - 1]).replace("%Y", f"{day.year:04}")
        padded = variant % 2 or form == "%Y%m%d"
        for code, value in (("%m", day.month), ("%d", day.day), ("%y", day.year % 100)):
            text = text.replace(code, f"{value:02}" if padded or code == "%y" else str(value))
        return str(text)


@st.composite
def sources(draw: st.DrawFn) -> Source:
    decimal = draw(st.sampled_from([".", ","]))
    thousands = draw(st.sampled_from([sign for sign in ("", ",", ".", " ", "'", "_") if sign != decimal]))
    units = draw(st.lists(st.sampled_from(["万", "亿", "k"]), unique=True))
    percent = draw(st.booleans())
    keys: dict[str, object] = {
        "decimal": decimal,
        "thousands": thousands,
        "units": units,
        "percent": percent,
        "full_width": draw(st.booleans()),
        "currency_signs": draw(st.lists(st.sampled_from(["¥", "€", "CNY"]), unique=True)),
        "dates": draw(st.lists(st.sampled_from(DATE_FORMS), min_size=1, unique=True)),
        "missing": draw(st.lists(st.sampled_from(["-", "NULL", "N/A", "0000-00-00"]), unique=True)),
        "delimiter": draw(st.sampled_from([",", ";", "\t", "|"])),
        "encoding": draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"])),
        "trim": draw(st.booleans()),
        "preamble": draw(st.integers(0, 3)),
        "footer": draw(st.integers(0, 2)),
        "header": draw(st.sampled_from([True, ["firm_id", "registered_capital", "founded_on", "state"]])),
        "trailing_delimiter": draw(st.booleans()),
    }
    return Source(keys)


# %y is 1969 to 2068
days = st.dates(date(1970, 1, 1), date(2060, 12, 31))
rows = st.lists(
    st.tuples(
        st.none() | st.tuples(st.integers(0, 10**9), st.integers(0, 6)), st.none() | days, st.integers(0, 999)
    ),
    min_size=1,
    max_size=60,
)


def mapping_text(source: Source) -> str:
    keys = {
        key: value for key, value in source.keys.items() if value not in ("", [], False) and key != "units"
    }
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items()]
    units = ", ".join(f'"{u}" = 1e{UNITS[u]}' for u in source.keys["units"])  # type: ignore[attr-defined]
    entry = ["[[source]]", 'file = "book.csv"', 'table = "firms"', 'where = { state = "ok" }']
    return "\n".join(["[format]", *lines, f"units = {{ {units} }}", *entry, ""])


def write_book(path: Path, source: Source, table: list[Row], state: str = "state") -> int:
    """Write the table in the source's form with void rows between its rows, and return the number of void rows.

    state: name of the column that says which rows are void.
    """
    keys = source.keys
    words = ["", *keys["missing"]]  # type: ignore[misc]
    end = [""] if keys["trailing_delimiter"] else []
    pad = "\t" if keys["trim"] and keys["delimiter"] != "\t" else ""
    void = 0
    with path.open("w", encoding=str(keys["encoding"]), newline="") as out:
        out.write('Statement of "March\n' * int(keys["preamble"]))  # type: ignore[call-overload]
        writer = csv.writer(out, delimiter=str(keys["delimiter"]), lineterminator="\n")
        if keys["header"] is True:
            writer.writerow(["firm_id" + pad, "registered_capital", "founded_on", state])
        for number, (amount, day, variant) in enumerate(table):
            missing = words[variant % len(words)]
            capital = source.number(*amount, variant) if amount else missing
            founded = source.day(day, variant) if day else missing
            writer.writerow([f"{number:03}{pad}", capital + pad, founded, "ok", *end])
            if variant % 5 == 0:
                void += 1
                writer.writerow(["", "not a number", "", "void", *end])
        out.write('end of "it\n' * int(keys["footer"]))  # type: ignore[call-overload]
    return void


def values_of(table: list[Row]) -> list[dict[str, object]]:
    """The table as it has to be loaded."""
    return [
        {
            "firm_id": f"{number:03}",
            # the double that the exact decimal is nearest to
            "registered_capital": float(f"{amount[0]}e-{amount[1]}") if amount else None,
            "founded_on": day,
        }
        for number, (amount, day, _) in enumerate(table)
    ]
