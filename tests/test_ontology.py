"""The ontology, concept schemes, alignments and JSON-LD context are complete, bilingual and consistent."""

import json
import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pyoxigraph
import pyshacl
import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node

from passo_lod.text_folding import fold

ROOT = Path(__file__).resolve().parents[1]
ONTOLOGY = ROOT / "ontology"
SHAPES = ROOT / "shapes"

BASE = "https://w3id.org/passo/"
PASSO = Namespace(BASE + "onto/")
CVL = Namespace(BASE + "controlled-vocabulary/")
L0 = Namespace("https://w3id.org/italia/onto/l0/")
SCHEMA = Namespace("https://schema.org/")
SH = Namespace("http://www.w3.org/ns/shacl#")
VS = Namespace("http://www.w3.org/2003/06/sw-vocab-status/ns#")

SCHEME_FILES = sorted(ONTOLOGY.glob("schemes/*.ttl"))
ALIGNMENT_FILES = sorted(ONTOLOGY.glob("alignments/*.ttl"))
ONTOLOGY_FILES = [ONTOLOGY / "passo.ttl", *SCHEME_FILES, *ALIGNMENT_FILES]
SHAPE_FILES = sorted(SHAPES.glob("*.ttl"))
EXAMPLE_FILES = sorted(SHAPES.glob("examples/**/*.ttl"))
TURTLE_FILES = [*ONTOLOGY_FILES, *SHAPE_FILES, *EXAMPLE_FILES]
MAPPING_FILES = sorted(ROOT.glob("data/sources/*/mapping.yaml"))
QUERY_FILES = sorted(ROOT.glob("src/passo_lod/queries/**/*.rq"))
TABLE_FILES = sorted(ROOT.glob("src/passo_lod/release/tables/**/*.rq"))
EXPECTED_FILES = sorted(ROOT.glob("data/sources/*/expected/*.ttl"))

LEVEL_SCALES = ["participation-level-er", "iap2-spectrum", "arnstein-ladder", "participedia-spectrum"]
ORDERED_SCHEMES = [*LEVEL_SCALES, "participation-band", "progress-status"]
NO_LEVELS = [CVL["participedia-spectrum/not-applicable"]]
LABELS = [SKOS.prefLabel, SKOS.altLabel, SKOS.hiddenLabel, SKOS.notation]
TERM_KINDS = [OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty]

# Every term of another vocabulary that ontology/ and shapes/ use. A new one is looked up in its vocabulary, then added here.
FOREIGN_TERMS = {
    "http://dati.gov.it/onto/dcatapit#": "Agent Catalog Dataset Distribution LicenseDocument Organization Standard endDate startDate",
    "http://data.europa.eu/eli/ontology#": "LegalResource date_document id_local",
    "http://data.europa.eu/m8g/": "Evidence PublicEvent PublicOrganisation Requirement audience eventStatus "
    "expectedNumberOfParticipants format isDerivedFrom supportsRequirement",
    "http://purl.org/dc/terms/": "LicenseDocument Location PeriodOfTime ProvenanceStatement RightsStatement accessRights accrualPeriodicity created creator description format hasPart identifier isPartOf "
    "isReplacedBy issued language license modified provenance publisher references rights rightsHolder source spatial subject temporal title type",
    "http://purl.org/vocab/vann/": "preferredNamespacePrefix preferredNamespaceUri",
    "http://rdfs.org/ns/void#": "Linkset objectsTarget",
    "http://spdx.org/rdf/terms#": "Checksum algorithm checksum checksumValue",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "Property Statement first langString nil object predicate rest subject type",
    "http://www.w3.org/2000/01/rdf-schema#": "Resource comment domain isDefinedBy label range seeAlso subClassOf subPropertyOf",
    "http://www.w3.org/2002/07/owl#": "Class DatatypeProperty ObjectProperty Ontology deprecated versionIRI versionInfo",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "lat long",
    "http://www.w3.org/2003/06/sw-vocab-status/ns#": "term_status",
    "http://www.w3.org/2004/02/skos/core#": "Concept ConceptScheme altLabel broadMatch broader closeMatch definition editorialNote "
    "exactMatch hasTopConcept hiddenLabel historyNote inScheme narrower notation prefLabel relatedMatch scopeNote topConceptOf",
    "http://www.w3.org/2006/vcard/ns#": "Kind fn hasEmail",
    "http://www.w3.org/ns/dcat#": "Catalog DataService Dataset DatasetSeries Distribution accessURL byteSize contactPoint dataset distribution "
    "downloadURL endpointURL keyword last mediaType servesDataset theme themeTaxonomy",
    "http://www.w3.org/ns/locn#": "Address address fullAddress locatorDesignator postCode postName thoroughfare",
    "http://www.w3.org/ns/org#": "Organization OrganizationalCollaboration OrganizationalUnit classification unitOf",
    "http://www.w3.org/ns/prov#": "Activity Entity",
    "http://xmlns.com/foaf/0.1/": "Agent Document Group depiction homepage logo name page primaryTopic",
    "https://schema.org/": "MonetaryAmount MonetaryGrant Organization Rating amount bestRating contentUrl currency domainIncludes "
    "duration endDate name rangeIncludes ratingValue startDate url value worstRating",
    "https://w3id.org/deliberation/ontology#": "DeliberationProcess Role Stage hasStage hasTopic",
    "https://w3id.org/italia/onto/ADMS/": "acronym hasSemanticAssetDistribution prefix",
    "https://w3id.org/italia/onto/CLV/": "City Country Province Region situatedWithin",
    "https://w3id.org/italia/onto/COV/": "IPAcode hasLegalStatus",
    "https://w3id.org/italia/onto/Project/": "Call",
    "https://w3id.org/italia/onto/l0/": "Activity positionInSequence",
}
# Languages of RDF itself: rdflib's own closed namespaces know their terms.
SHACL_AND_XSD = ("http://www.w3.org/ns/shacl#", "http://www.w3.org/2001/XMLSchema#")

