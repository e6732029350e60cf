"""The command line `passo-lod`: one function a command (docs/command-line.md), each a thin call of pipeline, store or web.

Exit status: 0 success; 1 the data are at fault (`check` found a violation, the publish policy stopped `publish`, `releases verify` found a
damaged file); 2 any other PassoError, such as a wrong call or setting or a refused query; 75 another publisher is at work (EX_TEMPFAIL of
sysexits.h); 128 + n after signal n.
"""

import io
import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from passo_lod.catalog import Catalog
from passo_lod.cli import release_commands
from passo_lod.cli.console import progress_on_stderr, reader_languages, result_counts
from passo_lod.cli.record_files import record_files
from passo_lod.errors import PassoError
from passo_lod.messages.message_catalogue import message
from passo_lod.release.publish_policy import DEFAULT, PublishPolicy
from passo_lod.release_layout import report_page

if TYPE_CHECKING:
    from passo_lod.pipeline.check import CheckedFiles

app = typer.Typer(
    help="Publish and serve participatory processes as linked open data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(release_commands.app, name="releases")

MAX_DETAILED = 20
"""Records that `check` reports in full; of more, it reports how often each kind of result occurs."""

Data = Annotated[
    Path, typer.Option(help="The folder that holds sources/<source>/ (and places/, where it has its own).")
]
Releases = Annotated[Path, typer.Option(help="The folder that holds the releases and the link `current`.")]
Value = TypeVar("Value")
Store = Annotated[
    str | None, typer.Option(metavar="URL", help="The SPARQL endpoint (address of queries) that holds the release.")
]


def main() -> None:
    """Run the command line; a PassoError becomes a message and an exit status, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # for terminals whose encoding lacks a character
    try:
        app()
    except PassoError as problem:
        print(f"passo-lod: {problem}", file=sys.stderr)  # noqa: T201 - standard output is the command line's job
        raise SystemExit(problem.status) from problem


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
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that map and validate; by default one a core for many records, else one."),
    ] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The dask scheduler whose workers map and validate instead.")
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Process all records again, also those that did not change.")
    ] = False,
    graph_store: Annotated[
        str | None, typer.Option(metavar="URL", help="The store's address of graphs; by default guessed from --to.")
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest releases to retain.")] = DEFAULT.keep,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT[:SOURCE]",
            help="Publish although a limit is exceeded: shrink or quarantine, or for one source, as in shrink:toscana.",
        ),
    ] = None,
    max_loss: Annotated[
        float, typer.Option(min=0, max=100, help="The percentage of its records that a release may lose.")
    ] = DEFAULT.shrink * 100,
    max_quarantine: Annotated[
        float, typer.Option(min=0, max=100, help="The percentage of its records that it may quarantine.")
    ] = DEFAULT.quarantine * 100,
    former_no_cache: Annotated[bool, typer.Option("--anew", hidden=True)] = False,
    former_max_loss: Annotated[float | None, typer.Option("--most-lost", min=0, max=100, hidden=True)] = None,
    former_max_quarantine: Annotated[float | None, typer.Option("--most-held", min=0, max=100, hidden=True)] = None,
) -> None:
    """Read all sources, map, validate, and write a release; `current` changes only once all files are written."""
    from passo_lod.pipeline.executors import default_workers, open_executor
    from passo_lod.pipeline.publish import publish as publish_catalog
    from passo_lod.release.sparql_upload import UploadTarget, upload

    no_cache = _renamed("--anew", "--no-cache", former_no_cache or None, no_cache)
    max_loss = _renamed("--most-lost", "--max-loss", former_max_loss, max_loss)
    max_quarantine = _renamed("--most-held", "--max-quarantine", former_max_quarantine, max_quarantine)
    target = UploadTarget.of(to, update, graph_store) if to else None
    policy = PublishPolicy(max_loss / 100, max_quarantine / 100, frozenset(accept or ()), keep)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _exit_on_signal)
    catalog = Catalog.open(data)
    with progress_on_stderr() as progress, open_executor(workers or default_workers(catalog), cluster) as executor:
        published = publish_catalog(catalog, releases, progress, policy=policy, executor=executor, no_cache=no_cache)
    typer.echo(f"records:  {published.accounting}")
    typer.echo(f"results:  {result_counts(published.summary)}")
    if likely := published.likely_duplicates:
        typer.echo(
            f"decide:   likely duplicates: {likely:,}; the report gives the evidence (likely-duplicate), duplicates.yaml takes the answers"
        )
    typer.echo(f"ids:      {published.identity}")
    typer.echo(f"release:  {published.folder} ({published.quads:,} quads)")
    typer.echo(f"report:   {releases / 'current' / report_page(reader_languages(None)[0])}")
    if target is not None:
        with progress_on_stderr() as progress:
            upload(published.folder, target, progress)
        typer.echo(f"store:    {target.query.copy_with(userinfo=b'')} holds {published.folder.name}")


def _renamed(former: str, name: str, former_value: Value | None, value: Value) -> Value:
    """The value of an option that may be given by its former name; the next version drops the former names."""
    if former_value is None:
        return value
    typer.echo(f"passo-lod: {former} is now called {name}; the next version no longer knows {former}", err=True)
    return former_value


def _exit_on_signal(number: int, _frame: FrameType | None) -> NoReturn:
    """End a publisher as an error would, so that its temporary files are removed."""
    print("passo-lod: stopped; nothing is left half-written", file=sys.stderr)  # noqa: T201 - standard output is the command line's job
    raise SystemExit(128 + number)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Record files, or folders of them.")],
    source: Annotated[str, typer.Option(help="The source whose records they are, such as emilia-romagna.")],
    data: Data = Path("data"),
    language: Annotated[
        str | None, typer.Option(help="The language of the report: it or en; by default that of the environment.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON, for programs.")] = False,
) -> None:
    """Read, map and validate a few files as records of a source, and report everything found; write nothing."""
    from passo_lod.cli.check_report import check_document
    from passo_lod.pipeline.check import check_files

    language = reader_languages(language)[0]
    checked = check_files(Catalog.open(data), source, record_files(files, language))
    if as_json:
        typer.echo(json.dumps(check_document(checked), ensure_ascii=False, indent=2))
    else:
        _print_check(checked, language)
    if not checked.report.conforms:
        raise typer.Exit(1)


def _print_check(checked: "CheckedFiles", language: str) -> None:
    from passo_lod.cli.check_report import group_lines, ignored_lines, line_suggestions, outcome_lines

    is_detailed = len(checked.outcomes) <= MAX_DETAILED
    for outcome in checked.outcomes if is_detailed else ():
        typer.echo("\n".join((*outcome_lines(outcome, checked.ignored_labels, language), "")))
    for line in group_lines(checked.groups, line_suggestions(checked), language, with_examples=not is_detailed):
        typer.echo(line)
    for line in () if is_detailed else ignored_lines(checked, language):
        typer.echo(line)
    counts = result_counts(checked.report.summary, language)
    typer.echo(message("check.records", language, accounting=checked.accounting.text(language)))
    typer.echo(message("check.results", language, counts=counts))
    typer.echo(message("check.conforms" if checked.report.conforms else "check.does-not-conform", language))


@app.command("new-source")
def new_source(
    name: Annotated[str, typer.Argument(help="The source's name, which stands in IRIs: a-z, 0-9 and hyphens.")],
    files: Annotated[
        list[Path],
        typer.Option("--from", metavar="FILE", help="A file or folder of records, or several of one kind (repeat it)."),
    ],
    data: Data = Path("data"),
    licence: Annotated[str | None, typer.Option(help="The IRI of the licence of the data.")] = None,
    title: Annotated[str | None, typer.Option(help="The title of the dataset, for readers.")] = None,
    prefix: Annotated[str | None, typer.Option(help="Two to twelve small letters, with which ids begin.")] = None,
    observatory: Annotated[str | None, typer.Option(help="The name of the body that describes the processes.")] = None,
    site: Annotated[str | None, typer.Option(help="Where the data come from: an address that ends in a slash.")] = None,
    language: Annotated[str | None, typer.Option(help="The language of the texts, such as it.")] = None,
    region: Annotated[str | None, typer.Option(help="The region's ISTAT code, or the country's three letters.")] = None,
    id_from: Annotated[
        list[str] | None,
        typer.Option(
            "--id", metavar="COLUMN", help="The column that gives each record its id; repeated, those that do together."
        ),
    ] = None,
    records: Annotated[
        str | None, typer.Option(metavar="PATH", help="Where in a JSON file the records are, such as data.cases.")
    ] = None,
) -> None:
    """Draft a source from its files: look into them, guess what their columns mean, and check the draft at once."""
    # Imported here, because only this command needs the drafting package.
    from passo_lod.cli.draft_command import draft_source
    from passo_lod.drafting.draft_options import DraftOptions

    options = DraftOptions(licence, title, prefix, observatory, site, language, region, tuple(id_from or ()), records)
    draft_source(Catalog.open(data), name, record_files(files), options)


@app.command()
def serve(
    releases: Releases = Path("releases"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on.")] = 8000,
    dump: Annotated[
        Path | None, typer.Option(metavar="FILE.nq[.gz]", help="Serve this N-Quads file instead of a release.")
    ] = None,
    deadline: Annotated[float, typer.Option(min=0.1, help="The seconds that a SPARQL query may take.")] = 10.0,
    memory: Annotated[int, typer.Option(min=16, help="The MiB of memory that a query may take.")] = 256,
    result: Annotated[int, typer.Option(min=1, help="The MiB that a result may have.")] = 16,
    workers: Annotated[int | None, typer.Option(min=1, help="Queries that run at once; by default one a core.")] = None,
    client_seconds: Annotated[
        float, typer.Option(min=0, help="The seconds of processor time a minute that one client may use; 0: no limit.")
    ] = 60.0,
    in_memory: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Load a release with up to so many MiB of N-Quads into memory. By default a release with an index is opened from it, and another "
            "is loaded up to 1024.",
        ),
    ] = None,
    store: Store = None,
    url: Annotated[
        str | None,
        typer.Option(help="The address under which people reach this server, such as https://dati.example.org."),
    ] = None,
    proxy: Annotated[
        str | None, typer.Option(metavar="IP[,IP…]", help="The proxies whose X-Forwarded-For and -Proto are trusted.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="The folder where indexes of releases on disk are stored for the next start.")
    ] = None,
) -> None:
    """Serve the current release: dereferenceable URIs, SPARQL, dumps."""
    # Imported here, because only this command needs the web package.
    from passo_lod.store.client_budget import Budget
    from passo_lod.store.loaded_release import StoragePolicy
    from passo_lod.store.protocol import MEBIBYTE, Limits
    from passo_lod.web.served_release import ServerSettings
    from passo_lod.web.server import serve as run_server

    settings = ServerSettings(
        limits=Limits(deadline, memory * MEBIBYTE, result * MEBIBYTE),
        workers=workers,
        budget=Budget(client_seconds),
        storage=StoragePolicy(None if in_memory is None else in_memory * MEBIBYTE, cache),
        store=store,
        url=url,
    )
    if dump is not None and not dump.is_file():
        raise PassoError(f"{dump}: no such file; --dump names an N-Quads file, compressed with gzip or not")
    typer.echo(f"passo-lod serves {dump or releases / 'current'} on http://{host}:{port} (stop with Ctrl-C)", err=True)
    run_server(dump or releases, host, port, settings=settings, proxy=proxy)


@app.command()
def query(
    file: Annotated[
        str, typer.Argument(metavar="FILE.rq", help="A file, - for standard input, or a stored query's name.")
    ],
    endpoint: Annotated[
        str | None, typer.Option(metavar="URL", help="Ask this SPARQL endpoint instead of the current release.")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="table, or one of csv tsv json xml ttl jsonld nt rdf trig nq.")
    ] = "table",
    releases: Releases = Path("releases"),
    deadline: Annotated[float, typer.Option(min=0.1, help="The seconds that the query may take.")] = 60.0,
    iris: Annotated[bool, typer.Option("--iris", help="Show IRIs in the table, not the names of things.")] = False,
    language: Annotated[
        str | None, typer.Option(help="The language of the names: it or en; by default that of the environment.")
    ] = None,
) -> None:
    """Ask one SPARQL query, of the current release or of any endpoint, and print the result."""
    from passo_lod.cli import query_command
    from passo_lod.store.protocol import Limits

    formats = (query_command.TABLE, *sorted(query_command.FORMATS))
    if form not in formats:
        raise PassoError(f"--format {form}: not known; there are {', '.join(formats)}")
    text = query_command.with_known_names(query_command.read_query(file))
    limits = Limits(deadline, Limits.memory * 4, Limits.result * 64)
    languages = reader_languages(language)
    if iris or form != query_command.TABLE:
        languages = ()
    if endpoint:
        answer = query_command.ask_endpoint(endpoint, text, limits, languages)
    else:
        answer = query_command.ask_release(releases, text, limits, languages)
    query_command.print_result(answer, form)


@app.command()
def compare(
    question: Annotated[
        str | None,
        typer.Argument(
            metavar="QUESTION",
            help="The name of a question; without it and without options all questions are listed.",
        ),
    ] = None,
    measure: Annotated[str | None, typer.Option(help="What to compare, such as total-cost.")] = None,
    by: Annotated[str | None, typer.Option(help="The dimension of the groups, such as region.")] = None,
    series: Annotated[str | None, typer.Option("--and", help="A second dimension.")] = None,
    region: Annotated[list[str] | None, typer.Option(help="Only processes of this region, such as istat-08.")] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="YEAR", help="Only processes that start in this year or later.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="YEAR", help="Only processes that start in this year or earlier.")
    ] = None,
    where: Annotated[
        list[str] | None, typer.Option(metavar="DIMENSION=VALUE", help="Only processes of this value of a dimension.")
    ] = None,
    declared: Annotated[
        bool, typer.Option("--list", help="List the measures and dimensions that there are, with their notes.")
    ] = False,
    form: Annotated[str, typer.Option("--format", help="table, csv, json or md; svg or png for an image.")] = "table",
    as_map: Annotated[
        bool, typer.Option("--map", help="With svg or png: draw a map, of a comparison by places, instead of a chart.")
    ] = False,
    endpoint: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Ask this SPARQL endpoint of a passo-lod instead of the current release."),
    ] = None,
    releases: Releases = Path("releases"),
    deadline: Annotated[float, typer.Option(min=0.1, help="The seconds that each query may take.")] = 60.0,
    language: Annotated[
        str | None, typer.Option(help="The language of the names: it or en; by default that of the environment.")
    ] = None,
) -> None:
    """Compare processes: answer a question, or one measure by one or two dimensions."""
    # Imported here, because only this command needs the client.
    from passo_lod.cli import compare_command
    from passo_lod.store.protocol import Limits

    languages = reader_languages(language)
    if form not in compare_command.FORMATS:
        raise PassoError(f"--format {form}: not known; there are {', '.join(compare_command.FORMATS)}")
    if as_map and form not in compare_command.IMAGES:
        raise PassoError(f"--map: a map is an image; add --format {' or --format '.join(compare_command.IMAGES)}")
    place = compare_command.Endpoint(
        releases, endpoint, Limits(deadline, Limits.memory * 4, Limits.result * 64), languages
    )
    options = [("measure", measure), ("by", by), ("and", series), ("from", first), ("to", last)]
    parameters = [
        *((name, value) for name, value in options if value),
        *(("region", each) for each in region or ()),
        *compare_command.filters_of(where or ()),
    ]
    if declared:
        compare_command.print_declarations(place)
    elif question is None and not parameters:
        compare_command.print_questions(languages[0])
    else:
        compare_command.compare(question, parameters, form, place, as_map=as_map)
