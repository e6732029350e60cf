"""The words people type: `passo-lod publish`, `check` and `serve`.

Exit status: 0 fine; 1 the data is at fault (`check` found a record that would be kept out, `publish` was stopped by its guard); 2 called
wrongly, or a setting, a mapping or the vocabulary is wrong; 75 another publisher is at work (docs/command-line.md).
"""

import io
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from pyoxigraph import Literal, NamedNode, Quad
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from passo_lod.catalog import Catalog
from passo_lod.cli import release_commands as cli_releases
from passo_lod.errors import PassoError
from passo_lod.mapping.converters import converters
from passo_lod.mapping.mapper import MappedRecord
from passo_lod.namespaces import RDF, shorten
from passo_lod.pipeline import incremental as settling
from passo_lod.pipeline import processing as batches
from passo_lod.pipeline import publish as pipeline
from passo_lod.pipeline.context import PipelineContext, SourcePipeline
from passo_lod.pipeline.processing import RecordOutcome
from passo_lod.records import Field, FieldState, LineRole, Record
from passo_lod.release.publish_policy import DEFAULT, PublishPolicy
from passo_lod.report import Summary, ValidationReport, shortened
from passo_lod.sources.source import Source

if TYPE_CHECKING:
    from passo_lod.drafting.draft import DraftOptions

