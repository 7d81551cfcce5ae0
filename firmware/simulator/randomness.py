"""Reproducible chance: every draw is a pure function of a key and a counter, in any order, on any machine.

Generators with a state would make a reading depend on how many were drawn before it; hashing the
instant instead gives the same reading for the same seed, board and instant, whatever happened between.
"""

from hashlib import blake2b

__all__ = ["key_of", "normal", "uniform", "word"]

_MASK = 2**64 - 1


def key_of(*parts: int | str) -> int:
    """A 64-bit key for a stream of draws, from a seed and names."""
    text = "\0".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def word(key: int, counter: int) -> int:
    """64 random bits: the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014)."""
    x = (key + counter * 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def uniform(key: int, counter: int) -> float:
    """A number in [0, 1)."""
    return (word(key, counter) >> 11) * 2.0**-53


def normal(key: int, counter: int) -> float:
    """Mean 0, variance 1, within ±3.47: the sum of four 16-bit uniforms (Irwin-Hall)."""
    bits = word(key, counter)
    total = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48)
    return (total / 65535.0 - 2.0) * 1.7320508075688772
