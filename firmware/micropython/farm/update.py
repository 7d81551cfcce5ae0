"""Over-the-air updates: a signed manifest, files in pieces, an atomic switch, and the way back.

An update is written into the folder that does not run (see `switch.py`), every file checked by its
sha256, and then made the active one, on trial.

The manifest's HMAC-SHA256 is over `manifest_text`; `build` must grow, so that an old manifest cannot be
played back.
"""

import binascii
import hashlib
import json
import os

from switch import active, other, read, write

CHUNK = 2048


class UpdateError(Exception):
    """The update is refused; one sentence."""


def hmac_sha256(key, message):
    """RFC 2104 with SHA-256."""
    if len(key) > 64:
        key = hashlib.sha256(key).digest()
    key = key + bytes(64 - len(key))
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in key) + message).digest()
    return hashlib.sha256(bytes(b ^ 0x5C for b in key) + inner).digest()


def same(a, b):
    """Compare without telling by the time it takes where they differ."""
    difference = len(a) ^ len(b)
    for x, y in zip(a, b):
        difference |= x ^ y
    return difference == 0


def manifest_text(manifest):
    """The bytes that are signed: build and version, then name, size and sha256 of each file in order."""
    lines = ["%d %s" % (manifest["build"], manifest["version"])]
    lines += ["%s %d %s" % (f["name"], f["size"], f["sha256"]) for f in manifest["files"]]
    return "\n".join(lines).encode()


class Updater:
    """Takes a manifest, asks for pieces, and switches; `root` holds `a`, `b` and `active`."""

    def __init__(self, root, key, build):
        self._root = root
        self._key = key
        self._build = build
        self._manifest = None

    def begin(self, manifest):
        """Check the signed manifest and clear the other folder; returns the first piece to ask for."""
        if self._key is None:
            raise UpdateError("this board takes no updates: it has no update_key")
        try:
            signature = binascii.unhexlify(manifest["hmac"])
            text = manifest_text(manifest)
        except (KeyError, TypeError, ValueError):
            raise UpdateError("the manifest is not complete")
        if not same(signature, hmac_sha256(self._key, text)):
            raise UpdateError("the manifest's signature is wrong")
        if manifest["build"] <= self._build:
            raise UpdateError("build %d is not newer than %d" % (manifest["build"], self._build))
        for file in manifest["files"]:
            if not _plain(file["name"]):
                raise UpdateError("a file's name leaves the application's folder")
        self._folder = self._root + "/" + other(active(self._root))
        remove_tree(self._folder)
        os.mkdir(self._folder)
        self._manifest, self._index, self._offset = manifest, 0, 0
        return self.wanted()

    def wanted(self):
        """The piece to ask for: {"build", "name", "offset", "size"}; None when all are here."""
        files = self._manifest["files"]
        if self._index == len(files):
            return None
        name, size = files[self._index]["name"], files[self._index]["size"]
        left = min(CHUNK, size - self._offset)
        return {"build": self._manifest["build"], "name": name, "offset": self._offset, "size": left}

    def take(self, piece):
        """Write one piece; an unasked one is ignored. Returns the next one to ask for, None when done."""
        if self._manifest is None:
            raise UpdateError("no update is under way")
        wanted = self.wanted()
        if wanted is None or any(piece.get(k) != wanted[k] for k in ("build", "name", "offset")):
            return wanted
        try:
            data = binascii.a2b_base64(piece["data"])
        except (KeyError, ValueError, TypeError):
            raise UpdateError("a piece is not base64")
        if len(data) != wanted["size"]:
            raise UpdateError("a piece has not the size that was asked for")
        path = self._folder + "/" + wanted["name"]
        _make_parents(self._folder, wanted["name"])
        with open(path, "ab" if self._offset else "wb") as file:
            file.write(data)
        self._offset += len(data)
        file = self._manifest["files"][self._index]
        if self._offset == file["size"]:
            self._check(path, file)
            self._index, self._offset = self._index + 1, 0
        return self.wanted()

    def switch(self):
        """Make the new version the active one, on trial; the board is to be reset then."""
        with open(self._folder + "/manifest.json", "w") as file:
            json.dump(self._manifest, file)
        write(self._root + "/trial", "0")
        write(self._root + "/active", other(active(self._root)))
        self._manifest = None

    def _check(self, path, file):
        digest = hashlib.sha256()
        with open(path, "rb") as data:
            block = data.read(1024)
            while block:
                digest.update(block)
                block = data.read(1024)
        if binascii.hexlify(digest.digest()).decode() != file["sha256"]:
            self._manifest = None
            raise UpdateError("%s is not what the manifest says" % file["name"])


def build_of(folder):
    """The build number of the application in `folder`; 0 for one that was flashed."""
    text = read(folder + "/manifest.json")
    return json.loads(text)["build"] if text else 0


def remove_tree(path):
    """Remove a folder and what is in it; one that is not there is fine."""
    try:
        entries = list(os.ilistdir(path))
    except OSError:
        return
    for entry in entries:
        inner = path + "/" + entry[0]
        if entry[1] & 0x4000:
            remove_tree(inner)
        else:
            os.remove(inner)
    os.rmdir(path)


def _plain(name):
    parts = name.split("/")
    return all(part not in ("", ".", "..") for part in parts) and "\\" not in name


def _make_parents(folder, name):
    for part in name.split("/")[:-1]:
        folder += "/" + part
        try:
            os.mkdir(folder)
        except OSError:
            os.listdir(folder)  # it exists already, or this says what is wrong
