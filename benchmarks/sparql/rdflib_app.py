"""Serve a file of quads with rdflib-endpoint, in a process of its own.

python -m benchmarks.sparql.rdflib_app FILE.nq PORT
"""

import gzip
import sys
from pathlib import Path

import uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint


def main() -> None:
    """Load the file into an rdflib dataset in memory, whose default graph is the union of all graphs, and serve it."""
    path, port = Path(sys.argv[1]), int(sys.argv[2])
    dataset = Dataset(default_union=True)
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        dataset.parse(file, format="nquads")
    uvicorn.run(SparqlEndpoint(graph=dataset), host="127.0.0.1", port=port, log_level="error", access_log=False)


if __name__ == "__main__":
    main()