app = typer.Typer(
    help="Publish and serve participatory processes as linked open data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_releases.app, name="releases")

CHECKED = 500
"""Records of a draft that are checked at once; of a longer file, its beginning tells what to mend first."""

Data = Annotated[
    Path, typer.Option(help="The folder that holds sources/<source>/ (and places/, where it has its own).")
]
Releases = Annotated[Path, typer.Option(help="The folder that holds the releases and the link `current`.")]


MOST_TOLD = 20
"""Records of which `check` tells everything; of more it tells the commonest faults."""


def main() -> None:
    """Run the command line; a mistake of the caller is a message, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows no accents is no error
    try:
        app()
    except PassoError as problem:
        print(f"passo-lod: {problem}", file=sys.stderr)  # noqa: T201 - the command line speaks
        raise SystemExit(problem.status) from problem


Store = Annotated[
    str | None, typer.Option(metavar="URL", help="The SPARQL endpoint (address of queries) that holds the release.")
]


@app.command()
def publish(
    data: Data = Path("data"),
    releases: Releases = Path("releases"),
    to: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Load the release into this SPARQL store too (address of queries)."),
    ] = None,
    update: Annotated[
        str | None, typer.Option(metavar="URL", help="The store's address of updates; by default guessed from --to.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that map and validate.")] = 1,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The dask scheduler whose workers map and validate instead.")
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Settle again the records that were settled before.")] = False,
    graph_store: Annotated[
        str | None, typer.Option(metavar="URL", help="The store's address of graphs; by default guessed from --to.")
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest releases stay.")] = DEFAULT.keep,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT[:SOURCE]", help="Let pass what stopped a release: shrink or quarantine, or one for a source."
        ),
    ] = None,
    most_lost: Annotated[
        float, typer.Option(min=0, max=100, help="The percentage of the records that a release may lose unasked.")
    ] = DEFAULT.shrink * 100,
    most_held: Annotated[
        float, typer.Option(min=0, max=100, help="The percentage that it may hold back unasked.")
    ] = DEFAULT.quarantine * 100,
) -> None:
    """Read all sources, map, validate, and write a release; `current` is swapped only when all is written."""
    from passo_lod.release.sparql_upload import UploadTarget, upload

    target = UploadTarget.of(to, update, graph_store) if to else None
    policy = PublishPolicy(most_lost / 100, most_held / 100, frozenset(accept or ()), keep)
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _stop)
    catalog = Catalog.open(data)
    with _progress() as progress, settling.executor(workers, cluster) as executor:
        published = pipeline.publish(catalog, releases, progress, executor=executor, anew=anew, policy=policy)
    typer.echo(f"records:  {published.accounting}")
    typer.echo(f"results:  {_counts(published.summary)}")
    typer.echo(f"ids:      {published.identity}")
    typer.echo(f"release:  {published.folder} ({published.quads:,} quads)")
    typer.echo(f"report:   {releases / 'current' / 'report.html'}")
    if target is not None:
        with _progress() as progress:
            upload(published.folder, target, progress)
        typer.echo(f"store:    {target.query.copy_with(userinfo=b'')} holds {published.folder.name}")


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Record files, or folders of them.")],
    source: Annotated[str, typer.Option(help="The source whose records they are, such as emilia-romagna.")],
    data: Data = Path("data"),
) -> None:
    """Read, map and validate a few files as records of a source, and say all that was found; write nothing."""
    # A file that is named twice, itself and by its folder, is one file.
    paths = list({path.resolve(): path for file in files for path in _record_files(file)}.values())
    _, outcomes = pipeline.check(Catalog.open(data), source, paths)
    report = ValidationReport.of(result for outcome in outcomes for result in outcome.results)
    if len(outcomes) <= MOST_TOLD:
        for outcome in outcomes:
            typer.echo("\n".join(_told(outcome)))
            typer.echo()
    else:
        typer.echo("\n".join(_kinds(report.summary)))
    typer.echo(f"records:  {batches.accounting(outcomes)} (nothing was written)")
    typer.echo(f"results:  {_counts(report.summary)}")
    typer.echo("conforms: yes" if report.conforms else "conforms: no")
    if not report.conforms:
        raise typer.Exit(1)


@app.command("new-source")
def new_source(
    name: Annotated[str, typer.Argument(help="The source's name, which stands in IRIs: a-z, 0-9 and hyphens.")],
    files: Annotated[
        list[Path],
        typer.Option("--from", metavar="FILE", help="A file of records, or several of one kind (repeat it)."),
    ],
    data: Data = Path("data"),
    licence: Annotated[str | None, typer.Option(help="The IRI of the licence of the data.")] = None,
    title: Annotated[str | None, typer.Option(help="What readers shall call the data.")] = None,
    prefix: Annotated[str | None, typer.Option(help="Two to twelve small letters, with which ids begin.")] = None,
    observatory: Annotated[str | None, typer.Option(help="The name of the body that describes the processes.")] = None,
    site: Annotated[str | None, typer.Option(help="Where the data come from: an address that ends in a slash.")] = None,
    language: Annotated[str | None, typer.Option(help="The language of the texts, such as it.")] = None,
    region: Annotated[str | None, typer.Option(help="The region's ISTAT code, or the country's three letters.")] = None,
    id_from: Annotated[str | None, typer.Option("--id", help="The column that gives each record its id.")] = None,
) -> None:
    """Draft a source from its files: look into them, guess what their columns mean, and check the draft at once."""
    from passo_lod.drafting.draft import DraftOptions

    options = DraftOptions(licence, title, prefix, observatory, site, language, region, id_from)
    _draft_source(Catalog.open(data), name, _sources_files(files), options)


@app.command()
def serve(
    releases: Releases = Path("releases"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = 8000,
    dump: Annotated[
        Path | None, typer.Option(metavar="FILE.nq[.gz]", help="Serve this N-Quads file, and no release.")
    ] = None,
    deadline: Annotated[float, typer.Option(min=0.1, help="The seconds that a SPARQL query may take.")] = 10.0,
    memory: Annotated[int, typer.Option(min=16, help="The MiB of memory that a query may take.")] = 256,
    result: Annotated[int, typer.Option(min=1, help="The MiB that a result may have.")] = 16,
    workers: Annotated[int | None, typer.Option(min=1, help="Queries that run at once; by default one a core.")] = None,
    client_seconds: Annotated[
        float, typer.Option(min=0, help="The seconds of processor time a minute that one client may take; 0: any.")
    ] = 60.0,
    in_memory: Annotated[
        int, typer.Option(min=0, help="The MiB of N-Quads up to which a release is held in memory; else on disk.")
    ] = 1024,
    store: Store = None,
    url: Annotated[
        str | None,
        typer.Option(help="The address under which people reach this server, such as https://dati.example.org."),
    ] = None,
    proxy: Annotated[
        str | None, typer.Option(metavar="IP[,IP…]", help="The proxies whose X-Forwarded-For and -Proto are believed.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="The folder where indexes of releases on disk are kept for the next start.")
    ] = None,
) -> None:
    """Serve the current release: dereferenceable URIs, SPARQL, dumps."""
    # The web is only loaded by the command that needs it.
    from passo_lod.store.client_budget import Budget
    from passo_lod.store.loaded_release import StoragePolicy
    from passo_lod.store.protocol import MEBIBYTE, Limits
    from passo_lod.web.served_release import ServerSettings
    from passo_lod.web.server import serve as run

    settings = ServerSettings(
        limits=Limits(deadline, memory * MEBIBYTE, result * MEBIBYTE),
        workers=workers,
        budget=Budget(client_seconds),
        place=StoragePolicy(in_memory * MEBIBYTE, cache),
        store=store,
        url=url,
    )
    what = dump or releases / "current"
    if dump is not None and not dump.is_file():
        raise PassoError(f"{dump}: no such file; --dump names an N-Quads file, compressed with gzip or not")
    typer.echo(f"passo-lod serves {what} on http://{host}:{port} (stop with Ctrl-C)", err=True)
    run(dump or releases, host, port, settings=settings, proxy=proxy)


@app.command()
def query(
    file: Annotated[
        str, typer.Argument(metavar="FILE.rq", help="A file, - for standard input, or a stored query's name.")
    ],
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="Ask this SPARQL endpoint, and no release.")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="table, or one of csv tsv json xml ttl jsonld nt rdf trig nq.")
    ] = "table",
    releases: Releases = Path("releases"),
    deadline: Annotated[float, typer.Option(min=0.1, help="The seconds that the query may take.")] = 60.0,
) -> None:
    """Ask one SPARQL query, of the current release or of any endpoint, and print the result."""
    from passo_lod.cli import query_command as asking
    from passo_lod.store.protocol import Limits

    if form not in (asking.TABLE, *asking.FORMATS):
        raise PassoError(f"--format {form}: not known; there are {', '.join((asking.TABLE, *sorted(asking.FORMATS)))}")
    text = asking.read_query(file)
    limits = Limits(deadline, Limits.memory * 4, Limits.result * 64)
    answer = asking.ask_endpoint(endpoint, text, deadline) if endpoint else asking.ask_release(releases, text, limits)
    asking.print_result(answer, form)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """End a publisher as an error would, so that it leaves nothing half-written behind."""
    print("passo-lod: stopped; nothing is left half-written", file=sys.stderr)  # noqa: T201 - the command line speaks
    raise SystemExit(128 + number)


# ---------------------------------------------------------------------------------------------------------- new-source


def _sources_files(paths: list[Path]) -> list[Path]:
    """The files, with those of a folder in its place; each once."""
    return list({path.resolve(): path for each in paths for path in _record_files(each)}.values())


def _draft_source(catalog: Catalog, name: str, files: list[Path], options: "DraftOptions") -> None:
    # The readers of a file that nobody has described yet are only loaded by the command that needs them.
    from passo_lod.drafting import draft
    from passo_lod.drafting import draft_report as telling
    from passo_lod.drafting.column_evidence import KnownValues
    from passo_lod.drafting.hints import Hints

    sources = catalog.data / "sources"
    draft.refuse_taken(sources, name)
    workshop = PipelineContext.open(catalog)
    table = converters(options.language or "it", options.site or "https://example.org/")
    known = KnownValues(table, workshop.schemes, workshop.places, Hints.open(workshop.vocabulary_quads))
    drafted = draft.draft(name, files, known, options, _prefixes(sources))
    folder = drafted.write(sources, lambda folder: SourcePipeline.open(folder, workshop))
    typer.echo("\n".join(telling.draft_report(drafted, folder)))
    _check_draft(folder, workshop)
    typer.echo("\n".join(telling.next_step(drafted, folder, catalog.data)))


def _prefixes(sources: Path) -> set[str]:
    """The prefixes of the sources that are there; one that is not in order has none."""
    found = set()
    for path in sources.glob("[!._]*/source.yaml"):
        with suppress(PassoError):
            found.add(Source.open(path.parent).prefix)
    return found


def _check_draft(folder: Path, workshop: PipelineContext) -> None:
    """What `check` would say of the draft, in short; of a long file, of its beginning."""
    line = SourcePipeline.open(folder, workshop)
    readings = list(islice(line.source.readings(), CHECKED + 1))
    if len(readings) > CHECKED:
        outcomes = batches.process_batch(readings[:CHECKED], line, workshop)
    else:
        outcomes = batches.process(line, workshop)
    report = ValidationReport.of(result for outcome in outcomes for result in outcome.results)
    typer.echo("What `check` finds" + (f" in the first {CHECKED} records" if len(readings) > CHECKED else ""))
    typer.echo(f"  records:  {batches.accounting(outcomes)} (nothing was published)")
    typer.echo(f"  results:  {_counts(report.summary)}")
    for line_of_kind in islice(_kinds(report.summary), 10):
        typer.echo(line_of_kind)
    typer.echo()


# ------------------------------------------------------------------------------------------------------------ progress


@contextmanager
def _progress() -> Iterator[batches.Progress]:
    """A bar on a terminal; otherwise a plain line a stage, which a log can keep."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain_line
        return
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, int] = {}

        def show(stage: str, done: int, total: int) -> None:
            task = tasks.setdefault(stage, bars.add_task(stage, total=total) if stage not in tasks else 0)
            bars.update(task, completed=done, total=total)  # type: ignore[arg-type]

        yield show


