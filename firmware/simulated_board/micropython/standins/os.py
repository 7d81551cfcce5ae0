"""`os` for the unix port: `uname` tells the chip that is played, `FARMSTREAM_CHIP`."""

from uos import *


def uname():
    return (getenv("FARMSTREAM_CHIP"), "the unix port with stand-ins")