# How the sources write the values of their closed lists.
SPELLINGS = [
    ("progress-status", "Concluso", "completed"),
    ("progress-status", "In corso", "ongoing"),
    ("progress-status", "Progetto", "planned"),
    ("process-nature", "Processo certificato e finanziato", "certified-funded"),
    ("process-nature", "Processo certificato non finanziato", "certified"),
    ("process-nature", "Processo non certificato", "not-certified"),
    ("answer", "Si", "yes"),
    ("answer", "Sì", "yes"),
    ("answer", "No", "no"),
    ("answer", "Non indicato o dato non disponibile nelle fonti consultate", "not-stated"),
    ("answer", "Non prevista come premialità nel bando di riferimento", "not-applicable"),
    ("answer", "Non previsto come premialità nel bando di riferimento", "not-applicable"),
    ("answer", "Non prevista nel bando di riferimento", "not-applicable"),
    ("answer", "Riserva di posti non prevista nel bando di riferimento", "not-applicable"),
    ("participation-type", "Partecipazione volontaria", "voluntary"),
    ("participation-type", "Partecipazione regolata da norme di settore", "sector-law"),
    ("participation-type", "Partecipazione regolata da Statuto o atti deliberativi", "statute"),
    ("participant-category", "Singoli cittadini", "individual-citizens"),
    ("participant-category", "Gruppi di cittadini (non specificati)", "citizen-groups"),
    ("participant-category", "Soggetti privati (non specificati)", "private-parties"),
    ("gender-prevalence", "Maschile", "male"),
    ("gender-prevalence", "Femminile", "female"),
    ("pandemic-impact", "Processo modificato", "modified"),
    ("professional-figure", "Facilitatori (Esterni)", "facilitator-external"),
    ("professional-figure", "Facilitatori (Interni)", "facilitator-internal"),
    ("technique", "World Cafè", "world-cafe"),
    ("technique", "Focus Group", "focus-group"),
    ("technique", "Passeggiata di quartiere", "neighbourhood-walk"),
    ("technique", "Metodo del consenso (Linee Guida Partecipazione RER)", "consensus-method"),
    ("participation-level-er", "Informazione", "information"),
    ("participation-level-er", "Consultazione", "consultation"),
    ("participation-level-er", "Progettazione partecipata", "participatory-design"),
    ("participation-level-er", "EMPOWERMENT", "empowerment"),
    ("proposer-type", "Unione di Comuni", "union-of-municipalities"),
    ("proposer-type", "Ente locale", "local-authority"),
    ("proposer-type", "Comune sorto da fusione", "merged-municipality"),
    ("proposer-type", "Ente locale con meno di 5.000 abitanti", "small-local-authority"),
    ("proposer-type", "Altri soggetti pubblici", "other-public"),
    ("proposer-type", "Ente pubblico", "other-public"),
    ("proposer-type", "Soggetti privati", "private"),
    ("proposer-type", "Soggetti privati giuridici", "private"),
    ("committee-function", "Monitoraggio degli esiti del processo", "outcome-monitoring"),
    ("committee-function", "Supervisione del corretto svolgimento del processo", "conduct-supervision"),
    ("committee-function", "Supervisione sull'imparzialità del conduttore del processo", "impartiality-supervision"),
    ("document-type", "01 - Scheda progetto", "project-sheet"),
    ("document-type", "02 - Documento di proposta partecipata", "proposal-document"),
    ("document-type", "03 - Relazioni intermedie e finali", "report"),
    ("document-type", "04 - Presa d'atto Ente Titolare della decisione", "acknowledgement-act"),
    ("technique", "Deliberative Polling®", "deliberative-polling"),
    ("policy-area", "planning_development", "regions-cities"),
    ("score-method", "Indice di partecipazione", "er-participation-index"),
    ("technique", "participedia-method-4777", "focus-group"),
    ("technique", "participedia-method-592", "citizens-initiative-review"),
    ("technique", "Q&A Session", "questions-answers"),
    ("participedia-issue", "planning_development", "planning"),
    ("participedia-issue", "Pianificazione & Sviluppo", "planning"),
    ("participedia-spectrum", "not", "not-applicable"),
    ("scope-of-influence", "city/town", "municipality"),
    ("scope-of-influence", "regional_eg_state_province_autonomous_region", "region"),
    ("decision-method", "general_agreement/consensus", "general-agreement"),
    ("decision-method", "preferential_voting", "preferential"),
    ("decision-method", "n/a", "not-applicable"),
    ("decision-method", "Don't Know", "unknown"),
    ("interaction-mode", "facetoface", "face-to-face"),
    ("organiser-type", "Sindacati dei lavoratori", "trade-union"),
    ("target-group", "racial/ethnic_groups", "ethnic-groups"),
    ("answer", "not_applicable", "not-applicable"),
    ("organisation-type", "Unione dei Comuni", "union-of-municipalities"),
]