def _plain_line(stage: str, done: int, total: int) -> None:
    if done == total:
        typer.echo(f"{stage}: {done} of {total}", err=True)


# --------------------------------------------------------------------------------------------------------------- check


def _record_files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if each.is_file() and not each.name.startswith("."))
        if not files:
            raise PassoError(f"{path}: the folder holds no file")
        return files
    if not path.is_file():
        raise PassoError(f"{path}: no such file; check takes record files, or folders of them")
    return [path]


def _told(outcome: RecordOutcome) -> Iterator[str]:
    """All that is to be said of one record, for the person who wrote it."""
    yield f"{outcome.reading.path}  {outcome.reading.id or '(no id)'}"
    if outcome.reading.record is not None:
        yield from _read(outcome.reading.record)
    if outcome.mapped is not None:
        yield f"  mapped to {len(outcome.mapped.quads)} triples:"
        yield from _mapped(outcome.mapped)
    yield from _results(outcome)


def _read(record: Record) -> Iterator[str]:
    roles = Counter(role for _, role in record.roles)
    parts = ", ".join(f"{roles[role]} {role.value}" for role in LineRole)
    yield f"  lines read: {sum(roles.values())} that are not blank = {parts}"
    states = Counter(field.state for field in record.fields.values())
    yield f"  fields: {len(record.fields)} = " + ", ".join(f"{states[state]} {state.value}" for state in FieldState)


