"""`scgraph check`: the memo of a shop that asks for a loan."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypedDict

import lazy_loader
import typer

from supplyrisk import services
from supplyrisk.cli.error_reports import usage
from supplyrisk.cli.memo_files import check_memo_file, write_memo
from supplyrisk.cli.options import PolicyFile, parse_amount
from supplyrisk.cli.session import Session, with_session

# It brings all of a memo along, which the other commands do without.
memo_screen = lazy_loader.load("supplyrisk.cli.render.memo_screen", suppress_warning=True)

EXAMPLE = "scgraph check F0000042 --amount 200000 --days 90 -o memo.html"


class Product(StrEnum):
    """Loan products, as in the table loans."""

    ORDER = "order"
    CREDIT = "credit"
    SUPPLY_CHAIN = "supply_chain"
    OTHER = "other"


class MemoLanguage(StrEnum):
    """Language of a memo."""

    EN = "en"
    ZH = "zh"


class CheckOptions(TypedDict):
    """Options of both kinds of check, by the names of the services' parameters."""

    amount: float
    days: int
    product: str
    lgd: float | None
    other_debt: float | None
    rate: float | None
    policy: Path | None
    prepared_by: str | None
    record: bool
    command: str | None


@with_session("store")
def check(
    session: Session,
    shop: Annotated[
        str | None, typer.Argument(metavar="SHOP", help="A firm_id or a firm's name.", show_default=False)
    ] = None,
    *,
    amount: Annotated[
        float | None,
        typer.Option(
            parser=parse_amount,
            metavar="MONEY",
            help="Amount requested, without separators: 20000.",
        ),
    ] = None,
    days: Annotated[int | None, typer.Option(metavar="DAYS", help="Term of the loan in days.")] = None,
    product: Annotated[Product, typer.Option(help="Loan product.")] = Product.ORDER,
    lender: Annotated[
        str | None,
        typer.Option(metavar="ID", help="A lender_id: its concentration limits are applied too."),
    ] = None,
    repays: Annotated[
        list[str] | None,
        typer.Option(metavar="LOAN", help="A loan_id of the firm that the loan repays. May be repeated."),
    ] = None,
    other_debt: Annotated[
        float | None,
        typer.Option(
            parser=parse_amount,
            metavar="MONEY",
            help="What the firm owes beside the loans in the data; 0 if nothing.",
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Annual interest rate, a share: 0.08 is 8%. Default: only the rate that meets the hurdle is shown.",
        ),
    ] = None,
    collateral: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="A collateral_id, or a credit insurance, that secures the loan. May be repeated.",
        ),
    ] = None,
    backed_by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORDER",
            help="An order, ORDER/ITEM, invoice number or row_id of a trade that the loan finances. May be repeated.",
        ),
    ] = None,
    lgd: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Loss given default, 0 to 1. Default: the policy's.",
        ),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A TOML file with the facts of a shop that is not in the data, in place of SHOP.",
        ),
    ] = None,
    show_facts: Annotated[
        bool, typer.Option("--show-facts", help="Print an example of a file for --facts and exit.")
    ] = False,
    policy: PolicyFile = None,
    show_policy: Annotated[
        bool, typer.Option("--show-policy", help="Print the default policy and exit.")
    ] = False,
    prepared_by: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Who is named as the preparer of the memo.", show_default="user@host"
        ),
    ] = None,
    record: Annotated[bool, typer.Option(help="Append the memo to the audit log of the workspace.")] = True,
    language: Annotated[
        MemoLanguage,
        typer.Option(
            "--lang",
            help="Language on the terminal and of a .pdf memo, and the one in which an .html memo opens.",
        ),
    ] = MemoLanguage.EN,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the memo to .html, .pdf or .json."),
    ] = None,
) -> None:
    """Write a credit memo: who the firm is, its PD, its supply chain, expected loss, credit limit and conclusion.

    It uses the stored scores (scgraph score) and the graph. The conclusion follows the policy; a person decides.
    """
    if show_policy:
        print(services.default_policy(), end="")
        return
    if show_facts:
        print(services.facts_example(), end="")
        return
    if facts is not None:
        of_data = {
            "SHOP": shop,
            "--lender": lender,
            "--repays": repays,
            "--collateral": collateral,
            "--backed-by": backed_by,
        }
        if any(of_data.values()):
            named = ", ".join(name for name, value in of_data.items() if value)
            raise usage(f"--facts is of a shop that is not in the data; expected no {named} beside it")
    if (shop is None and facts is None) or amount is None or days is None:
        raise usage("expected SHOP or --facts FILE, --amount MONEY and --days DAYS, or --show-policy")
    check_memo_file(output)
    request = CheckOptions(
        amount=amount,
        days=days,
        product=product.value,
        lgd=lgd,
        other_debt=other_debt,
        rate=rate,
        policy=policy,
        prepared_by=prepared_by,
        record=record,
        command=session.command_line,
    )
    with session.talk.progress(quick=True) as progress:
        if facts is not None:
            result = services.check_facts(session.workspace, facts, **request, progress=progress)
        else:
            assert shop is not None  # noqa: S101
            result = services.check(
                session.workspace,
                shop,
                lender=lender,
                repays=repays or (),
                collateral=collateral or (),
                backed_by=backed_by or (),
                **request,
                progress=progress,
            )
    if output:
        notes = write_memo(output, result, language.value)
        session.talk.say(memo_screen.conclusion_line(result.memo, language.value))
        for note in (f"memo written to {output}", *notes):
            session.talk.say(note)
    if not session.prints_json(result) and not output:
        memo_screen.show_memo(result, language.value)
    session.talk.say_synthetic(result.memo.synthetic, result.memo.synthetic_model)
    if facts is not None and record and result.record is None:
        session.talk.say("not recorded: the workspace has no data, so it has no audit log")
    if result.record is not None:
        session.talk.say(
            f"recorded in the audit log as entry {result.record}: scgraph audit show {result.record}"
        )