# The codes of Participedia's closed lists, of today and of its data of 2017. "other", an issue and a group there, is neither.
PARTICIPEDIA_CODES = {
    "participedia-method-type": "collaborative community deliberative direct evaluation experiential informal "
    "informal_participation internal longterm participantled participatory planning protest public public_meetings research",
    "participedia-approach": "advocacy citizenship civil cogovernance consultation coproduction coproduction_form direct "
    "evaluation independent informal informal_engagement leadership protest research social",
    "participedia-tool-type": "collect facilitate facilitate_decisionmaking inform legislation manage plan propose recruit",
    "participedia-issue": "agriculture arts business economics education energy environment governance health housing human "
    "identity immigration international labor law media national planning science social transportation "
    "arts_culture_recreation governance_political_institutions_eg_constitutions_legal_systems_electoral_systems "
    "human_rights_civil_rights identity_diversity immigration_migration international_affairs "
    "law_enforcement_criminal_justice_corrections national_security planning_development science_technology social_welfare",
    "participedia-spectrum": "collaborate consult empower inform involve not",
    "scope-of-influence": "city/town metropolitan multinational national neighbourhood no_geo organization regional "
    "regional_eg_state_province_autonomous_region",
    "participant-selection": "both limited open open_to",
    "recruitment-method": "appointment captive election not random stratified",
    "decision-method": "dont general idea n/a na opinion voting majoritarian plurality preferential supermajoritarian unanimous "
    "general_agreement/consensus not_applicable opinion_survey consensus preferential_voting",
    "interaction-mode": "both facetoface online",
    "organiser-type": "academic activist community faithbased forprofit governmentowned individual international labortrade "
    "local n/a national nongovernmental philanthropic regional social",
    "participants-interaction": "acting ask discussion express formal informal listenwatch negotiation no_interaction "
    "storytelling teachinginstructing",
    "change-type": "changes changes_civic changes_how changes_public conflict",
    "implementer-of-change": "appointed corporations dont elected experts lay stakeholder",
    "purpose": "academic deliver develop make make_influence",
    "target-group": "appointed elderly elected experts immigrants indigenous lgbt lowincome men people racialethnic religious "
    "stakeholder students women youth gay/lesbian/bisexual/transgender_ie_lgbt lowincome_earners people_with_disabilities "
    "racial/ethnic_groups religious_groups",
}


@cache
def graph(*files: Path) -> Graph:
    parsed = Graph(bind_namespaces="none")
    for file in files:
        parsed.parse(file)
    return parsed


def ontology() -> Graph:
    return graph(*ONTOLOGY_FILES)


def scheme(code: str) -> Graph:
    return graph(ONTOLOGY / "schemes" / f"{code}.ttl")


def own_terms() -> list[Node]:
    return sorted(term for kind in TERM_KINDS for term in graph(ONTOLOGY / "passo.ttl").subjects(RDF.type, kind))


def concepts(data: Graph) -> list[Node]:
    return sorted(data.subjects(RDF.type, SKOS.Concept))


def languages(data: Graph, subject: Node, predicate: URIRef) -> list[str]:
    return sorted(str(text.language) for text in data.objects(subject, predicate) if isinstance(text, Literal))


