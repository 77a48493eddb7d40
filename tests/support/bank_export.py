"""The export of a bank as it really is: German and Chinese files, two encodings, two decimal forms, and its flaws."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

FIRST_DAY = date(2023, 1, 1)
DAYS = 730
_BRANCHES = ("Großhandel", "Möbel", "Maschinenbau", "Textil", "Elektro")
_PLACES = ("Köln", "München", "Nürnberg", "Düsseldorf", "Hamburg")


@dataclass(frozen=True)
class BankExport:
    """What the files hold.

    Parameters
    ----------
    firms, defaults, trades, loan_states: numbers of rows, without duplicates.
    duplicates: repeated rows of trades.
    missing_partners: ids that trades name and the list of firms lacks.
    """

    firms: int
    defaults: int
    trades: int
    loan_states: int
    duplicates: int
    missing_partners: int


def write_bank_export(folder: Path, firms: int = 500, defaults: int = 30, seed: int = 7) -> BankExport:
    """Write the files into a folder; firms that will default pay late for half a year before."""
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    ids = [f"{number:06}" for number in range(1, firms + 1)]
    fallen = {
        firm: FIRST_DAY + timedelta(days=rng.randrange(220, DAYS - 10)) for firm in rng.sample(ids, defaults)
    }
    strangers = [f"{900_000 + number}" for number in range(firms // 12)]
    _write_firms(folder / "Kundenstamm.csv", ids, rng)
    trades = _trades(ids, strangers, fallen, rng)
    duplicates = _write_trades(folder, trades, rng)
    states = _write_loans(folder / "Kreditbestand.csv", ids, fallen, rng)
    lines = ["Kundennr;Ausfalldatum;Ausfallbetrag"]
    lines += [
        f"{firm};{day:%d.%m.%Y};{_german(rng.uniform(5e3, 2e6))}" for firm, day in sorted(fallen.items())
    ]
    (folder / "Ausfälle.csv").write_bytes("\r\n".join(lines).encode("cp1252"))
    named = {firm for trade in trades for firm in (trade.supplier, trade.customer)}
    return BankExport(firms, defaults, len(trades), states, duplicates, len(named - set(ids)))


def _german(amount: float) -> str:
    """Write an amount as 1.234,50."""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def _write_firms(path: Path, ids: list[str], rng: random.Random) -> None:
    lines = ["Kundennr;Firma;Branche;Ort;Stammkapital (TEUR);Gegründet am;Kunde seit;Betreuer"]
    for firm in ids:
        founded = date(1980, 1, 1) + timedelta(days=rng.randrange(14_000))
        capital = "k.A." if rng.random() < 0.05 else _german(rng.uniform(25, 5_000))
        lines.append(
            f"{firm};Müller & Söhne {firm} GmbH;{rng.choice(_BRANCHES)};{rng.choice(_PLACES)};{capital};"
            f"{founded:%d.%m.%Y};01.01.2023;Frau Groß"
        )
    path.write_bytes("\r\n".join(lines).encode("cp1252"))


@dataclass(frozen=True)
class _Trade:
    number: int
    supplier: str
    customer: str
    day: date
    amount: float
    due: date
    paid: date | None


def _trades(
    ids: list[str], strangers: list[str], fallen: dict[str, date], rng: random.Random
) -> list[_Trade]:
    """Return the trades of two years; each firm buys of a few suppliers, now and then of one in no list."""
    trades = []
    last = FIRST_DAY + timedelta(days=DAYS)
    for customer in ids:
        suppliers = [s for s in rng.sample(ids, 4) if s != customer]
        if rng.random() < 0.3:
            suppliers.append(rng.choice(strangers))
        for _ in range(rng.randrange(10, 30)):
            day = FIRST_DAY + timedelta(days=rng.randrange(DAYS))
            default = fallen.get(customer)
            if default and day > default:
                continue
            due = day + timedelta(days=30)
            late = rng.randrange(25, 60) if default and (default - day).days < 180 else rng.randrange(0, 6)
            paid = due + timedelta(days=late)
            amount = rng.lognormvariate(9, 1)
            supplier = rng.choice(suppliers)
            trades.append(
                _Trade(len(trades) + 1, supplier, customer, day, amount, due, paid if paid < last else None)
            )
    return trades


def _write_trades(folder: Path, trades: list[_Trade], rng: random.Random) -> int:
    """Write the trades of each year as the Chinese system exports them, and return the number of repeated rows."""
    duplicates = 0
    for year in (2023, 2024):
        lines = ["交易编号,供应商编号,客户编号,交易日期,金额(元),应付日期,付款日期,状态"]
        for trade in trades:
            if trade.day.year != year:
                continue
            paid = _chinese(trade.paid) if trade.paid else "--"
            cells = (
                trade.supplier,
                trade.customer,
                _chinese(trade.day),
                f'"{trade.amount:,.2f}"',
                _chinese(trade.due),
                paid,
            )
            lines.append(f"T{trade.number:07},{','.join(cells)},有效")
            if rng.random() < 0.01:
                lines.append(lines[-1])
                duplicates += 1
            if rng.random() < 0.01:
                lines.append(f"X{trade.number:07},{','.join(cells)},已作废")
        (folder / f"交易明细_{year}.csv").write_bytes("\n".join([*lines, ""]).encode("gb18030"))
    return duplicates


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _write_loans(path: Path, ids: list[str], fallen: dict[str, date], rng: random.Random) -> int:
    """Write the state of each loan at the end of each quarter, and return the number of rows."""
    lines = [
        "Kreditbestand der Filiale Köln",
        "",
        "Kreditnr;Kundennr;Stichtag;Limit;Saldo;Zinssatz;Verzugstage",
    ]
    ends = [
        date(year, month, day)
        for year in (2023, 2024)
        for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))
    ]
    for number, firm in enumerate(rng.sample(ids, len(ids) // 2), 1):
        limit = rng.uniform(2e4, 3e6)
        rate = rng.uniform(2.5, 9)
        for day in ends:
            default = fallen.get(firm)
            overdue = min(89, max(0, 90 - (default - day).days)) if default and day < default else 0
            if default and day >= default:
                continue
            cells = (f"KR{number:05}", firm, f"{day:%d.%m.%Y}", _german(limit), _german(limit * rng.random()))
            lines.append(f"{';'.join(cells)};{f'{rate:.2f}'.replace('.', ',')} %;{overdue}")
    path.write_bytes("\r\n".join([*lines, f"Summe: {len(lines) - 3} Zeilen", ""]).encode("cp1252"))
    return len(lines) - 3
