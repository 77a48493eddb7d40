"""Firms that sources write in different ways, with known truth: what matching is measured on.

Of a world's firms, a share is listed a second time as another source would: typing errors, legal forms left out,
traditional characters, full width, brackets elsewhere, keys missing, another address. Families of really different
firms share a brand: 上海华盛贸易 and 北京华盛贸易,
上海华盛贸易 and 上海华盛科技, numbered branches, firms of one name in
two towns.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pyarrow as pa
from opencc_purepy import OpenCC
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10, mod_97_10

PLACES = (
    "上海",
    "北京",
    "广州",
    "深圳",
    "杭州",
    "宁波",
    "苏州",
    "成都",
    "武汉",
    "厦门",
    "青岛",
    "东莞",
    "义乌",
    "佛山",
    "泉州",
    "温州",
)
TOWNS = (
    "Berlin",
    "Hamburg",
    "München",
    "Köln",
    "Stuttgart",
    "Leipzig",
    "Bremen",
    "Dresden",
    "Hannover",
    "Nürnberg",
)
CHINESE_TRADES = (
    "贸易",
    "科技",
    "电子",
    "服饰",
    "食品",
    "物流",
    "建材",
    "机械",
    "化工",
    "玩具",
    "进出口",
    "实业",
    "五金制品",
    "供应链管理",
)
GERMAN_TRADES = (
    "Handel",
    "Logistik",
    "Elektronik",
    "Maschinenbau",
    "Textil",
    "Lebensmittel",
    "Möbel",
    "Technik",
)
CHARACTERS = (
    "华盛宏达鑫源恒泰顺丰德瑞金龙永兴天宇嘉和佳美新世纪万通博雅中信海"
    "润东方明远安康利民国泰富强光辉腾飞锦绣凯旋诚伟业隆昌"
)
SURNAMES = [
    "Müller",
    "Schmidt",
    "Schneider",
    "Fischer",
    "Weber",
    "Meyer",
    "Wagner",
    "Becker",
    "Schulz",
    "Hoffmann",
    "Koch",
    "Richter",
    "Klein",
    "Wolf",
    "Schröder",
    "Neumann",
    "Schwarz",
    "Braun",
    "Hofmann",
    "Krüger",
    "Hartmann",
    "Lange",
    "Krause",
    "Lehmann",
    "Köhler",
    "Herrmann",
    "König",
    "Walter",
    "Huber",
    "Kaiser",
    "Fuchs",
    "Peters",
    "Scholz",
    "Möller",
    "Weiß",
    "Jung",
    "Hahn",
    "Vogel",
    "Friedrich",
    "Keller",
    "Günther",
    "Frank",
    "Winkler",
    "Lorenz",
    "Baumann",
    "Albrecht",
    "Simon",
    "Böhm",
]
STREETS = (
    "世纪大道",
    "人民路",
    "解放路",
    "中山路",
    "建设路",
    "长江路",
    "工业大道",
    "科技园路",
    "新华街",
    "和平路",
)
GERMAN_STREETS = (
    "Hauptstraße",
    "Bahnhofstraße",
    "Gartenstraße",
    "Industriestraße",
    "Lindenweg",
    "Am Markt",
    "Ringstraße",
)
_TRADITIONAL = OpenCC("s2t")
_WIDE = str.maketrans({chr(c): chr(c + 0xFEE0) for c in range(0x21, 0x7F)})


@dataclass(frozen=True)
class ListedFirm:
    """A firm as one source lists it; truth: the number of the firm that it really is."""

    firm_id: str
    truth: int
    chinese: bool
    place: str
    brand: str
    trade: str
    form: str
    branch: str = ""
    name: str = ""
    region: str | None = None
    industry: str | None = None
    founded_on: date | None = None
    credit_code: str | None = None
    lei: str | None = None
    vat_number: str | None = None
    company_number: str | None = None
    register: str | None = None
    address: str | None = None
    persons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dirt:
    """Shares by which second listings differ from the first.

    listed_twice: of the firms. no_key: of listings without any key. Others: of second listings.
    """

    listed_twice: float = 0.2
    no_key: float = 0.5
    typo: float = 0.15
    no_form: float = 0.3
    other_form: float = 0.1
    traditional: float = 0.15
    wide: float = 0.1
    brackets: float = 0.2
    no_place: float = 0.1
    moved: float = 0.15
    no_address: float = 0.3
    no_persons: float = 0.5
    no_founding: float = 0.3
    other_founding: float = 0.05
    no_region: float = 0.2
    wrong_digit: float = 0.05


@dataclass(frozen=True)
class DirtyFirms:
    """Listed firms, and the pairs of ids that are one firm, the smaller id first."""

    firms: Sequence[ListedFirm]
    pairs: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def tables(self) -> dict[str, pa.Table]:
        """The contract's tables firms, persons and relations."""
        columns = [
            "firm_id",
            "name",
            "region",
            "industry",
            "founded_on",
            "credit_code",
            "lei",
            "vat_number",
            "company_number",
            "register",
            "address",
        ]
        persons = sorted({person for firm in self.firms for person in firm.persons})
        links = [(person, firm.firm_id) for firm in self.firms for person in firm.persons]
        return {
            "firms": pa.table({c: pa.array([getattr(f, c) for f in self.firms]) for c in columns}),
            "persons": pa.table({"person_id": pa.array(persons, pa.string())}),
            "relations": pa.table(
                {
                    "from_id": pa.array([person for person, _ in links], pa.string()),
                    "to_id": pa.array([firm for _, firm in links], pa.string()),
                    "kind": pa.array(["owns"] * len(links), pa.string()),
                }
            ),
        }


