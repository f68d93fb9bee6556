"""Landlock: which files a process and its descendants may still open, for machines that refuse namespaces."""

from __future__ import annotations

import ctypes
import os
import stat
import struct

from .linux import PR_SET_NO_NEW_PRIVS, libc, prctl

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
PATH_BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
FIRST_VERSION_RIGHTS = (1 << 13) - 1
BOTH_NETWORK_RIGHTS = 3
BOTH_SCOPES = 3
VERSION_WITH_NETWORK, VERSION_WITH_SCOPES = 4, 6


def version() -> int:
    """Return the version of Landlock that this kernel answers with, 0 if it has none."""
    return max(0, int(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(ASK_VERSION))))


def _all_rights(abi: int) -> int:
    rights = FIRST_VERSION_RIGHTS
    for since, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEV)):
        rights |= right if abi >= since else 0
    return rights


def _ruleset(abi: int) -> int:
    attributes = struct.pack("QQQ", _all_rights(abi), BOTH_NETWORK_RIGHTS, BOTH_SCOPES)
    size = 24 if abi >= VERSION_WITH_SCOPES else 16 if abi >= VERSION_WITH_NETWORK else 8
    descriptor: int = libc.syscall(CREATE_RULESET, attributes[:size], ctypes.c_size_t(size), ctypes.c_uint32(0))
    if descriptor < 0:
        raise OSError(ctypes.get_errno(), "Landlock makes no ruleset")
    return descriptor


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= FOR_FILES
        rule = struct.pack("=Qi", rights, descriptor)
        if libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, ctypes.c_uint32(0)) < 0:
            raise OSError(ctypes.get_errno(), f"Landlock takes no rule for {path}")
    finally:
        os.close(descriptor)


def restrict(readable: list[str], writable: list[str]) -> None:
    """Leave this process and its descendants these folders and no others."""
    abi = version()
    ruleset = _ruleset(abi)
    for path in readable:
        _allow(ruleset, path, EXECUTE | READ_FILE | READ_DIR)
    for path in writable:
        _allow(ruleset, path, _all_rights(abi) & ~IOCTL_DEV)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    if libc.syscall(RESTRICT_SELF, ruleset, ctypes.c_uint32(0)) < 0:
        raise OSError(ctypes.get_errno(), "Landlock does not restrict")
    os.close(ruleset)
