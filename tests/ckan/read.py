"""Print as JSON what CKAN's DCAT extension reads from a catalogue; run with the Python of `.venv-ckan`."""

import json
import sys
from pathlib import Path

from ckanext.dcat.processors import RDFParser

parser = RDFParser(profiles=["euro_dcat_ap_3"])
parser.parse(Path(sys.argv[1]).read_text(encoding="utf-8"), _format=sys.argv[2])
json.dump({"datasets": list(parser.datasets()), "next": parser.next_page()}, sys.stdout)
