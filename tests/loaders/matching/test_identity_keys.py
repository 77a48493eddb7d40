"""Keys of firms: check digits worked by hand, one spelling, and what is no key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplyrisk.loaders.matching.identity_keys import company_number, credit_code, lei, vat_number

CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def code_check_digit(body: str) -> str:
    """GB 32100-2015: weights 3^0, 3^1, ... modulo 31, and the complement of the sum to 31."""
    total = sum(CODE_CHARACTERS.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return CODE_CHARACTERS[(31 - total % 31) % 31]


def lei_is_valid(text: str) -> bool:
    """ISO 17442: letters are 10 to 35, and the whole number leaves 1 modulo 97."""
    return int("".join(str(int(c, 36)) for c in text)) % 97 == 1


def test_a_credit_code_worked_by_hand() -> None:
    # 9*1 + 1*3 + 1*9 + 1*27 + 0 + 0 + 0 + 0 + 6*20 + 0 + 0 + 0 + 3*8 + 7*24 + 3*10 + 4*30 + 1*28 (mod 31 weights)
    weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    assert weights == [pow(3, n, 31) for n in range(17)]
    total = 9 * 1 + 1 * 3 + 1 * 9 + 1 * 27 + 6 * 20 + 3 * 8 + 7 * 24 + 3 * 10 + 4 * 30 + 1 * 28
    assert total == 538
    assert 31 - 538 % 31 == 20
    assert CODE_CHARACTERS[20] == "L"
    assert credit_code("91110000600037341L") == "91110000600037341L"


@pytest.mark.parametrize(
    "spelling", ["９１１１００００６０００３７３４１ｌ", " 9111 0000 6000 3734 1L ", "91110000-600037341-L"]
)
def test_a_credit_code_has_one_spelling(spelling: str) -> None:
    assert credit_code(spelling) == "91110000600037341L"


@pytest.mark.parametrize(
    "text", ["91110000600037341M", "91110000600037314L", "9111000060003734L", "", None, "-"]
)
def test_no_credit_code(text: str | None) -> None:
    assert credit_code(text) is None


@given(st.text(alphabet=CODE_CHARACTERS, min_size=9, max_size=9), st.data())
def test_one_wrong_character_is_no_credit_code(tail: str, data: st.DataObject) -> None:
    body = "91310000" + tail
    code = body + code_check_digit(body)
    assert credit_code(code) == code
    place = data.draw(st.integers(8, 17))
    other = data.draw(st.sampled_from([c for c in CODE_CHARACTERS if c != code[place]]))
    assert credit_code(code[:place] + other + code[place + 1 :]) is None


def test_an_lei_leaves_one_modulo_97() -> None:
    assert lei_is_valid("213800KUD8LAJWSQ9D15")
    assert lei("2138 00ku d8la jwsq 9d15") == "213800KUD8LAJWSQ9D15"
    assert not lei_is_valid("213800KUD8LAJWSQ9D51")
    assert lei("213800KUD8LAJWSQ9D51") is None


def test_a_german_vat_number_worked_by_hand() -> None:
    # ISO 7064 MOD 11,10 over 13669597
    product = 10
    for digit in "13669597":
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    assert (11 - product) % 10 == 6
    assert vat_number("DE 136.695.976") == "DE136695976"
    assert vat_number("DE136695975") is None


def test_a_french_vat_number_worked_by_hand() -> None:
    assert (12 + 3 * (303265045 % 97)) % 97 == 40
    assert vat_number("FR 40 303 265 045") == "FR40303265045"
    assert vat_number("FR 41 303 265 045") is None


def test_an_italian_vat_number_worked_by_hand() -> None:
    # Luhn: 0 0 7 4 3 1 1 0 1 5 | 7, every second digit doubled: 0+0+7+8+3+2+1+0+1+(10: 1+0) = 23
    assert 0 + 0 + 7 + 8 + 3 + 2 + 1 + 0 + 1 + 1 + 7 == 30
    assert vat_number("IT 00743110157") == "IT00743110157"
    assert vat_number("IT 00743110158") is None


def test_a_dutch_vat_number_worked_by_hand() -> None:
    total = sum(int(d) * w for d, w in zip("00449544", range(9, 1, -1), strict=True))
    assert total % 11 == 5
    assert vat_number("nl 0044.95.445.B01") == "NL004495445B01"
    assert vat_number("nl 0044.95.446.B01") is None


def test_a_british_vat_number_worked_by_hand() -> None:
    total = sum(int(d) * w for d, w in zip("9807806", range(8, 1, -1), strict=True))
    assert (total + 84) % 97 == 0
    assert vat_number("GB 980 7806 84") == "GB980780684"
    assert vat_number("GB 980 7806 85") is None


def test_vat_numbers_of_other_states() -> None:
    assert vat_number("CHE-107.787.577 IVA") == vat_number("CHE-107.787.577 MWST") == "CHE107787577"
    assert vat_number("NO 995 525 828 MVA") == "NO995525828"


@pytest.mark.parametrize("text", ["136695976", "XX136695976", "DE000000000", "IT00000000000", None, ""])
def test_no_vat_number(text: str | None) -> None:
    # without its country, or a row of one digit
    assert vat_number(text) is None


@pytest.mark.parametrize(
    ("register", "number"),
    [
        ("Amtsgericht München", "HRB 12345"),
        ("AMTSGERICHT MUENCHEN", "HRB12345"),
        (" Amtsgericht  München ", "HRB-0012345"),
    ],
)
def test_a_company_number_has_one_spelling(register: str, number: str) -> None:
    assert company_number(register, number) == "AMTSGERICHT MUENCHEN/HRB 12345"


def test_a_company_number_needs_its_register() -> None:
    assert company_number(None, "HRB 12345") is None
    assert company_number("Amtsgericht München", None) is None
    assert company_number("Amtsgericht München", "HRB 000") is None
    assert company_number("Amtsgericht Köln", "HRB 12345") != company_number(
        "Amtsgericht München", "HRB 12345"
    )
