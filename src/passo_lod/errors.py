"""The errors that passo-lod raises for a wrong call, setting or file; faulty records raise none, they are `report.ValidationResult`s.

Each message says where the mistake is, what is wrong, and what would be right. The command line prints the message and exits with the
error's `status`.

Our exception hierarchy:

    PassoError
    ├── SettingsError     passo.yaml, or a folder that should be there      (catalog, dcat_settings, messages)
    ├── SourceError       data/sources/<source>/ or an option about it       (sources, drafting)
    ├── MappingError      data/sources/<source>/mapping.yaml                 (mapping)
    ├── VocabularyError   a file of ontology/, shapes/ or data/places/       (mapping, validation, pipeline, release)
    ├── ValidatorsDisagree   the prefilter and pySHACL differ about a record  (validation)
    ├── ReleaseError      a release that cannot be written, read or found    (release, store)
    │   ├── ReleaseBusy      another publisher is at work                    (release)
    │   └── ReleaseStopped   the release would lose or quarantine too much   (release)
    ├── NotInXml          a graph or result that XML cannot hold             (well_formed_xml)
    └── QueryRefused      a SPARQL query that was not answered               (store)
"""

from typing import ClassVar


class PassoError(Exception):
    """An error that the command line prints as a message, without a traceback.

    Attributes:
        status: the exit status of the command line (docs/command-line.md).
    """

    status: ClassVar[int] = 2


class SettingsError(PassoError):
    """`passo.yaml` or a folder it names is missing or wrong."""


class SourceError(PassoError):
    """A source, one of its files, or an option about it is wrong."""


class MappingError(PassoError):
    """A `mapping.yaml` is missing or wrong."""


class VocabularyError(PassoError):
    """A file of the ontology, the schemes, the shapes or the places is missing or wrong."""


class ValidatorsDisagree(PassoError):
    """The prefilter and pySHACL give different results for a record, so neither result is published."""


class ReleaseError(PassoError):
    """A release cannot be written, read or found."""


class ReleaseBusy(ReleaseError):
    """Another publisher has the lock; try again later (EX_TEMPFAIL of sysexits.h)."""

    status = 75


class ReleaseStopped(ReleaseError):
    """The release would lose or quarantine more records than the publish policy accepts."""

    status = 1


class NotInXml(PassoError):
    """XML cannot hold a graph or a result; the message says why."""


class QueryRefused(PassoError):
    """A SPARQL query was not answered.

    Attributes:
        reason: one word for machines: `malformed`, `forbidden`, `not-acceptable`, `timeout`, `memory`, `too-complex`,
            `result-too-large`, `over-budget`, `unavailable`.
        limit: the limit that the query exceeded, in the unit that the message names; None if there is none.
        used: how much of it was used, in the same unit, if known.
        retry_after: after how many seconds to try again, if that helps.
        seconds: the processor time that the query used before it was refused.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        *,
        limit: float | None = None,
        used: float | None = None,
        retry_after: float | None = None,
        seconds: float = 0.0,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.limit = limit
        self.used = used
        self.retry_after = retry_after
        self.seconds = seconds
