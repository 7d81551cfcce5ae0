"""A flash chip in RAM whose power is cut after a given number of block writes. For littlefs."""

import vfs


class PowerCut(Exception):
    """The board is dead."""


class RamDisk:
    SIZE = 4096

    def __init__(self, blocks, image=None):
        self.data = bytearray(image) if image else bytearray(b"\xff" * blocks * self.SIZE)
        self.left = None
        self.writes = 0

    def readblocks(self, block, buffer, offset=0):
        at = block * self.SIZE + offset
        buffer[:] = self.data[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        at = block * self.SIZE + offset
        self._count()
        self.data[at : at + len(buffer)] = buffer

    def ioctl(self, op, arg):
        if op == 4:
            return len(self.data) // self.SIZE
        if op == 5:
            return self.SIZE
        if op == 6:
            self._count()
            at = arg * self.SIZE
            self.data[at : at + self.SIZE] = b"\xff" * self.SIZE
        return 0

    def _count(self):
        self.writes += 1
        if self.left is not None:
            if self.left == 0:
                raise PowerCut()
            self.left -= 1


def mount(disk, fresh=False):
    if fresh:
        vfs.VfsLfs2.mkfs(disk)
    vfs.mount(vfs.VfsLfs2(disk), "/flash")


def unmount():
    vfs.umount("/flash")
