"""The files of a data folder: those in it, those in the folders in it, and the members of its zip archives."""

from __future__ import annotations

import shutil
import stat
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from supplyrisk.loaders.read.endings import ARCHIVE
from supplyrisk.loaders.read.file_fault import FileFault

MAX_MEMBERS = 10_000
"""Files in one archive."""
MAX_MEMBER_BYTES = 32 << 30
"""Uncompressed size of one member of an archive."""
MAX_RATIO = 500
"""How many times larger than its compressed form a member of more than _SMALL bytes may be: text reaches about 30."""
_SMALL = 64 << 20
_ENCRYPTED = 0x1
_BLOCK = 1 << 20


@dataclass(frozen=True)
class FolderFile:
    """One file of a data folder.

    Parameters
    ----------
    path: the file, or the archive that holds it.
    name: relative to the data folder; of a member, the archive's name, a slash and the member's.
    archive: the archive's name; "" for a file that is in none.
    member: the member's name as the archive has it; "" likewise.
    problem: why it cannot be read; "" where nothing is known to be wrong.
    """

    path: Path
    name: str
    archive: str = ""
    member: str = ""
    problem: str = ""


def folder_files(folder: Path) -> list[FolderFile]:
    """Return the files of a folder and of the folders in it, without hidden ones, in the order of their names."""
    files: list[FolderFile] = []
    for path in (p for pattern in ("*", "*/*") for p in folder.glob(pattern)):
        name = path.relative_to(folder).as_posix()
        if any(part.startswith(".") for part in name.split("/")):
            continue
        problem = _problem(path)
        if problem is None:
            continue
        is_archive = name.lower().endswith(ARCHIVE) and not problem
        files += _members(path, name) if is_archive else [FolderFile(path, name, problem=problem)]
    return sorted(files, key=lambda file: file.name)


def extracted(file: Path, member: str, target: Path) -> None:
    """Write a member of an archive to a file.

    Raises
    ------
    FileFault: the member is damaged, too large, or there is no room for it.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            info = archive.getinfo(member)
            _check_size(info)
            free = shutil.disk_usage(target.parent).free
            if info.file_size > free:
                raise FileFault(
                    f"has {info.file_size:,} bytes when unpacked, and {target.parent} has room for {free:,}; "
                    "free disk space"
                )
            with archive.open(info) as packed, target.open("wb") as out:
                shutil.copyfileobj(packed, out, _BLOCK)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError) as fault:
        raise FileFault(
            f"cannot be unpacked ({fault}), expected an intact zip archive; copy or pack it again"
        ) from fault


def _problem(path: Path) -> str | None:
    """Return why a path is no readable file, "" where it is one, None where it is a folder."""
    try:
        mode = path.stat().st_mode
    except OSError as fault:
        if path.is_symlink():
            return f"is a link to {path.readlink()}, which cannot be read ({fault.strerror}); correct or remove it"
        return f"cannot be read ({fault.strerror}), expected a readable file; check its permissions"
    if stat.S_ISDIR(mode):
        return None
    return "" if stat.S_ISREG(mode) else "is no regular file, expected one; remove it"


def _members(path: Path, name: str) -> list[FolderFile]:
    """Return the files in an archive; of one that cannot be read, the archive itself with its problem."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [
                info for info in archive.infolist() if not info.is_dir() and not _is_hidden(info.filename)
            ]
    except (OSError, zipfile.BadZipFile, NotImplementedError) as fault:
        problem = f"cannot be read as a zip archive ({fault}), expected an intact one; copy or pack it again"
        return [FolderFile(path, name, problem=problem)]
    if len(infos) > MAX_MEMBERS:
        problem = f"has {len(infos):,} files in it, expected at most {MAX_MEMBERS:,}; unpack it"
        return [FolderFile(path, name, problem=problem)]
    if len({info.filename for info in infos}) < len(infos):
        return [FolderFile(path, name, problem="has two files of one name in it, expected different names")]
    return [
        FolderFile(path, f"{name}/{info.filename}", name, info.filename, _member_problem(info))
        for info in infos
    ]


def _is_hidden(name: str) -> bool:
    # archives from macOS have a second, hidden file for each file
    parts = [part for part in name.split("/") if part not in (".", "..")]
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _member_problem(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "is protected by a password, expected an archive without; unpack it"
    if info.filename.startswith("/") or ".." in info.filename.split("/"):
        return "has a name outside its archive, expected one inside; pack it again"
    try:
        _check_size(info)
    except FileFault as fault:
        return str(fault)
    return ""


def _check_size(info: zipfile.ZipInfo) -> None:
    """Refuse a member that would fill the disk; the reader never writes more than the size that the archive states."""
    ratio = info.file_size / max(1, info.compress_size)
    if info.file_size > MAX_MEMBER_BYTES or (info.file_size > _SMALL and ratio > MAX_RATIO):
        raise FileFault(
            f"has {info.file_size:,} bytes when unpacked from {info.compress_size:,}, expected at most "
            f"{MAX_MEMBER_BYTES:,}, and at most {MAX_RATIO} times the packed size; unpack it if it is right"
        )
