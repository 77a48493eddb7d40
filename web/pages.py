"""Pages from templates: every value is escaped, and a name that a template does not get is an error."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from supplyrisk.graph.texts import figures


def render_page(template: str, *, language: str = "en", **content: object) -> str:
    """Return a page as one self-contained HTML text: no script, and nothing is fetched.

    Parameters
    ----------
    template: name of a file in web/templates, which extends base.html.
    language: of the page.
    content: the names that the template uses; base.html uses `title`.

    Raises
    ------
    jinja2.UndefinedError: the template uses a name that is not in `content`.
    """
    return _environment().get_template(template).render(language=language, **content)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("supplyrisk.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    formats = (figures.count, figures.money, figures.number, figures.percent, figures.significant)
    environment.filters |= {function.__name__: function for function in formats}
    environment.filters |= {"cell": _cell, "css_text": _css_text}
    return environment


def _cell(value: object) -> str:
    """Return a value as the text of a cell: a dash where it is missing, three decimals of a fraction."""
    if value is None:
        return figures.MISSING
    if isinstance(value, Markup):
        return value
    return figures.number(value, 3) if isinstance(value, float) else str(value)


def _css_text(text: str) -> str:
    """Return a text for a string of a stylesheet, where no character of it can end the string or the sheet."""
    return "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text)