def dirty_firms(count: int, seed: int, dirt: Dirt = Dirt()) -> DirtyFirms:
    """`count` firms, and second listings of a share of them."""
    rng = random.Random(seed)
    clean = clean_firms(count, rng)
    listed = [_without_keys(firm) if rng.random() < dirt.no_key else firm for firm in clean]
    again = [_listed_again(firm, rng, dirt) for firm in clean if rng.random() < dirt.listed_twice]
    pairs = {(f"F{firm.truth:07}", firm.firm_id) for firm in again}
    firms = [*listed, *again]
    rng.shuffle(firms)
    return DirtyFirms(firms, frozenset(pairs))


def clean_firms(count: int, rng: random.Random) -> list[ListedFirm]:
    """Firms with all keys, a third of them in families that share a brand."""
    firms: list[ListedFirm] = []
    names: set[str] = set()
    while len(firms) < count:
        first = _new_firm(len(firms), rng)
        family = [first]
        if rng.random() < 0.2:
            family += [_sibling(first, len(firms) + 1 + n, rng) for n in range(rng.randint(1, 4))]
        for firm in family:
            # a register has each name once; German ones are of a town
            name = clean_name(firm) + (firm.register or "")
            if name not in names and len(firms) < count:
                names.add(name)
                firms.append(
                    replace(firm, firm_id=f"F{len(firms):07}", truth=len(firms), name=clean_name(firm))
                )
    return firms


def clean_name(firm: ListedFirm) -> str:
    if firm.chinese:
        return f"{firm.place}{firm.brand}{firm.trade}{firm.form}{firm.branch}"
    return " ".join(part for part in (firm.brand, firm.trade, firm.form, firm.branch) if part)


def _new_firm(number: int, rng: random.Random) -> ListedFirm:
    chinese = rng.random() < 0.7
    if chinese:
        brand = "".join(rng.choice(CHARACTERS) for _ in range(rng.choice((2, 2, 2, 3, 4))))
        trade = rng.choice(CHINESE_TRADES)
        form = rng.choice(("有限公司", "有限公司", "有限公司", "有限责任公司", "股份有限公司"))
        place = rng.choice(PLACES)
    else:
        brand = " & ".join(sorted(rng.sample(SURNAMES, 2))) if rng.random() < 0.5 else rng.choice(SURNAMES)
        trade = rng.choice(GERMAN_TRADES)
        form = rng.choice(("GmbH", "GmbH", "GmbH & Co. KG", "AG"))
        place = rng.choice(TOWNS)
    firm = ListedFirm("", number, chinese, place, brand, trade, form)
    return _with_particulars(firm, rng)


def _sibling(firm: ListedFirm, number: int, rng: random.Random) -> ListedFirm:
    """A really different firm that shares the brand: of another place or trade, or a branch."""
    kind = rng.choice(("place", "place", "trade", "branch"))
    places = PLACES if firm.chinese else TOWNS
    trades = CHINESE_TRADES if firm.chinese else GERMAN_TRADES
    other = replace(firm, truth=number)
    if kind == "place":
        other = replace(other, place=rng.choice(places))
    elif kind == "trade":
        other = replace(other, trade=rng.choice(trades))
    elif firm.chinese:
        other = replace(other, branch=rng.choice(("第一", "第二", "第三", "第四")) + "分公司")
    else:
        other = replace(other, place=rng.choice(places), branch=f"Zweigniederlassung {rng.choice(TOWNS)}")
    other = _with_particulars(other, rng)
    if rng.random() < 0.5:
        other = replace(other, persons=firm.persons)
    if rng.random() < 0.3:
        other = replace(other, address=firm.address, region=firm.region)
    return other