def normalised(label: str) -> str:
    """Return a label without differences of case, accents, apostrophes and white space."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", label.casefold()) if not unicodedata.combining(char))
    return " ".join(re.sub(r"['’‘`´]", "", plain).split())


def stem_of(file: Path) -> str:
    return str(file.relative_to(ROOT).with_suffix(""))


# ---- files


@pytest.mark.parametrize("file", TURTLE_FILES, ids=stem_of)
def test_rdflib_and_oxigraph_read_the_same_graph(file: Path) -> None:
    triples = pyoxigraph.parse(path=str(file), format=pyoxigraph.RdfFormat.TURTLE)
    lines = pyoxigraph.serialize((quad.triple for quad in triples), format=pyoxigraph.RdfFormat.N_TRIPLES)
    assert isomorphic(graph(file), Graph().parse(data=lines, format="nt"))


def test_a_prefix_has_the_same_iri_in_every_file() -> None:
    bound: dict[str, set[str]] = {}
    for file in TURTLE_FILES:
        for prefix, namespace in re.findall(
            r"^@prefix ([\w-]+):\s+<([^>]+)> \.$", file.read_text(encoding="utf-8"), re.MULTILINE
        ):
            bound.setdefault(prefix, set()).add(namespace)
    for prefix, value in context().items():
        if isinstance(value, str) and value.startswith("http"):
            bound.setdefault(prefix, set()).add(value)
    assert {prefix: namespaces for prefix, namespaces in bound.items() if len(namespaces) > 1} == {}


@pytest.mark.parametrize("file", TURTLE_FILES, ids=stem_of)
def test_file_declares_the_prefixes_it_uses_and_no_other_in_order(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    declared = re.findall(r"^@prefix ([\w-]+):", text, re.MULTILINE)
    body = re.sub(
        r'^@prefix.*$|^#.*$|"""(?:.|\n)*?"""|"(?:\\.|[^"\\])*"(?:@\w+)?|<[^>]*>', " ", text, flags=re.MULTILINE
    )
    assert declared == sorted(set(re.findall(r"(?<![\w-])([a-z][\w-]*):", body)))


@pytest.mark.parametrize("file", ONTOLOGY_FILES, ids=stem_of)
def test_ontology_file_has_no_blank_node(file: Path) -> None:
    assert [term for triple in graph(file) for term in triple if isinstance(term, BNode)] == []


def test_foreign_terms_are_known_in_their_vocabulary() -> None:
    used = {term for triple in graph(*ONTOLOGY_FILES, *SHAPE_FILES) for term in triple if isinstance(term, URIRef)}
    known = {URIRef(namespace + name) for namespace, names in FOREIGN_TERMS.items() for name in names.split()}
    foreign = {
        term for term in used for namespace in FOREIGN_TERMS if re.fullmatch(re.escape(namespace) + r"[\w-]+", term)
    }
    assert sorted(foreign - known) == []
    assert sorted(known - foreign) == []


def test_every_vocabulary_in_use_is_in_the_table_of_foreign_terms() -> None:
    predicates = {str(predicate) for predicate in graph(*ONTOLOGY_FILES, *SHAPE_FILES).predicates()}
    familiar = (*FOREIGN_TERMS, *SHACL_AND_XSD, BASE)
    assert [predicate for predicate in predicates if not predicate.startswith(familiar)] == []


# ---- terms


@pytest.mark.parametrize("term", own_terms(), ids=lambda term: term.removeprefix(PASSO))
@pytest.mark.parametrize("predicate", [RDFS.label, RDFS.comment], ids=["label", "comment"])
def test_term_has_label_and_comment_in_italian_and_english(term: Node, predicate: URIRef) -> None:
    assert languages(graph(ONTOLOGY / "passo.ttl"), term, predicate) == ["en", "it"]


def test_no_two_terms_share_a_label() -> None:
    labels = Counter(
        (normalised(label), label.language) for term in own_terms() for label in ontology().objects(term, RDFS.label)
    )
    assert [label for label, count in labels.items() if count > 1] == []


def test_a_comment_does_not_start_with_the_label() -> None:
    parrots = [
        str(term)
        for term in own_terms()
        for label in ontology().objects(term, RDFS.label)
        for comment in ontology().objects(term, RDFS.comment)
        if comment.language == label.language and normalised(comment).startswith(normalised(label) + " ")
    ]
    assert parrots == []


def test_classes_are_upper_camel_case_and_properties_lower() -> None:
    odd = [
        name
        for term in own_terms()
        if not re.fullmatch(
            r"[A-Z][A-Za-z]+" if (term, RDF.type, OWL.Class) in ontology() else r"[a-z][A-Za-z]+",
            name := str(term).removeprefix(PASSO),
        )
    ]
    assert odd == []


def own_properties() -> list[Node]:
    return [term for term in own_terms() if (term, RDF.type, OWL.Class) not in ontology()]


def domains(term: Node) -> set[Node]:
    return {*ontology().objects(term, RDFS.domain), *ontology().objects(term, SCHEMA.domainIncludes)}


def ranges(term: Node) -> set[Node]:
    return {*ontology().objects(term, RDFS.range), *ontology().objects(term, SCHEMA.rangeIncludes)}


@pytest.mark.parametrize("term", own_properties(), ids=lambda term: term.removeprefix(PASSO))
def test_a_property_has_one_domain_and_one_range_or_lists_several(term: Node) -> None:
    """Several `rdfs:domain` would mean all of them at once (RDF Schema 1.1, 3.2), hence `schema:domainIncludes`."""
    for one, several in ((RDFS.domain, SCHEMA.domainIncludes), (RDFS.range, SCHEMA.rangeIncludes)):
        single, listed = list(ontology().objects(term, one)), list(ontology().objects(term, several))
        assert (len(single) == 1 and listed == []) or (single == [] and len(listed) > 1), one


def test_domains_and_datatypes_are_those_of_the_shapes() -> None:
    shapes = graph(*SHAPE_FILES)
    different = []
    for term in own_properties():
        property_shapes = set(shapes.subjects(SH.path, term))
        classes = {
            target
            for property_shape in property_shapes
            for node_shape in shapes.subjects(SH.property, property_shape)
            for target in shapes.objects(node_shape, SH.targetClass)
        }
        values = {
            value
            for property_shape in property_shapes
            for predicate in (SH.datatype, SH["class"])
            for value in shapes.objects(property_shape, predicate)
        }
        if classes != domains(term) or not values <= ranges(term):
            different.append((term, classes ^ domains(term), values - ranges(term)))
    assert different == []


@pytest.mark.parametrize("file", EXPECTED_FILES, ids=stem_of)
def test_domains_and_ranges_are_true_of_the_published_samples(file: Path) -> None:
    data = graph(file) + ontology()
    wrong = [
        (subject, term, value)
        for term in own_properties()
        for subject, value in graph(file).subject_objects(term)
        if not set(data.objects(subject, RDF.type)) & domains(term) or not is_in_range(value, term, data)
    ]
    assert wrong == []


def is_in_range(value: Node, term: Node, data: Graph) -> bool:
    """Whether a value has a datatype or class of the term's range; a node without a class in these files is not judged."""
    if isinstance(value, Literal):
        datatype = RDF.langString if value.language else value.datatype or XSD.string
        return datatype in ranges(term)
    classes = set(data.objects(value, RDF.type))
    return not classes or RDF.Property in ranges(term) or bool(classes & ranges(term))


