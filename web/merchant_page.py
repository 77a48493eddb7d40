"""The page of a shop, for a phone first: both languages in one file, between which a box switches without a script."""

from __future__ import annotations

from supplyrisk.graph import LANGUAGES
from supplyrisk.services import ShopPage
from supplyrisk.web.pages import render_page
from supplyrisk.web.shop_views import shop_view


def render_shop_page(page: ShopPage, language: str = "en") -> str:
    """Return the page of a shop as HTML; language: the one that it opens in, "en" (default) or "zh"."""
    views = [shop_view(page, each) for each in LANGUAGES]
    title = views[LANGUAGES.index(language)].title
    return render_page("shop.html", language=language, title=title, views=views)
