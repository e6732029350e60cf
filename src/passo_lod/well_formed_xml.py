"""Parse XML documents before they are sent: Oxigraph writes some that no parser reads (used by `serialise` and `store`)."""

import re
from xml.parsers import expat

from passo_lod.errors import NotInXml

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML does not allow (XML 1.0, 2.2)."""
_OLD_TERMS = re.compile(rb"<rdf:(?:aboutEach|aboutEachPrefix|bagID)\b")
"""Names that RDF/XML does not allow (RDF 1.1 XML Syntax, 5.1), and that Oxigraph writes."""

_CHARACTER = "a text has a character that XML does not allow, such as U+0001"
_NO_NAME = "RDF/XML does not allow a property whose IRI does not end in an XML name, such as <urn:p/1>"
RESERVED = "RDF/XML reserves the name of a property, such as rdf:li"


def well_formed_xml(document: bytes) -> bytes:
    r"""A document of RDF/XML or of SPARQL results in XML, if a parser reads it.

    Carriage returns become references, because parsers take them for line feeds (XML 1.0, 2.11).

    >>> well_formed_xml(b"<p>a\r\nb</p>")
    b'<p>a&#xD;\nb</p>'

    Raises:
        NotInXml: no parser reads it.
    """
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(document, True)
    except expat.ExpatError as error:
        check_text(document.decode())
        raise NotInXml(_NO_NAME) from error
    if _OLD_TERMS.search(document):
        raise NotInXml(RESERVED)
    return document.replace(b"\r", b"&#xD;")


def check_text(text: str) -> None:
    """Check that XML can hold a text.

    Raises:
        NotInXml: it has a character that XML does not allow.
    """
    if _NOT_IN_XML.search(text):
        raise NotInXml(_CHARACTER)
