"""What `scgraph explain` says of one firm, as values: which firm is meant, what is not known of it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from supplyrisk.cli.errors import usage
from supplyrisk.graph import Snapshot


def missing_of(snapshot: Snapshot, firm: int) -> list[str]:
    """What is not known of one firm, in words: whole sources first, then its upstream."""
    row = snapshot.firms.slice(firm, 1)
    by_source: dict[str, list[bool]] = {}
    for feature in snapshot.features:
        by_source.setdefault(feature.source, []).append(row.column(feature.name)[0].as_py() is None)
    said = []
    for source, lacking in sorted(by_source.items()):
        if all(lacking):
            said.append(f"nothing is known from {source}")
        elif any(lacking):
            said.append(f"{sum(lacking)} of {len(lacking)} features from {source} are missing")
    if row.column("upstream")[0].as_py() == "unobserved":
        said.append(
            f"its suppliers are not recorded ({row.column('shop_type')[0].as_py()}): unknown, not none"
        )
    return said


MOST = 5


def find_firm(named: str, ids: Sequence[str], names: Sequence[str | None]) -> int:
    """The position of the firm of that id, else of that name (capitals aside).

    Raises a usage error, with near matches where there is none, with all of them where a name fits several.
    """
    if named in ids:
        return list(ids).index(named)
    wanted = named.casefold()
    found = [i for i, name in enumerate(names) if name is not None and name.casefold() == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(ids[i] for i in found[: 4 * MOST])
        more = f" and {len(found) - 4 * MOST} more" if len(found) > 4 * MOST else ""
        raise usage(f"{len(found)} firms are called {named}: {several}{more}; name one by its firm_id")
    raise usage(f"no firm {named!r} on that day; {_near(wanted, ids, names)}")


def _near(wanted: str, ids: Sequence[str], names: Sequence[str | None]) -> str:
    """Firms whose id or name is alike, or begins alike."""
    labels = {i.casefold(): i for i in ids}
    labels |= {name.casefold(): f"{name} ({i})" for i, name in zip(ids, names, strict=True) if name}
    near = get_close_matches(wanted, labels, MOST)
    near += [key for key in labels if key.startswith(wanted) and key not in near][: MOST - len(near)]
    return (
        f"did you mean {', '.join(labels[key] for key in near)}?" if near else "expected a firm_id or a name"
    )
