"""`python -m app` is `dl-workshop`."""

from app.cli import process

process()
