"""`python -m passo_lod` is `passo-lod`."""

from passo_lod.cli.app import main

main()