def _with_particulars(firm: ListedFirm, rng: random.Random) -> ListedFirm:
    persons = tuple(sorted(f"P{rng.randrange(10**7):07}" for _ in range(rng.choice((1, 1, 2, 3)))))
    founded_on = date(2000, 1, 1) + timedelta(days=rng.randrange(9000))
    number = rng.randint(1, 300)
    firm = replace(firm, persons=persons, founded_on=founded_on, region=firm.place, industry=firm.trade)
    lei = _lei(rng) if rng.random() < 0.1 else None
    if firm.chinese:
        address = f"{firm.place}市{rng.choice(STREETS)}{number}号{rng.randint(101, 2999)}室"
        return replace(firm, credit_code=_credit_code(rng), lei=lei, address=address)
    address = f"{rng.choice(GERMAN_STREETS)} {number}, {rng.randint(10000, 99999)} {firm.place}"
    return replace(
        firm,
        lei=lei,
        vat_number=_german_vat(rng),
        company_number=f"HRB {rng.randint(1000, 250000)}",
        register=f"Amtsgericht {firm.place}",
        address=address,
    )


def _credit_code(rng: random.Random) -> str:
    body = f"91{rng.choice((310000, 110000, 440100, 330100, 320500))}" + "".join(
        rng.choice("0123456789ABCDEFGHJKLMNPQRTUWXY") for _ in range(9)
    )
    return body + str(uscc.calc_check_digit(body))


def _lei(rng: random.Random) -> str:
    body = "".join(rng.choice("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(18))
    return body + str(mod_97_10.calc_check_digits(body))


def _german_vat(rng: random.Random) -> str:
    body = str(rng.randint(10**7, 10**8 - 1))
    return f"DE{body}{mod_11_10.calc_check_digit(body)}"


def _without_keys(firm: ListedFirm) -> ListedFirm:
    return replace(firm, credit_code=None, lei=None, vat_number=None, company_number=None, register=None)


def _listed_again(firm: ListedFirm, rng: random.Random, dirt: Dirt) -> ListedFirm:
    def happens(share: float) -> bool:
        return rng.random() < share

    again = replace(firm, firm_id=f"X{firm.truth:07}", name=_dirty_name(firm, rng, dirt))
    if happens(dirt.no_key):
        again = _without_keys(again)
    elif happens(dirt.wrong_digit) and again.credit_code:
        digits = list(again.credit_code)
        digits[10] = "7" if digits[10] != "7" else "8"
        again = replace(again, credit_code="".join(digits))
    if happens(dirt.no_address):
        again = replace(again, address=None)
    elif happens(dirt.moved):
        again = replace(again, address=_with_particulars(again, rng).address)
    elif again.address:
        again = replace(
            again, address=again.address.replace("市", "").replace("号", "號").replace("straße", "str.")
        )
    if happens(dirt.no_persons):
        again = replace(again, persons=())
    if happens(dirt.no_founding):
        again = replace(again, founded_on=None)
    elif happens(dirt.other_founding) and again.founded_on:
        again = replace(again, founded_on=again.founded_on + timedelta(days=rng.randint(1, 900)))
    if happens(dirt.no_region):
        again = replace(again, region=None)
    return again


def _dirty_name(firm: ListedFirm, rng: random.Random, dirt: Dirt) -> str:
    def happens(share: float) -> bool:
        return rng.random() < share

    brand = _mistyped(firm.brand, rng) if happens(dirt.typo) else firm.brand
    place, form = firm.place, firm.form
    if happens(dirt.no_form) and not firm.branch:
        form = ""
    elif happens(dirt.other_form):
        form = {"有限公司": "有限责任公司", "有限责任公司": "有限公司", "GmbH": "Gesellschaft mbH"}.get(
            form, form
        )
    if not firm.chinese:
        name = clean_name(replace(firm, brand=brand, form=form))
        if happens(dirt.brackets):
            name = f"{name} ({place})"
        return name.replace("ü", "ue").replace("ö", "oe") if happens(dirt.traditional) else name
    if happens(dirt.brackets):
        name = f"{brand}（{place}）{firm.trade}{form}{firm.branch}"
    elif happens(dirt.no_place):
        name = f"{brand}{firm.trade}{form}{firm.branch}"
    else:
        name = f"{place}{rng.choice(('', '市'))}{brand}{firm.trade}{form}{firm.branch}"
    if happens(dirt.traditional):
        name = str(_TRADITIONAL.convert(name))
    return name.translate(_WIDE) if happens(dirt.wide) else name


def _mistyped(text: str, rng: random.Random) -> str:
    """A text with one wrong, missing or swapped character."""
    place = rng.randrange(len(text))
    letters = CHARACTERS if text[0] in CHARACTERS else "abcdefghijklmnopqrstuvwxyz"
    kind = rng.choice(("wrong", "missing", "swapped"))
    if kind == "missing" and len(text) > 2:
        return text[:place] + text[place + 1 :]
    if kind == "swapped" and place > 0:
        return text[: place - 1] + text[place] + text[place - 1] + text[place + 1 :]
    return text[:place] + rng.choice(letters) + text[place + 1 :]
