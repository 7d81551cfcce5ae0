"""Which version of the application runs; flashed beside `boot.py`, so that no update can break the way back.

The application lives in one of two folders, `a` and `b`; the file `active` names the one that runs, and is
replaced by a rename. A new version is on trial: its starts are counted in the file `trial`, and after
TRIES starts without `confirm()` (called once the broker has been reached) the previous folder runs again.
"""

import os

TRIES = 3


def active(root):
    """`a` or `b`: the folder that runs."""
    return "b" if read(root + "/active") == "b" else "a"


def other(name):
    """The folder that does not run."""
    return "a" if name == "b" else "b"


def choose(root):
    """For `boot.py`: the folder to run; counts the starts of one on trial, and goes back after TRIES."""
    trial = read(root + "/trial")
    if trial is not None:
        starts = int(trial) + 1 if trial.isdigit() else TRIES + 1
        if starts > TRIES:
            write(root + "/active", other(active(root)))
            os.remove(root + "/trial")
        else:
            write(root + "/trial", str(starts))
    return active(root)


def confirm(root):
    """The version that runs has come up: its trial ends."""
    if read(root + "/trial") is not None:
        os.remove(root + "/trial")


def read(path):
    """A file's text, None where there is none."""
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return None


def write(path, text):
    """Replace a file in one step."""
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)