def _mapped(mapped: MappedRecord) -> Iterator[str]:
    """Each field with the statements that came of it, in the order of the page."""
    statements: dict[Field, dict[str, None]] = {}
    for quad in mapped.quads:
        origin = mapped.origins.get((quad.subject.value, quad.predicate.value))  # type: ignore[union-attr]
        if origin is not None and not _is_structure(quad, mapped):
            statements.setdefault(origin, {})[f"{shorten(quad.predicate.value)} = {_shown(quad.object)}"] = None
    for field in sorted(mapped.record.fields.values(), key=lambda each: each.value_line):
        state = "" if field.state is FieldState.VALUE else f" [{field.state.value}]"
        yield f"    {field.value_line:>5}  {field.label}{state}"
        yield from (f"             {each}" for each in statements.get(field, ["(no statement of its own)"]))


def _is_structure(quad: Quad, mapped: MappedRecord) -> bool:
    """Types, and links from a thing to its own parts: what a reader of values need not see."""
    parts = (f"/{mapped.record.id}/", f"/{mapped.record.id}#", f"/{mapped.record.id}")
    is_part = isinstance(quad.object, NamedNode) and any(
        part in quad.object.value if part[-1] in "/#" else quad.object.value.endswith(part) for part in parts
    )
    return quad.predicate == RDF.type or is_part


def _shown(term: object) -> str:
    if isinstance(term, NamedNode):
        return shorten(term.value)
    assert isinstance(term, Literal)  # noqa: S101 - published data has no blank node
    kind = f"@{term.language}" if term.language else f" ({shorten(term.datatype.value)})"
    return shortened(term.value, 90) + kind


def _results(outcome: RecordOutcome) -> Iterator[str]:
    yield from (f"  {result}" for result in outcome.results)
    if outcome.withdrawn is not None:
        yield f"  withdrawn by the source: {outcome.withdrawn}"
    else:
        yield "  would be quarantined" if outcome.quarantined else "  would be published"


def _kinds(summary: Summary) -> Iterator[str]:
    """The commonest faults of many records, with how often and an example of each."""
    for kind in summary.kinds:
        field = f" '{kind.field}'" if kind.field else ""
        yield f"{kind.count:>6} × {kind.severity.value}: {kind.code}{field}"
        record = f" ({kind.example.record})" if kind.example.record else ""
        yield f"         for example{record} {kind.example}"


def _counts(summary: Summary) -> str:
    return ", ".join(f"{count} {name}" for name, count in summary.counts.items())
