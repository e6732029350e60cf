"""Attacks on the endpoint, as data: the request, the threat it belongs to, and the responses that are right.

`T1` and so on are the rows of the table of threats (SECURITY.md). `{canary}` in a text stands for the URL of a listener that nobody may
connect to. If the machine decides which limit is exceeded first, all possible reasons are listed. `test_connections.py` has the attacks that
are not a single well-formed request.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
MEBIBYTE = 1024 * 1024

Expected = tuple[int, str | None]
"""A status, and the `reason` of the problem document if it has one."""

TIMEOUT: Expected = (422, "timeout")
MEMORY: Expected = (422, "memory")
COMPLEX: Expected = (422, "too-complex")
LARGE: Expected = (422, "result-too-large")
MALFORMED: Expected = (400, "malformed")
FORBIDDEN: Expected = (403, "forbidden")
UNACCEPTABLE: Expected = (406, "not-acceptable")
FINE: Expected = (200, None)


@dataclass(frozen=True)
class Attack:
    """One hostile request."""

    threat: str
    name: str
    expected: tuple[Expected, ...]
    method: str = "POST"
    path: str = "/sparql"
    headers: dict[str, str] = field(default_factory=dict)
    body: str | bytes | None = None

    def __str__(self) -> str:
        return f"{self.threat} {self.name}"

    def aimed_at(self, canary: str) -> "Attack":
        """The attack with the URL of the listener filled in."""
        body = self.body.replace("{canary}", canary) if isinstance(self.body, str) else self.body
        return replace(self, path=self.path.replace("{canary}", canary), body=body)


def ask(threat: str, name: str, query: str, *expected: Expected, accept: str = "*/*") -> Attack:
    """A query by POST directly."""
    return Attack(threat, name, expected, headers={"Content-Type": QUERY, "Accept": accept}, body=query)


def get(threat: str, name: str, path: str, *expected: Expected, **headers: str) -> Attack:
    """A request without a body."""
    merged = {"Accept": "*/*"} | {key.replace("_", "-"): value for key, value in headers.items()}
    return Attack(threat, name, expected, "GET", path, merged)


def post(
    threat: str, name: str, media_type: str, body: str | bytes, *expected: Expected, path: str = "/sparql"
) -> Attack:
    """A body of any media type."""
    headers = {"Content-Type": media_type, "Accept": "*/*"} if media_type else {"Accept": "*/*"}
    return Attack(threat, name, expected, "POST", path, headers, body)


def pattern(*names: str) -> str:
    """Triple patterns without common variables, whose result is their product."""
    return " . ".join(f"?s{name} ?p{name} ?o{name}" for name in names)


TWO, THREE, FOUR = pattern("1", "2"), pattern("1", "2", "3"), pattern(*"1234")
TENS = " ".join(map(str, range(30)))


def endless() -> Iterator[Attack]:
    """T1: Cartesian products; T2: paths between all pairs of nodes."""
    yield ask("T1", "count of a product of three", f"SELECT (COUNT(*) AS ?n) {{ {THREE} }}", TIMEOUT)
    yield ask(
        "T1", "count of the distinct of a product", f"SELECT (COUNT(DISTINCT *) AS ?n) {{ {THREE} }}", TIMEOUT, MEMORY
    )
    values = " ".join(f"VALUES ?v{number} {{ {TENS} }}" for number in range(8))
    yield ask("T1", "VALUES to the eighth", f"SELECT (COUNT(*) AS ?n) {{ {values} }}", TIMEOUT, MEMORY)
    yield ask(
        "T1", "ASK of a product without solutions", f"ASK {{ {THREE} FILTER(?o1 = ?p3 && ?s1 = ?p2) }}", TIMEOUT, MEMORY
    )
    yield ask(
        "T1", "product inside OPTIONAL", f"SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c OPTIONAL {{ {TWO} }} }}", TIMEOUT, MEMORY
    )
    yield ask(
        "T1",
        "product inside NOT EXISTS",
        f"SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c FILTER NOT EXISTS {{ {TWO} FILTER(?o1 = ?p2) }} }}",
        TIMEOUT,
        MEMORY,
    )
    yield ask(
        "T1", "product inside MINUS", f"SELECT (COUNT(*) AS ?n) {{ ?s1 ?p1 ?o1 MINUS {{ {THREE} }} }}", TIMEOUT, MEMORY
    )
    yield ask(
        "T1",
        "product across graphs",
        "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?a ?b ?c } GRAPH ?h { ?d ?e ?f } GRAPH ?i { ?j ?k ?l } }",
        TIMEOUT,
    )
    yield ask(
        "T1",
        "product of sub-selects",
        f"SELECT (SUM(?n * ?m) AS ?x) {{ {{ SELECT ?n {{ {TWO} BIND(1 AS ?n) }} }} {{ SELECT ?m {{ {pattern('3')} BIND(1 AS ?m) }} }} }}",
        TIMEOUT,
        MEMORY,
    )
    yield ask("T1", "rows after a huge OFFSET", f"SELECT ?s1 {{ {FOUR} }} OFFSET 100000000000 LIMIT 1", TIMEOUT)
    yield ask("T1", "DESCRIBE of a product", f"DESCRIBE ?s1 ?s2 ?s3 {{ {THREE} }}", TIMEOUT, LARGE, MEMORY)
    yield ask(
        "T2",
        "closure of a negated path, twice",
        "SELECT (COUNT(*) AS ?n) { ?a (!<x:p>)* ?b . ?c (!<x:p>)* ?d }",
        TIMEOUT,
        MEMORY,
    )
    yield ask(
        "T2",
        "closure of a closure",
        "SELECT (COUNT(*) AS ?n) { ?a ((!<x:p>|!^<x:q>)*/(!<x:r>)*)* ?b . ?c !<x:p>* ?d . ?e ?f ?g }",
        TIMEOUT,
        MEMORY,
    )
    yield ask(
        "T2",
        "path that begins anywhere",
        "SELECT (COUNT(*) AS ?n) { ?a (<x:p>|!<x:p>)+ ?b . ?c (<x:p>|!<x:p>)* ?d . ?e (!^<x:p>)* ?f }",
        TIMEOUT,
        MEMORY,
    )


def planner() -> Iterator[Attack]:
    """T3: short queries that take the query planner long."""
    listed = " ".join(f"?i{number}" for number in range(400))
    star = " . ".join(f"?s <x:p{number}> ?o{number}" for number in range(300))
    chain = " . ".join(f"?v{number} <x:p> ?v{number + 1}" for number in range(300))
    either = " || ".join(f"?o = {number}" for number in range(2000))
    unions = " UNION ".join(f"{{ ?s <x:p{number}> ?o }}" for number in range(500))
    options = " ".join(f"OPTIONAL {{ ?s <x:p{number}> ?o{number} }}" for number in range(300))
    outcomes = (TIMEOUT, COMPLEX, MEMORY, FINE)
    yield ask("T3", "list of 400", f"SELECT * {{ ?s <x:p> ({listed}) }}", *outcomes)
    yield ask("T3", "list nested 60 deep", f"SELECT * {{ ?s <x:p> {'(' * 60}1{')' * 60} }}", *outcomes)
    yield ask("T3", "list nested 100 deep", f"SELECT * {{ ?s <x:p> {'(' * 100}1{')' * 100} }}", COMPLEX)
    yield ask("T3", "star of 300", f"SELECT * {{ {star} }}", *outcomes)
    yield ask("T3", "chain of 300", f"SELECT * {{ {chain} }}", *outcomes)
    yield ask("T3", "2,000 alternatives in a FILTER", f"SELECT * {{ ?s ?p ?o FILTER({either}) }}", *outcomes)
    yield ask("T3", "UNION of 500", f"SELECT * {{ {unions} }}", *outcomes)
    yield ask("T3", "300 times OPTIONAL", f"SELECT * {{ ?s ?p ?o {options} }}", *outcomes)
    yield ask(
        "T3",
        "300 times FILTER EXISTS",
        f"SELECT * {{ {pattern('1')} {'FILTER EXISTS { ?s1 ?p ?o } ' * 300} }} LIMIT 1",
        *outcomes,
    )


def parser() -> Iterator[Attack]:
    """T4: queries nested so deep that a recursive parser overflows its stack."""
    yield ask("T4", "braces", "SELECT * " + "{" * 20_000, COMPLEX)
    yield ask("T4", "braces, closed", "SELECT * " + "{" * 15_000 + "}" * 15_000, COMPLEX)
    yield ask("T4", "parentheses", f"SELECT * {{ FILTER({'(' * 20_000}1{')' * 20_000}) }}", COMPLEX)
    yield ask("T4", "brackets", f"SELECT * {{ ?s ?p {'[ ?p ' * 10_000}1{']' * 10_000} }}", COMPLEX)
    yield ask("T4", "UNION", f"SELECT * {{ {'{} UNION ' * 6_000} {{}} }}", COMPLEX, TIMEOUT, FINE)
    yield ask("T4", "exclamation marks", f"SELECT * {{ FILTER({'!' * 60_000}?s) }}", COMPLEX)
    yield ask("T4", "sums", f"SELECT (1{'+1' * 20_000} AS ?x) {{}}", COMPLEX, TIMEOUT, FINE)
    yield ask("T4", "minus signs", f"SELECT ({'-' * 50_000}1 AS ?x) {{}}", COMPLEX, MALFORMED)
    yield ask("T4", "path of carets", f"SELECT * {{ ?s {'^' * 50_000}<x:p> ?o }}", COMPLEX, MALFORMED)
    yield ask("T4", "path of steps", f"SELECT * {{ ?s <x:p>{'/<x:p>' * 8_000} ?o }}", COMPLEX, TIMEOUT, MEMORY)
    yield ask(
        "T4", "quoted triples", f"SELECT * {{ {'<< ' * 10_000}?s ?p ?o{' >>' * 10_000} ?q ?r }}", COMPLEX, MALFORMED
    )
    yield ask("T4", "functions of functions", f"SELECT ({'STR(' * 60}1{')' * 60} AS ?x) {{}}", COMPLEX, FINE)
    yield ask("T4", "a query that is too long", "ASK {} #" + "x" * 70_000, COMPLEX)


def memory() -> Iterator[Attack]:
    """T5: short queries that need much memory."""
    doubled = " ".join(f"BIND(CONCAT(?x{number}, ?x{number}) AS ?x{number + 1})" for number in range(40))
    replaced = " ".join(f'BIND(REPLACE(?x{number}, "a", "aaaaaaaaaaaaaaaa") AS ?x{number + 1})' for number in range(9))
    yield ask(
        "T5", "doubling by CONCAT", f'SELECT (STRLEN(?x40) AS ?n) {{ BIND("ab" AS ?x0) {doubled} }}', MEMORY, TIMEOUT
    )
    yield ask(
        "T5", "blow-up by REPLACE", f'SELECT (STRLEN(?x9) AS ?n) {{ BIND("a" AS ?x0) {replaced} }}', MEMORY, TIMEOUT
    )
    yield ask(
        "T5",
        "blow-up by ENCODE_FOR_URI",
        f'SELECT (STRLEN(ENCODE_FOR_URI(?x40)) AS ?n) {{ BIND("€€" AS ?x0) {doubled} }}',
        MEMORY,
        TIMEOUT,
    )
    yield ask(
        "T5",
        "GROUP_CONCAT of a product",
        f"SELECT (STRLEN(GROUP_CONCAT(CONCAT(STR(?s1), STR(?s2)))) AS ?n) {{ {TWO} }}",
        MEMORY,
        TIMEOUT,
    )
    yield ask("T5", "ORDER BY of a product", f"SELECT ?s1 {{ {TWO} }} ORDER BY ?o1 ?o2 LIMIT 1", MEMORY, TIMEOUT)
    yield ask("T5", "DISTINCT of a product", f"SELECT DISTINCT * {{ {TWO} }} OFFSET 100000000 LIMIT 1", MEMORY, TIMEOUT)
    yield ask(
        "T5",
        "groups of a product",
        f"SELECT ?s1 ?o2 (COUNT(*) AS ?n) {{ {TWO} }} GROUP BY ?s1 ?p1 ?o1 ?s2 ?p2 ?o2 ORDER BY ?n LIMIT 1",
        MEMORY,
        TIMEOUT,
    )


def patterns_of_text() -> Iterator[Attack]:
    """T6: regular expressions that make a backtracking engine hang."""
    letters = "a" * 5_000
    yield ask("T6", "nested quantifiers", f'ASK {{ FILTER(REGEX("{letters}!", "^(a+)+$")) }}', FINE)
    yield ask("T6", "overlapping alternatives", f'ASK {{ FILTER(REGEX("{letters}!", "^(a|aa|a?)*$")) }}', FINE, TIMEOUT)
    yield ask(
        "T6",
        "counted and counted again",
        f'ASK {{ FILTER(REGEX("{letters}", "((((a{{0,99}}){{0,99}}){{0,99}}){{0,99}})!")) }}',
        FINE,
        TIMEOUT,
        MEMORY,
    )
    yield ask(
        "T6",
        "on every literal",
        'SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?t ?q ?r FILTER(REGEX(STR(?o), "(.*)*(.*)*(.*)*x$")) }',
        FINE,
        TIMEOUT,
        MEMORY,
    )
    yield ask(
        "T6",
        "REPLACE with groups",
        f'SELECT (REPLACE("{letters}", "(a*)*(b|a*)*c", "$1$2") AS ?x) {{}}',
        FINE,
        TIMEOUT,
        MALFORMED,
    )


def floods() -> Iterator[Attack]:
    """T7: huge results, which are refused and not truncated."""
    yield ask("T7", "rows as JSON", f"SELECT * {{ {TWO} }}", LARGE)
    yield ask("T7", "rows as XML", f"SELECT * {{ {TWO} }}", LARGE, accept="application/sparql-results+xml")
    yield ask("T7", "rows as CSV", f"SELECT * {{ {TWO} }}", LARGE, accept="text/csv")
    yield ask("T7", "rows on the page", f"SELECT * {{ {TWO} }}", (422, None), accept="text/html")
    yield ask("T7", "a graph as Turtle", f"CONSTRUCT {{ ?s1 ?p1 ?o2 }} {{ {TWO} }}", LARGE, TIMEOUT)
    yield ask(
        "T7",
        "a graph as JSON-LD",
        f"CONSTRUCT {{ ?s1 ?p1 ?o2 }} {{ {TWO} }}",
        LARGE,
        TIMEOUT,
        accept="application/ld+json",
    )
    yield ask("T7", "new blank nodes", f"CONSTRUCT {{ [] ?p1 [] , [] , [] }} {{ {TWO} }}", LARGE, TIMEOUT)
    yield ask(
        "T7",
        "one long value",
        f'SELECT ?x22 {{ BIND("ab" AS ?x0) {" ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(22))} }}',
        LARGE,
        MEMORY,
    )


def outside() -> Iterator[Attack]:
    """T10 to T12: queries that would make the server connect to another host or read a file."""
    yield ask("T10", "SERVICE", "SELECT * { SERVICE <{canary}> { ?s ?p ?o } }", FORBIDDEN)
    yield ask("T10", "SERVICE SILENT", "SELECT * { SERVICE SILENT <{canary}> { ?s ?p ?o } }", FORBIDDEN)
    yield ask("T10", "service in mixed case", "SELECT * { sErViCe <{canary}> { ?s ?p ?o } }", FORBIDDEN)
    yield ask(
        "T10", "SERVICE of a variable", "SELECT * { VALUES ?u { <{canary}> } SERVICE ?u { ?s ?p ?o } }", FORBIDDEN
    )
    yield ask(
        "T10", "SERVICE in SERVICE", "SELECT * { SERVICE <{canary}> { SERVICE <{canary}> { ?s ?p ?o } } }", FORBIDDEN
    )
    yield ask(
        "T10", "SERVICE in a sub-select", "SELECT * { { SELECT ?s { SERVICE <{canary}> { ?s ?p ?o } } } }", FORBIDDEN
    )
    yield ask(
        "T10", "SERVICE in EXISTS", "ASK { ?s ?p ?o FILTER EXISTS { SERVICE <{canary}> { ?s ?p ?o } } }", FORBIDDEN
    )
    yield ask(
        "T10",
        "SERVICE in OPTIONAL of CONSTRUCT",
        "CONSTRUCT { ?s ?p ?o } { OPTIONAL { SERVICE SILENT <{canary}> { ?s ?p ?o } } }",
        FORBIDDEN,
    )
    yield ask("T10", "SERVICE of a DESCRIBE", "DESCRIBE ?s { SERVICE <{canary}> { ?s ?p ?o } }", FORBIDDEN)
    yield ask(
        "T10", "SERVICE with comments between", "SELECT * { SERVICE#x\n#y\r<{canary}>#z\n{ ?s ?p ?o } }", FORBIDDEN
    )
    yield ask("T10", "SERVICE without a space before", 'SELECT * { ?s ?p "x"SERVICE<{canary}>{ ?s ?p ?o } }', FORBIDDEN)
    yield ask(
        "T10", "SERVICE behind a number", "SELECT * { ?s ?p 1.SERVICE<{canary}>{ ?s ?p ?o } }", FORBIDDEN, MALFORMED
    )
    yield ask(
        "T10", "SERVICE grown onto a number", "SELECT * { ?s ?p 1SERVICE<{canary}>{ ?s ?p ?o } }", FORBIDDEN, MALFORMED
    )
    yield ask(
        "T10",
        "SERVICE behind a string that only seems open",
        "SELECT * { ?s ?p '''a''b'''SERVICE<{canary}>{ ?s ?p ?o } }",
        FORBIDDEN,
    )
    yield ask(
        "T10",
        "SERVICE behind < that begins no IRI",
        "SELECT * { FILTER(1<2) SERVICE <{canary}> { ?s ?p ?o } FILTER(3>2) }",
        FORBIDDEN,
    )
    yield ask("T10", "SERVICE under a prefix", "PREFIX c: <{canary}> SELECT * { SERVICE c: { ?s ?p ?o } }", FORBIDDEN)
    yield ask("T11", "SERVICE with an escape", r"SELECT * { \u0053ERVICE <{canary}> { ?s ?p ?o } }", MALFORMED)
    yield ask("T11", "SERVICE with a long escape", r"SELECT * { SERV\U00000049CE <{canary}> { ?s ?p ?o } }", MALFORMED)
    yield ask(
        "T11", "a string closed by an escape", r'SELECT * { ?s ?p "\u0022 . SERVICE <{canary}> { ?s ?p ?o } #" }', FINE
    )
    yield ask("T12", "FROM", "SELECT * FROM <{canary}> { ?s ?p ?o }", FINE)
    yield ask("T12", "FROM NAMED", "SELECT * FROM NAMED <{canary}> { GRAPH ?g { ?s ?p ?o } }", FINE)
    yield ask("T12", "FROM a file", "SELECT * FROM <file:///etc/hostname> { ?s ?p ?o }", FINE)
    yield ask("T12", "FROM NAMED a file", "SELECT * FROM NAMED <file:///etc/passwd> { GRAPH ?g { ?s ?p ?o } }", FINE)
    yield ask("T12", "GRAPH of another host", "SELECT * { GRAPH <{canary}> { ?s ?p ?o } }", FINE)
    repeated = "FROM d:places " * 4_500
    prefix = "PREFIX d: <https://data.example.org/passo/dataset/> "
    yield ask(
        "T12",
        "FROM four thousand times",
        f"{prefix} SELECT * {repeated} {{ ?s ?p ?o }} LIMIT 1",
        COMPLEX,
    )
    for parameter in ("default-graph-uri", "named-graph-uri"):
        for graph in ("{canary}", "file:///etc/hostname"):
            path = f"/sparql?query=ASK%7B%7D&{parameter}={graph}"
            yield get("T12", f"{parameter} of {graph[:8]}", path, FINE)


def changes() -> Iterator[Attack]:
    """T13: updates, in every form of request."""
    for update in (
        "LOAD <{canary}>",
        "LOAD SILENT <{canary}> INTO GRAPH <x:g>",
        "LOAD <file:///etc/passwd>",
        "INSERT DATA { <x:s> <x:p> 1 }",
        "DELETE WHERE { ?s ?p ?o }",
        "CLEAR ALL",
        "DROP SILENT GRAPH <x:g>",
        "COPY <x:a> TO <x:b>",
        "WITH <x:g> DELETE { ?s ?p ?o } INSERT { <x:a> <x:b> ?o } WHERE { ?s ?p ?o }",
    ):
        yield ask("T13", f"as a query: {update[:20]}", update, MALFORMED)
    yield ask("T13", "behind a query", "ASK {} ; CLEAR ALL", MALFORMED)
    yield post("T13", "as an update", UPDATE, "CLEAR ALL", (415, None))
    yield post("T13", "in the form field update", FORM, "update=CLEAR+ALL", MALFORMED)
    yield post("T13", "in the form beside a query", FORM, "query=ASK+%7B%7D&update=LOAD+%3C{canary}%3E", MALFORMED)
    yield post("T13", "in the address of a post", QUERY, "ASK {}", MALFORMED, path="/sparql?update=CLEAR+ALL")
    yield get("T13", "in the address of a get", "/sparql?update=CLEAR+ALL", MALFORMED)
    yield get("T13", "with using-graph-uri", "/sparql?update=CLEAR+ALL&using-graph-uri={canary}", MALFORMED)
    for method in ("PUT", "DELETE", "PATCH"):
        yield Attack("T13", f"{method} of a graph", ((405, None),), method, "/sparql?default", {"Accept": "*/*"})


def bodies() -> Iterator[Attack]:
    """T9, T14 and T34: bodies that are too large, or not of the declared media type."""
    megabytes = b"#" * (20 * MEBIBYTE)
    yield post("T9", "a query of 20 MB", QUERY, megabytes, (413, None))
    yield post("T9", "a form of 20 MB", FORM, b"query=" + megabytes, (413, None))
    yield get("T9", "a long address", "/sparql?query=" + "x" * 60_000, MALFORMED)
    yield post("T14", "no media type", "", "ASK {}", (415, None))
    yield post("T14", "text/plain", "text/plain", "ASK {}", (415, None))
    yield post("T14", "multipart", "multipart/form-data; boundary=x", "--x\r\n\r\n--x--", (415, None))
    yield post("T14", "JSON that is nested deep", "application/json", "[" * 100_000, (415, None))
    yield post("T14", "another character set", f"{QUERY}; charset=utf-7", "ASK {}", (415, None))
    yield post("T14", "no UTF-8", QUERY, b'ASK { ?s ?p "\xff\xfe" }', MALFORMED)
    yield post("T14", "surrogates", QUERY, b'ASK { ?s ?p "\xed\xa0\x80" }', MALFORMED)
    yield post("T14", "overlong encoding", QUERY, b'ASK { ?s ?p "\xc0\xaf" }', MALFORMED)
    yield post("T14", "no UTF-8 in a form", FORM, b"query=ASK%20%7B%7D%FF", MALFORMED)
    yield post("T14", "a body that says it is gzip", QUERY, b"\x1f\x8b\x08\x00", MALFORMED)
    yield ask("T14", "NUL in a query", "ASK { ?s ?p 'a\x00b' } \x00", MALFORMED)
    yield ask("T14", "NUL in a string", "ASK { ?s ?p 'a\x00b' }", MALFORMED, FINE)
    yield post("T34", "a million fields", FORM, "a&" * 100_000, MALFORMED)
    yield post("T34", "fields beyond the limit of a body", FORM, "a=b&" * 1_000_000, (413, None))
    yield post("T34", "a query twice", FORM, "query=ASK%7B%7D&query=ASK%7B%7D", MALFORMED)
    yield post("T34", "semicolons between fields", FORM, "query=ASK%7B%7D;update=CLEAR%20ALL", MALFORMED)
    yield get(
        "T34", "a hundred graphs", "/sparql?query=ASK%7B%7D&" + "&".join(["default-graph-uri=x:y"] * 100), MALFORMED
    )


def headers() -> Iterator[Attack]:
    """T17 to T21 and T31 to T33: paths and headers that try to reach other hosts or files, or to inject text."""
    yield get("T17", "redirect to another host", "/id//evil.example.org", (404, None))
    yield get("T17", "redirect to another host, encoded", "/id/%2f%2fevil.example.org/..", (404, None))
    yield get("T17", "redirect by backslash", "/id/%5c%5cevil.example.org", (404, None))
    yield get("T18", "CRLF in an id", "/id/process/xx%0d%0aX-Injected:%20yes", (400, None))
    yield get("T18", "CRLF in the name of a dump", "/dump/passo.nq%0d%0aX-Injected:%20yes", (400, None))
    yield get("T18", "CRLF in a format", "/sparql?query=ASK%7B%7D&format=csv%0d%0aX-Injected:%20yes", MALFORMED)
    yield get("T18", "letters beyond Latin in an id", "/id/process/%E2%82%AC%F0%9F%92%A3", (404, None))
    yield get("T19", "up from the dumps", "/dump/..%2f..%2fmanifest.json", (404, None))
    yield get("T19", "up from the dumps, encoded twice", "/dump/%252e%252e%252fmanifest.json", (404, None))
    yield get("T19", "up from the style sheets", "/static/..%2fserver.py", (404, None))
    yield get("T19", "up from the style sheets by dots", "/static/%2e%2e/%2e%2e/errors.py", (404, None))
    yield get("T19", "NUL in a path", "/static/a%00.css", (400, None))
    yield get("T19", "NUL in a dump", "/dump/passo.nq.gz%00", (400, None))
    yield get("T19", "an absolute path", "/static//etc/passwd", (404, None))
    yield get("T19", "a shape outside", "/shapes/..%2fmanifest.json", (404, None))
    yield get("T20", "another host", "/doc/process/xx-0001", FINE, Host="evil.example.org")
    yield get(
        "T20",
        "another host at the endpoint",
        "/sparql",
        FINE,
        (400, None),
        (421, None),
        Host="evil.example.org",
        Accept="text/turtle",
    )
    yield get("T20", "another host in a redirect", "/id/process/xx-0001", (303, None), Host="evil.example.org")
    yield get(
        "T20",
        "headers of a proxy",
        "/id/process/xx-0001",
        (303, None),
        X_Forwarded_Host="evil.example.org",
        X_Forwarded_Proto="gopher",
        Forwarded="host=evil.example.org",
        X_Forwarded_For="9.9.9.9",
        X_Original_URL="/evil",
        X_HTTP_Method_Override="DELETE",
    )
    yield get("T31", "a query in an id", "/id/process/%22%7D%20DELETE%20WHERE%20%7B?s%20?p%20?o%7D", (404, None))
    yield get("T31", "a quote in an id", "/doc/process/xx-0001%3E%20%3Fp%20%3Fo%20.%7D%23", (404, None))
    yield get(
        "T32",
        "a long name of a client",
        "/sparql?query=ASK%7B%7D",
        FINE,
        (431, None),
        (400, None),
        User_Agent="x" * 60_000,
    )
    yield get(
        "T33",
        "five hundred ranges",
        "/dump/passo.nq.gz",
        FINE,
        (206, None),
        (416, None),
        (400, None),
        Range="bytes=" + ",".join(f"{n}-{n + 1}" for n in range(0, 1000, 2)),
    )
    yield get(
        "T33",
        "ranges that overlap",
        "/dump/passo.nq.gz",
        FINE,
        (206, None),
        (416, None),
        (400, None),
        Range="bytes=" + ",".join(["0-"] * 500),
    )
    yield get(
        "T33",
        "a range of nonsense",
        "/static/passo.css",
        FINE,
        (416, None),
        (400, None),
        (404, None),
        Range="bytes=9999999999999999999-,-1,abc",
    )
    yield get(
        "T14",
        "two thousand media types in Accept",
        "/sparql?query=ASK%7B%7D",
        FINE,
        (406, None),
        (400, None),
        Accept=",".join(f"a/b{n};q=0.{n % 9}" for n in range(2_000)),
    )
    yield get(
        "T14",
        "twenty thousand media types in Accept",
        "/sparql?query=ASK%7B%7D",
        FINE,
        (406, None),
        (400, None),
        Accept="*/*," * 19_000,
    )
    yield get(
        "T14", "quotes in Accept", "/sparql?query=ASK%7B%7D", (406, None), FINE, Accept='text/x;a="' + '\\"' * 8_000
    )
    yield get(
        "T21", "eight thousand entity tags", "/sparql?query=ASK%7B%7D", FINE, If_None_Match=",".join(['"x"'] * 8_000)
    )


def methods() -> Iterator[Attack]:
    """T14: methods that are not allowed."""
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "QUERY", "NONSENSE"):
        yield Attack(
            "T14", f"method {method}", ((405, None), (501, None), (400, None)), method, "/sparql", {"Accept": "*/*"}
        )


def encodings() -> Iterator[Attack]:
    """T14: queries in a form that the endpoint does not read, or hardly."""
    for coding in ("gzip", "deflate", "br", "zstd", "gzip, identity", "x" * 5_000):
        headers = {"Content-Type": QUERY, "Content-Encoding": coding, "Accept": "*/*"}
        yield Attack(
            "T14", f"content coding {coding[:20]}", ((415, None),), "POST", "/sparql", headers, b"\x1f\x8b" * 50
        )
    yield post("T14", "a byte order mark", QUERY, b"\xef\xbb\xbfASK {}", FINE)
    yield post("T14", "a byte order mark twice", QUERY, b"\xef\xbb\xbf\xef\xbb\xbfASK {}", MALFORMED)
    yield post("T14", "UTF-16", QUERY, "ASK {}".encode("utf-16"), MALFORMED)


def mistakes() -> Iterator[Attack]:
    """T4: malformed queries whose explanation could take long."""
    yield ask("T4", "a word of 60,000 letters", "SELECT * { " + "FILTR" * 12_000 + " }", MALFORMED)
    yield ask("T4", "ten thousand unknown words", "SELECT * { " + "filtr " * 10_000 + "}", MALFORMED)
    yield ask("T4", "sixty thousand line ends and a mistake", "ASK {" + "\n" * 60_000 + "?s ?p }", MALFORMED)
    yield ask("T4", "nothing", "", MALFORMED)
    yield ask("T4", "only a comment", "#" + "x" * 60_000, MALFORMED)


def addresses() -> Iterator[Attack]:
    """T18 to T20 and T33: addresses whose segments are no names; ranges and upgrades that there are not."""
    for path in (
        "/onto/",
        "/alignment/",
        "/controlled-vocabulary/",
        "/id/",
        "/doc/",
        "/shapes/",
        "/dataset/",
        "/dump/",
    ):
        yield get("T19", f"a stray percent sign below {path}", f"{path}%25", (404, None))
        yield get("T18", f"a control character below {path}", f"{path}a%0bb", (400, None))
    for segment in ("%ff", "%ed%a0%80", "%2f..%2f..%2f", "%5b", "%22%3e", "a" * 60_000):
        yield get("T19", f"the term {segment[:20]}", f"/onto/{segment}", (404, None))
    yield get("T33", "a range beyond the end", "/dump/passo.nq.gz", (416, None), Range="bytes=99999999999-")
    yield get("T33", "a range of another unit", "/dump/passo.nq.gz", FINE, Range="lines=1-2")
    yield get("T20", "an upgrade to a web socket", "/healthz", FINE, Connection="Upgrade", Upgrade="websocket")
    yield get("T20", "an upgrade to HTTP/2", "/healthz", FINE, Connection="Upgrade", Upgrade="h2c")


def datasets() -> Iterator[Attack]:
    """T12: datasets of very many graphs, which cost the checks and the engine time, and graphs that do not exist."""
    one, prefix = "FROM <x:g> ", "PREFIX d: <https://data.example.org/passo/dataset/> "
    yield ask("T12", "FROM a hundred times", f"SELECT * {one * 100} {{ ?s ?p ?o }}", FINE)
    yield ask("T12", "FROM a hundred times and one", f"SELECT * {one * 101} {{ ?s ?p ?o }}", COMPLEX)
    yield ask("T12", "FROM NAMED five thousand times", f"ASK {'FROM NAMED d:g ' * 4_000} {{}}", COMPLEX)
    different = "".join(f"FROM <x:{number}> " for number in range(4_000))
    yield ask("T12", "FROM four thousand graphs", f"ASK {different} {{ GRAPH ?g {{ ?s ?p ?o }} }}", COMPLEX)
    yield ask("T12", "FROM without an IRI", "ASK " + "FROM " * 10_000, COMPLEX)
    yield ask(
        "T12", "FROM behind thousands of comments", "ASK " + "#\n" * 20_000 + "FROM <{canary}> { ?s ?p ?o }", FINE
    )
    yield ask("T12", "FROM in a long string", f'ASK {{ BIND ("{one * 5_000}" AS ?x) }}', FINE)
    yield ask("T12", "FROM beside prefixes", f"{prefix * 900} ASK FROM d:places FROM <{{canary}}> {{ ?s ?p ?o }}", FINE)
    yield ask("T12", "FROM with a prefix that is not declared", "ASK FROM d:places {}", MALFORMED)
    yield ask("T12", "FROM in a sub-select", "ASK { { SELECT * FROM <{canary}> { ?s ?p ?o } } }", MALFORMED)
    graphs = "&default-graph-uri={canary}" * 15 + "&named-graph-uri={canary}" * 15
    yield get("T12", "thirty graphs in the address", f"/sparql?query=ASK%7B?s%20?p%20?o%7D{graphs}", FINE)
    form = "query=" + ("ASK%7B%7D&" + "default-graph-uri=x:g&" * 20).strip("&")
    yield post(
        "T12", "graphs in the address and in the form", FORM, form, FINE, path="/sparql?named-graph-uri={canary}"
    )
    for name in ("default-graph-uri", "named-graph-uri", "format", "update"):
        yield get("T34", f"empty {name}", f"/sparql?query=ASK%7B%7D&{name}=", FINE)
    yield get("T34", "an empty query", "/sparql?query=", MALFORMED)


def documents_in_xml() -> Iterator[Attack]:
    """T14: texts and properties that XML cannot hold; a 200 would have a body that no parser reads."""
    results, graphs = "application/sparql-results+xml", "application/rdf+xml"
    for number in ("0000", "0001", "000B", "001F", "FFFE", "FFFF"):
        text = rf'"a\u{number}b"'
        yield ask("T14", f"U+{number} in solutions", f"SELECT ({text} AS ?x) {{}}", UNACCEPTABLE, accept=results)
        yield ask(
            "T14", f"U+{number} in a graph", f"CONSTRUCT {{ <x:s> <x:p> {text} }} {{}}", UNACCEPTABLE, accept=graphs
        )
    for accept in ("application/sparql-results+json", "text/csv", "text/tab-separated-values", "text/html"):
        yield ask("T14", f"U+0001 as {accept}", r'SELECT ("\u0001" AS ?x) {}', FINE, accept=accept)
    for iri in ("urn:p/1", "http://example.org/", "http://example.org/#", "x:-", "x:" + "1" * 30_000):
        query = f"CONSTRUCT {{ <x:s> <{iri}> 1 }} {{}}"
        yield ask("T14", f"a property {iri[:20]} in RDF/XML", query, UNACCEPTABLE, accept=graphs)
        yield ask("T14", f"a property {iri[:20]} in Turtle", query, FINE, accept="text/turtle")
    for name in ("li", "Description", "RDF", "ID", "bagID", "aboutEach"):
        iri = f"http://www.w3.org/1999/02/22-rdf-syntax-ns#{name}"
        yield ask("T14", f"a property rdf:{name}", f"CONSTRUCT {{ <x:s> <{iri}> 1 }} {{}}", UNACCEPTABLE, accept=graphs)
    markup = r'"<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>&e;<![CDATA[]]>]]>"'
    yield ask("T14", "markup in solutions", f"SELECT ({markup} AS ?x) {{}}", FINE, accept=results)
    yield ask("T14", "markup in a graph", f"CONSTRUCT {{ <x:s> <x:p> {markup} }} {{}}", FINE, accept=graphs)
    yield get(
        "T14",
        "U+0001 by format=xml",
        "/sparql?query=SELECT%20%28%22%5Cu0001%22%20AS%20?x%29%7B%7D&format=xml",
        UNACCEPTABLE,
    )


GROUPS = (
    *(endless, planner, parser, memory, patterns_of_text, floods, outside, changes, bodies, headers, methods),
    *(encodings, mistakes, addresses),
    datasets,
    documents_in_xml,
)
ATTACKS: tuple[Attack, ...] = tuple(attack for group in GROUPS for attack in group())

SCRIPTS = (
    "<script>alert(1)</script>",
    "</textarea><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' autofocus onfocus='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "\u202egnp.exe",
)
"""T15: literals with markup and scripts."""

SCRIPT_IRIS = (
    "javascript:alert(1)",
    "data:text/html,%3Cscript%3Ealert(1)%3C/script%3E",
    "vbscript:x",
    "file:///etc/passwd",
)


def page_of(query: str) -> str:
    """The path of the page that shows the result of a query."""
    return "/sparql?" + urlencode({"query": query})
