"""Verbs of the lender's desk: check, and audit with its parts (`checking` does the work)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from supplyrisk.cli.errors import usage
from supplyrisk.cli.options import (
    Json,
    Output,
    StoreOption,
    Workspace,
    begin,
    parse_amount,
    parse_day,
)


class Product(StrEnum):
    """Kinds of credit, as in the table loans."""

    ORDER = "order"
    CREDIT = "credit"
    SUPPLY_CHAIN = "supply_chain"
    OTHER = "other"


class Language(StrEnum):
    """Language of a memo."""

    EN = "en"
    ZH = "zh"


def check(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    shop: Annotated[str | None, typer.Argument(metavar="SHOP", help="A firm_id or a name.")] = None,
    *,
    amount: Annotated[
        float | None,
        typer.Option(
            parser=parse_amount,
            metavar="MONEY",
            help="The amount that is asked for: 20000, without separators.",
        ),
    ] = None,
    days: Annotated[int | None, typer.Option(metavar="DAYS", help="The term.")] = None,
    product: Annotated[Product, typer.Option(help="Kind of credit.")] = Product.ORDER,
    lender: Annotated[str | None, typer.Option(metavar="ID", help="Whose book is looked at, too.")] = None,
    lgd: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Loss given default; else the policy's.", show_default=False),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A policy; else the shipped one.")
    ] = None,
    show_policy: Annotated[
        bool, typer.Option("--show-policy", help="Print the shipped policy and stop.")
    ] = False,
    record: Annotated[bool, typer.Option(help="Put the memo on record in the workspace.")] = True,
    language: Annotated[
        Language, typer.Option("--lang", help="Language of the screen; the page is in both and opens in it.")
    ] = Language.EN,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the memo to .html or .json.")
    ] = None,
    store: StoreOption = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Work out a lender's memo: who a shop is, how it may fail, what is lost, what may be lent.

    It rests on the kept scores (scgraph score) and the graph. The conclusion is the policy's; a person decides.
    """
    if show_policy:
        from supplyrisk.graph.credit import shipped_policy  # noqa: PLC0415 - only where it is needed

        print(shipped_policy(), end="")
        return
    if shop is None or amount is None or days is None:
        raise usage("expected SHOP, --amount MONEY and --days DAYS, or --show-policy")
    from supplyrisk.cli.checking import Wanted, check_shop  # noqa: PLC0415 - Arrow, only where it is needed
    from supplyrisk.graph.credit import LoanRequest  # noqa: PLC0415

    request = LoanRequest(amount, days, product.value, lgd, lender)
    wanted = Wanted(policy, output, language.value, record)
    check_shop(begin(context, as_json, workspace=workspace, store=store), shop, request, wanted)


def portfolio(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    lender: Annotated[str, typer.Argument(metavar="LENDER", help="A lender_id of the table loans.")],
    *,
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A policy; else the shipped one.")
    ] = None,
    level: Annotated[
        float, typer.Option(min=0.5, max=0.9999, metavar="SHARE", help="Of value at risk and shortfall.")
    ] = 0.99,
    replicas: Annotated[int, typer.Option(min=1000, metavar="N", help="Draws of defaults.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 0,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIMIT", help="Exit 5 if it is breached: SINGLE_NAME, CHAIN or any; may be repeated."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write everything to .json.")
    ] = None,
    store: StoreOption = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """Show a lender's book: EL, VaR and ES with contagion and without, concentrations, limits.

    EL is the sum of PD x LGD x EAD over the horizon. The tail is drawn: defaults from base PDs, spread along the
    learned links, and the same draws not spread.
    """
    from supplyrisk.cli.portfolio import Wanted, show_portfolio  # noqa: PLC0415 - numba, only where it is needed
    from supplyrisk.graph.credit import DrawSettings  # noqa: PLC0415

    session = begin(context, as_json, workspace=workspace, store=store)
    show_portfolio(
        session, Wanted(lender, policy, DrawSettings(replicas, level, seed), fail_on or ()), output
    )


def monitor(  # noqa: PLR0913 - one parameter per option
    context: typer.Context,
    *,
    since: Annotated[
        date,
        typer.Option(
            parser=parse_day, metavar="DATE", help="Compare with the last scored day on or before this one."
        ),
    ],
    lender: Annotated[
        str | None, typer.Option(metavar="ID", help="Only its borrowers; else every lender's.")
    ] = None,
    pd_factor: Annotated[
        float | None,
        typer.Option(metavar="FACTOR", help="By which a PD rises or falls before it is an alert; else 2."),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="Exit 5 on an alert of this kind: STATE, GRADE, PD_UP, PD_DOWN, REASONS, NEIGHBOURHOOD or any; may "
            "be repeated.",
        ),
    ] = None,
    output: Output = None,
    store: StoreOption = None,
    as_json: Json = False,
    workspace: Workspace = None,
) -> None:
    """List the borrowers whose score, reasons or neighbourhood changed since a day, and why.

    It compares what scgraph score kept of two days, the later one being that of the graph. A cause is the firm's own
    data, its neighbours or another model.
    """
    from supplyrisk.cli.monitoring import Wanted, monitor_book  # noqa: PLC0415 - Arrow, only where it is needed

    session = begin(context, as_json, workspace=workspace, store=store, pd_factor=pd_factor)
    monitor_book(session, Wanted(since, lender, fail_on or ()), output)