def test_a_term_that_nothing_uses_is_reserved_and_no_other() -> None:
    """In use is what a mapping, a query or table, a declaration of comparison, or the program writes or reads; a shape alone is no use."""
    sources = [*MAPPING_FILES, *QUERY_FILES, *TABLE_FILES, ONTOLOGY / "comparison.ttl"]
    used = {iri for file in sources for iri in own_iris(file.read_text(encoding="utf-8"))}
    program = "\n".join(file.read_text(encoding="utf-8") for file in ROOT.glob("src/passo_lod/**/*.py"))
    used |= {str(PASSO[name]) for name in re.findall(r"(?:PASSO\.|passo:)(\w+)", program)}
    used |= {str(parent) for term in own_terms() if str(term) in used for parent in ancestors(term)}
    reserved = {str(term) for term in own_terms() if (term, VS.term_status, Literal("unstable")) in ontology()}
    assert {str(term) for term in own_terms()} - used == reserved
    assert [term for term in reserved if languages(ontology(), URIRef(term), SKOS.scopeNote) != ["en", "it"]] == []


def ancestors(term: Node) -> set[Node]:
    return {
        *ontology().transitive_objects(term, RDFS.subClassOf),
        *ontology().transitive_objects(term, RDFS.subPropertyOf),
    }


def test_every_scheme_is_used_by_a_mapping_a_shape_or_an_alignment() -> None:
    files = [*MAPPING_FILES, *SHAPE_FILES, *ALIGNMENT_FILES]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    assert [file.stem for file in SCHEME_FILES if file.stem not in text] == []


def test_the_english_of_the_vocabulary_is_plain() -> None:
    """A record states, a list distinguishes; only people tell, and they tell stories."""
    pattern = re.compile(r"\b(?:told|tells|does not tell|tell apart|told apart)\b")
    texts = {
        str(text)
        for text in ontology().objects()
        if isinstance(text, Literal) and text.language == "en" and pattern.search(text)
    }
    assert texts == set()


def test_the_creator_of_the_vocabulary_is_described() -> None:
    makers = {
        maker for predicate in (DCTERMS.creator, DCTERMS.publisher) for maker in ontology().objects(None, predicate)
    }
    assert [maker for maker in makers if languages(ontology(), maker, SKOS.prefLabel) != ["en", "it"]] == []


def test_a_replaced_term_is_deprecated() -> None:
    replaced = ontology().subjects(DCTERMS.isReplacedBy)
    assert [term for term in replaced if (term, OWL.deprecated, Literal(True)) not in ontology()] == []


def test_no_deprecated_term_is_replaced_by_a_deprecated_one() -> None:
    replacements = ontology().objects(None, DCTERMS.isReplacedBy)
    assert [term for term in replacements if (term, OWL.deprecated, Literal(True)) in ontology()] == []


# ---- schemes


@pytest.mark.parametrize("file", SCHEME_FILES, ids=stem_of)
def test_file_contains_one_scheme_of_its_name(file: Path) -> None:
    assert list(graph(file).subjects(RDF.type, SKOS.ConceptScheme)) == [CVL[file.stem]]
    assert list(graph(file).objects(CVL[file.stem], DCTERMS.identifier)) == [Literal(file.stem)]


@pytest.mark.parametrize("file", SCHEME_FILES, ids=stem_of)
def test_concept_has_code_labels_and_definition(file: Path) -> None:
    for concept in concepts(graph(file)):
        code = graph(file).value(concept, SKOS.notation)
        assert concept == CVL[f"{file.stem}/{code}"]
        assert list(graph(file).objects(concept, SKOS.inScheme)) == [CVL[file.stem]]
        assert languages(graph(file), concept, SKOS.prefLabel) == ["en", "it"]
        assert languages(graph(file), concept, SKOS.definition) == ["en", "it"]


@pytest.mark.parametrize("file", SCHEME_FILES, ids=stem_of)
def test_no_two_concepts_of_a_scheme_share_a_label(file: Path) -> None:
    owners: dict[str, set[Node]] = {}
    for concept in concepts(graph(file)):
        for predicate in LABELS:
            for label in graph(file).objects(concept, predicate):
                owners.setdefault(normalised(label), set()).add(concept)
    assert [label for label, sharers in owners.items() if len(sharers) > 1] == []


@pytest.mark.parametrize("file", SCHEME_FILES, ids=stem_of)
def test_top_concepts_and_broader_concepts_are_consistent_in_both_directions(file: Path) -> None:
    data = graph(file)
    tops = set(data.objects(CVL[file.stem], SKOS.hasTopConcept))
    top_concepts = set(data.subjects(SKOS.topConceptOf, CVL[file.stem]))
    assert tops == top_concepts, (
        f"{file.name}: skos:hasTopConcept and skos:topConceptOf differ by {tops ^ top_concepts}"
    )
    assert tops == {concept for concept in concepts(data) if data.value(concept, SKOS.broader) is None}
    assert set(data.subject_objects(SKOS.broader)) == {
        (child, parent) for parent, child in data.subject_objects(SKOS.narrower)
    }


@pytest.mark.parametrize("file", SCHEME_FILES, ids=stem_of)
def test_scheme_file_has_no_match_to_another_scheme(file: Path) -> None:
    matches = {SKOS.broadMatch, SKOS.closeMatch, SKOS.exactMatch, SKOS.narrowMatch, SKOS.relatedMatch, RDFS.seeAlso}
    assert not matches & set(graph(file).predicates())


def steps(code: str) -> list[Node]:
    """The concepts of an ordered scheme without those that mean that there is no value."""
    return [concept for concept in concepts(scheme(code)) if concept not in NO_LEVELS]


@pytest.mark.parametrize("code", ORDERED_SCHEMES)
def test_concepts_of_an_ordered_scheme_have_positions_from_one(code: str) -> None:
    positions = [
        position
        for concept in concepts(scheme(code))
        for position in scheme(code).objects(concept, L0.positionInSequence)
    ]
    assert sorted(position.toPython() for position in positions) == list(range(1, len(steps(code)) + 1))
    assert {position.datatype for position in positions} == {XSD.integer}


