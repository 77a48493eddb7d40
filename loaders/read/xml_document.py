"""XML documents in the form of nested JSON, so that the same paths name their rows and cells.

An element is a tuple of pairs: its attributes as "@name", its children by their names without namespace, and its own
text as "#text"; an element with text alone is that text. Children of one name are an array.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from supplyrisk.loaders.read.file_fault import FileFault
from supplyrisk.loaders.read.json_paths import TEXT, TextElement
from supplyrisk.loaders.read.source_files import SourceFile
from supplyrisk.loaders.read.text_scan import document_bytes


def xml_document(source: SourceFile) -> object:
    """Return a whole document, with its root as the only key.

    Nothing is fetched, and no entity is expanded.

    Raises
    ------
    FileFault: it is too large, not well-formed, or declares entities.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(document_bytes(source, "XML", "split it"), parser)
    except etree.XMLSyntaxError as fault:
        raise FileFault(
            f"is not valid XML ({fault}), expected a well-formed document; write it again"
        ) from fault
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise FileFault(
            "declares entities in a DOCTYPE, expected plain XML without; write it without a DOCTYPE"
        )
    if not source.map.rows:
        name = _name(root)
        raise FileFault(
            f"is XML, expected the path of its rows by rows in the mapping, such as rows = '{name}/…' "
            f"({', '.join(dict.fromkeys(f'{name}/{_name(child)}' for child in list(root)[:20]))})"
        )
    return ((_name(root), _value(root)),)


def _name(element: Any) -> str:
    return str(etree.QName(element).localname)


def _value(element: Any) -> object:
    """Return an element as a text or as pairs."""
    texts: dict[str, list[object]] = {}
    for name, value in element.attrib.items():
        texts.setdefault(f"@{etree.QName(name).localname}", []).append(str(value))
    for child in element:
        texts.setdefault(_name(child), []).append(_value(child))
    own = "".join(filter(None, (element.text, *(child.tail for child in element)))).strip()
    if not texts:
        return own
    pairs: list[tuple[str, object]] = [(name, v if len(v) > 1 else v[0]) for name, v in texts.items()]
    if not own:
        return tuple(pairs)
    whole = (*pairs, (TEXT, own))
    return whole if len(element) else TextElement(whole)
