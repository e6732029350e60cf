"""Run the command line with `python -m passo_lod`."""

from passo_lod.cli.commands import main

main()
