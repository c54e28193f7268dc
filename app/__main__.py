"""`python -m app` is `dl-workshop`."""

import sys

from app.cli import main

sys.exit(main())
