"""Renaming on the local disk in one step that never overwrites."""

from __future__ import annotations

import ctypes
import errno
import os

NOREPLACE = 1
"""``RENAME_NOREPLACE`` of Linux's renameat2."""

_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)

_libc = ctypes.CDLL(None, use_errno=True)


def rename_new(source: str, target: str, *, source_fd: int, target_fd: int) -> None:
    """Rename, or raise `FileExistsError`. Names are relative to the open folders. Raises `OSError`.

    Where the file system cannot refuse by itself (some network disks), the name is looked up first: our names
    carry a key that nobody else has.
    """
    call = getattr(_libc, "renameat2", None)
    if call is not None:
        if call(source_fd, os.fsencode(source), target_fd, os.fsencode(target), NOREPLACE) == 0:
            return
        number = ctypes.get_errno()
        if number not in _UNSUPPORTED:
            raise OSError(number, os.strerror(number), target)
    try:
        os.stat(target, dir_fd=target_fd, follow_symlinks=False)
    except FileNotFoundError:
        os.rename(source, target, src_dir_fd=source_fd, dst_dir_fd=target_fd)
        return
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
