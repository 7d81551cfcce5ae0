"""`python -m firmware.simulator`: the simulated fleet without the rest of the command line."""

import sys

from firmware.simulator.command import main

if __name__ == "__main__":
    sys.exit(main())
