"""`python -m parkgraph` is the command line."""

from parkgraph.cli import main

main()
