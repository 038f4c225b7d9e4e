"""`python -m speakalka` is `speakalka`."""

import sys

from speakalka.main import main

sys.exit(main())
