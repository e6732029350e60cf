"""The content cache: what its keys depend on."""

import json
import unicodedata
from importlib.metadata import version

import pytest

from passo_lod.cache import code_digest


@pytest.mark.parametrize("package", ["openpyxl", "rapidfuzz", "PyYAML", "pyoxigraph", "pyshacl", "rdflib"])
def test_an_upgrade_of_a_library_changes_the_digest_of_the_code(package: str) -> None:
    assert f"{package}=={version(package)}".lower() in [each.lower() for each in json.loads(code_digest())["packages"]]


def test_another_unicode_version_changes_the_digest_of_the_code() -> None:
    assert json.loads(code_digest())["unicode"] == unicodedata.unidata_version