@pytest.mark.parametrize(("code", "text", "concept"), SPELLINGS)
def test_spelling_of_a_source_names_one_concept(code: str, text: str, concept: str) -> None:
    assert concepts_with_label(code, text) == {CVL[f"{code}/{concept}"]}


@pytest.mark.parametrize("code", PARTICIPEDIA_CODES)
def test_every_code_of_participedia_names_one_concept(code: str) -> None:
    assert [text for text in PARTICIPEDIA_CODES[code].split() if len(concepts_with_label(code, text)) != 1] == []


@pytest.mark.parametrize("file", SCHEME_FILES, ids=stem_of)
def test_no_label_names_two_concepts_of_the_schemes_for_look_ups(file: Path) -> None:
    owners: dict[str, set[Node]] = {}
    for predicate in LABELS:
        for concept, label in graph(file).subject_objects(predicate):
            owners.setdefault(fold(str(label)), set()).add(concept)
    assert [label for label, sharers in owners.items() if len(sharers) > 1] == []


def concepts_with_label(code: str, text: str) -> set[Node]:
    return {
        concept
        for predicate in LABELS
        for concept, label in scheme(code).subject_objects(predicate)
        if normalised(label) == normalised(text)
    }


# ---- alignments


@pytest.mark.parametrize("file", ALIGNMENT_FILES, ids=stem_of)
def test_alignment_file_contains_one_linkset_of_its_name(file: Path) -> None:
    linksets = list(graph(file).subjects(RDF.type, URIRef("http://rdfs.org/ns/void#Linkset")))
    assert linksets == [URIRef(f"{BASE}alignment/{file.stem}")]


@pytest.mark.parametrize("code", LEVEL_SCALES)
def test_every_level_has_exactly_one_band(code: str) -> None:
    bands = concepts(scheme("participation-band"))
    for level in steps(code):
        assert len([band for band in ontology().objects(level, SKOS.broadMatch) if band in bands]) == 1, level


def test_not_applicable_is_no_level_and_has_no_band() -> None:
    assert [(concept, band) for concept in NO_LEVELS for band in ontology().objects(concept, SKOS.broadMatch)] == []
    assert [answer for concept in NO_LEVELS for answer in ontology().objects(concept, SKOS.closeMatch)] == [
        CVL["answer/not-applicable"]
    ]


def test_a_level_has_the_band_of_each_level_that_it_is_close_to() -> None:
    def band(level: Node) -> Node | None:
        return ontology().value(level, SKOS.broadMatch)

    pairs = [
        (level, other)
        for code in LEVEL_SCALES
        for level in steps(code)
        for other in ontology().objects(level, SKOS.closeMatch)
    ]
    assert len(pairs) == 10
    assert [(level, other) for level, other in pairs if band(level) != band(other)] == []


# Where the body keeps the decision, and where it cannot decide otherwise on its own: docs/bands-of-participation.md.
SHARED_POWER = {
    "iap2-spectrum/empower",
    "participedia-spectrum/empower",
    "arnstein-ladder/partnership",
    "arnstein-ladder/delegated-power",
    "arnstein-ladder/citizen-control",
}


def test_power_is_shared_only_where_the_body_cannot_decide_otherwise() -> None:
    levels = ontology().subjects(SKOS.broadMatch, CVL["participation-band/shared-power"])
    assert {str(level).removeprefix(CVL) for level in levels} == SHARED_POWER


def test_the_page_on_bands_argues_every_level_with_its_band() -> None:
    page = (ROOT / "docs" / "bands-of-participation.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z0-9-]+/[a-z-]+)` \| `([a-z-]+)` \|", page, re.MULTILINE))
    assert rows == {
        str(level).removeprefix(CVL): str(ontology().value(level, SKOS.broadMatch)).rpartition("/")[2]
        for code in LEVEL_SCALES
        for level in steps(code)
    }


@pytest.mark.parametrize("code", LEVEL_SCALES)
def test_a_higher_level_never_has_a_lower_band(code: str) -> None:
    def position(concept: Node | None) -> int:
        return int(str(ontology().value(concept, L0.positionInSequence)))

    levels = sorted(steps(code), key=position)
    bands = [position(ontology().value(level, SKOS.broadMatch)) for level in levels]
    assert all(lower <= higher for lower, higher in pairwise(bands))


def test_every_policy_area_is_a_european_data_theme() -> None:
    theme = "http://publications.europa.eu/resource/authority/data-theme/"
    themes = [ontology().value(area, SKOS.exactMatch) for area in concepts(scheme("policy-area"))]
    assert len(set(themes)) == 13
    assert all(str(match).startswith(theme) for match in themes)


def test_techniques_whose_participants_are_chosen_by_lot_to_deliberate_are_of_one_family() -> None:
    techniques = ("planning-cells", "citizens-jury", "citizens-assembly", "deliberative-polling")
    families = {ontology().value(CVL[f"technique/{code}"], SKOS.broadMatch) for code in techniques}
    assert families == {CVL["technique-family/dialogue"]}


@pytest.mark.parametrize("code", ["technique", "participedia-method-type"])
def test_every_technique_and_method_type_has_exactly_one_family(code: str) -> None:
    families = concepts(scheme("technique-family"))
    for concept in concepts(scheme(code)):
        found = [family for family in ontology().objects(concept, SKOS.broadMatch) if family in families]
        assert len(found) == 1, (
            f"{concept} needs one skos:broadMatch in ontology/alignments/technique-family.ttl; it has {len(found)}"
        )


