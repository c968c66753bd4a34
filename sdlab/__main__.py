"""`python3 -m sdlab run | test | bench | doctor`: needs nothing but Python and a package index."""

import os
import signal
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python must get this line, not a syntax error
    sys.exit("sdlab: Python 3.11 or newer is needed, this is " + sys.version.split()[0])

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the command handles it, a Ctrl-C just ends

from sdlab.launcher.commands import main  # noqa: E402

if __name__ == "__main__":
    if code := main(sys.argv[1:]):
        # A library's own threads may abort while the interpreter ends; then it would not be this code.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