def test_every_family_has_a_technique() -> None:
    empty = [family for family in concepts(scheme("technique-family")) if not list(ontology().subjects(object=family))]
    assert empty == []


def test_every_issue_has_exactly_one_policy_area() -> None:
    issues = concepts(scheme("participedia-issue"))
    areas = concepts(scheme("policy-area"))
    assert len(issues) == 22
    for issue in issues:
        matches = [*ontology().objects(issue, SKOS.broadMatch), *ontology().objects(issue, SKOS.closeMatch)]
        assert len([area for area in matches if area in areas]) == 1, issue


def test_a_technique_with_a_page_on_participedia_is_found_by_its_number() -> None:
    page = "https://participedia.net/method/"
    linked = {
        (technique, str(link).removeprefix(page))
        for technique in concepts(scheme("technique"))
        for link in ontology().objects(technique, RDFS.seeAlso)
        if str(link).startswith(page)
    }
    prefix = "participedia-method-"
    numbered = {
        (technique, str(label).removeprefix(prefix))
        for technique, label in scheme("technique").subject_objects(SKOS.hiddenLabel)
        if str(label).startswith(prefix)
    }
    assert linked == numbered
    assert len({number for _, number in linked}) == len(linked) == 81


# ---- every own IRI that is used is defined


@cache
def defined() -> set[str]:
    headers = {str(header) for header in ontology().objects(None, OWL.versionIRI)}
    return headers | {str(CVL)[:-1]} | {str(subject) for subject in ontology().subjects()}


def own_iris(text: str) -> set[str]:
    """Own IRIs in a text, full or as `prefix:name` with a prefix that the text or the project binds.

    A slash after a term of the ontology begins the next step of a property path; in a mapping it is part of a concept's name.
    """
    prefixes = {"passo": str(PASSO), "cvl": str(CVL)}
    prefixes |= dict(re.findall(r"([\w-]+):\s*[<\"']?(" + re.escape(BASE) + r"[^\s>\"',}]*/)(?![\w-])", text))
    full = set(re.findall(re.escape(BASE) + r"(?:onto|controlled-vocabulary)/[\w/.-]*\w", text))
    short = {
        prefixes[prefix] + (name.partition("/")[0] if prefix == "passo" else name.replace("\\", ""))
        for prefix, name in re.findall(r"(?<![\w/-])([a-z][\w-]*):([A-Za-z0-9](?:[\w-]|\\?/)*)", text)
        if prefix in prefixes and prefixes[prefix].startswith((PASSO, CVL))
    }
    return {iri.rstrip("/") for iri in full | short}


@pytest.mark.parametrize("file", [*ONTOLOGY_FILES, *SHAPE_FILES, *MAPPING_FILES, *QUERY_FILES], ids=stem_of)
def test_every_own_iri_in_the_file_is_defined(file: Path) -> None:
    assert sorted(iri for iri in own_iris(file.read_text(encoding="utf-8")) if iri not in defined()) == []


@pytest.mark.parametrize("file", EXAMPLE_FILES, ids=stem_of)
def test_every_own_iri_in_an_example_is_defined_or_clearly_invented(file: Path) -> None:
    invented = {str(subject) for subject in graph(file).subjects()}
    unknown = {iri for iri in own_iris(file.read_text(encoding="utf-8")) if iri not in defined() | invented}
    assert [iri for iri in unknown if "/xx-" not in iri] == []


@pytest.mark.parametrize("file", MAPPING_FILES, ids=stem_of)
def test_every_scheme_a_mapping_names_exists(file: Path) -> None:
    schemes = set(re.findall(r"\bconcept: *([a-z][\w-]*)", file.read_text(encoding="utf-8")))
    assert schemes - {scheme_file.stem for scheme_file in SCHEME_FILES} == set()


def test_own_iris_are_found_in_every_notation() -> None:
    text = """
        PREFIX answer: <https://w3id.org/passo/controlled-vocabulary/answer/>
        SELECT * { ?process passo:cost ?cost ; passo:coDecision answer:yes , cvl:answer\\/no .
          ?process a <https://w3id.org/passo/onto/ParticipatoryProcess> }
    """
    assert {iri.removeprefix(BASE) for iri in own_iris(text)} == {
        "onto/cost",
        "onto/coDecision",
        "onto/ParticipatoryProcess",
        "controlled-vocabulary/answer",
        "controlled-vocabulary/answer/yes",
        "controlled-vocabulary/answer/no",
    }


# ---- the rules of others: VocPub 5 (multi-language variant), OntoPiA


def violations(data: Graph, shapes: Path, advanced: bool = False) -> list[str]:
    _, report, text = pyshacl.validate(
        data, shacl_graph=Graph().parse(shapes, format="turtle"), inference="none", advanced=advanced
    )
    assert isinstance(report, Graph)
    return [text] if (None, SH.resultSeverity, SH.Violation) in report else []


@pytest.mark.parametrize("file", SCHEME_FILES, ids=stem_of)
def test_a_scheme_conforms_to_vocpub(file: Path, shared: Path) -> None:
    shapes = shared / "conformance" / "vocpub-5" / "validator.multilang.ttl"
    assert violations(graph(file), shapes) == []


def test_vocpub_finds_a_fault(shared: Path) -> None:
    data = scheme("answer") - Graph()
    data.remove((CVL["answer"], SKOS.definition, None))
    assert len(violations(data, shared / "conformance" / "vocpub-5" / "validator.multilang.ttl")) == 1


def test_the_ontology_conforms_to_the_rules_of_ontopia(shared: Path) -> None:
    shapes = shared / "conformance" / "ontopia" / "ontologie-rules.shacl"
    assert violations(graph(ONTOLOGY / "passo.ttl"), shapes, advanced=True) == []


def test_the_rules_of_ontopia_find_a_fault(shared: Path) -> None:
    data = graph(ONTOLOGY / "passo.ttl") - Graph()
    data.remove((None, DCTERMS.accrualPeriodicity, None))
    shapes = shared / "conformance" / "ontopia" / "ontologie-rules.shacl"
    assert len(violations(data, shapes, advanced=True)) == 1


# ---- the shapes of the vocabulary


def test_the_vocabulary_conforms_to_its_own_shapes() -> None:
    conforms, _, text = pyshacl.validate(ontology(), shacl_graph=graph(*SHAPE_FILES), inference="none", advanced=False)
    assert conforms, text


def test_the_header_of_the_shapes_conforms() -> None:
    conforms, _, text = pyshacl.validate(
        graph(SHAPES / "header.ttl"), shacl_graph=graph(*SHAPE_FILES), inference="none"
    )
    assert conforms, text


# ---- the JSON-LD context


@cache
def context() -> dict[str, str | dict[str, str]]:
    return json.loads((ONTOLOGY / "context.jsonld").read_text(encoding="utf-8"))["@context"]


def expand(curie: str) -> str:
    prefix, _, name = curie.partition(":")
    return f"{context()[prefix]}{name}"


def entries() -> dict[str, str]:
    """Return the IRI of each term by its key in the context."""
    found = {}
    for key, value in context().items():
        curie = value["@id"] if isinstance(value, dict) else str(value)
        if re.fullmatch(r"[\w-]+:[\w-]+", curie):
            found[key] = expand(curie)
    return found


def test_every_own_term_has_its_local_name_as_key() -> None:
    assert {key: iri for key, iri in entries().items() if iri.startswith(PASSO)} == {
        str(term).removeprefix(PASSO): str(term) for term in own_terms()
    }


def test_keys_have_the_datatypes_of_the_ontology() -> None:
    for term in own_terms():
        value = context()[str(term).removeprefix(PASSO)]
        if (term, RDF.type, OWL.ObjectProperty) in ontology():
            assert value["@type"] == "@id", term
        elif (term, RDF.type, OWL.DatatypeProperty) in ontology():
            plain = isinstance(value, str) or ("@type" not in value and value.get("@container") in (None, "@set"))
            assert plain or value.get("@container") == "@language" or value["@type"].startswith("xsd:"), term


def test_a_document_with_the_context_has_the_expected_triples() -> None:
    document = {
        "@context": context(),
        "id": f"{BASE}id/process/xx-1",
        "type": "ParticipatoryProcess",
        "identifier": "xx-1",
        "title": {"it": "Un parco per Esempio", "en": "A park for Example"},
        "progressStatus": f"{CVL}progress-status/ongoing",
        "startDate": "2024-03-30",
        "duration": "P9M",
        "startYear": "2024",
        "participantCount": 60,
        "cofinancingPercentage": "28.57",
        "usesTechnique": [f"{CVL}technique/world-cafe", f"{CVL}technique/focus-group"],
        "objectives": {"it": "Scegliere insieme."},
        "cost": {
            "id": f"{BASE}id/process/xx-1/cost",
            "type": "schema:MonetaryAmount",
            "value": "10000.00",
            "currency": "EUR",
        },
    }
    turtle = """
        @prefix dct: <http://purl.org/dc/terms/> .
        @prefix passo: <https://w3id.org/passo/onto/> .
        @prefix schema: <https://schema.org/> .
        @prefix technique: <https://w3id.org/passo/controlled-vocabulary/technique/> .
        @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

        <https://w3id.org/passo/id/process/xx-1>
            a passo:ParticipatoryProcess ;
            dct:identifier "xx-1"^^xsd:string ;
            dct:title "Un parco per Esempio"@it , "A park for Example"@en ;
            passo:progressStatus <https://w3id.org/passo/controlled-vocabulary/progress-status/ongoing> ;
            schema:startDate "2024-03-30"^^xsd:date ;
            schema:duration "P9M"^^xsd:duration ;
            passo:startYear "2024"^^xsd:gYear ;
            passo:participantCount 60 ;
            passo:cofinancingPercentage 28.57 ;
            passo:usesTechnique technique:world-cafe , technique:focus-group ;
            passo:objectives "Scegliere insieme."@it ;
            passo:cost <https://w3id.org/passo/id/process/xx-1/cost> .

        <https://w3id.org/passo/id/process/xx-1/cost>
            a schema:MonetaryAmount ;
            schema:value 10000.00 ;
            schema:currency "EUR"^^xsd:string .
    """
    parsed = Graph().parse(data=json.dumps(document), format="json-ld")
    assert isomorphic(untyped_strings(parsed), untyped_strings(Graph().parse(data=turtle, format="turtle")))


def untyped_strings(data: Graph) -> Graph:
    """In RDF 1.1 "text" and "text"^^xsd:string are one literal; rdflib distinguishes them."""
    plain = Graph()
    for subject, predicate, value in data:
        is_string = isinstance(value, Literal) and value.datatype == XSD.string
        plain.add((subject, predicate, Literal(str(value)) if is_string else value))
    return plain
