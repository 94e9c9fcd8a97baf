"""The small files of a DDP set, written once its image is complete, and the checksums of what is there."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

from engine.ddp.writing.disc import Disc
from engine.ddp.writing.records import CD_TEXT_NAME, IMAGE_NAME, PQ_NAME, ddpid, ddpms, pq_descriptor
from engine.errors import machine_error
from engine.files import AtomicFile

MD5_NAME, CRC_NAME = "CHECKSUM.MD5", "CHECKSUM.TXT"

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Written:
    """A DDP set on the disk.

    Attributes:
        image_md5: of the image, in hex digits.
    """

    image_md5: str


def write_file(path: Path, content: bytes) -> None:
    """Writes a small file, synced to the disk; one of that name is an error.

    Raises:
        InputError: it exists.
        MachineError: the system refused.
    """
    with AtomicFile(path, replaces=False) as file:
        file.write(content)
        file.commit()


def write_fileset(folder: Path, disc: Disc) -> Written:
    """Writes everything but the image, which is there already.

    Args:
        folder: of the set; holds the complete image.
        disc: what it says.

    Raises:
        MachineError: the system refused.
        ValueError: the image is not as long as the disc.
    """
    size = (folder / IMAGE_NAME).stat().st_size
    if size != disc.lead_out * 2352:
        raise ValueError(f"an image of {size} bytes does not end at CD frame {disc.lead_out}")
    names = ["DDPID", "DDPMS"]
    write_file(folder / "DDPID", ddpid(disc))
    write_file(folder / "DDPMS", ddpms(disc))
    if disc.cd_text:
        write_file(folder / CD_TEXT_NAME, disc.cd_text)
        names.append(CD_TEXT_NAME)
    write_file(folder / PQ_NAME, pq_descriptor(disc))
    names += [PQ_NAME, IMAGE_NAME]
    sums = {name: _sums(folder / name) for name in names}
    md5 = "".join(f"{digest} *{name}\n" for name, (digest, _) in sums.items())
    crc = "".join(f"{name}={value:08X}\n" for name, (_, value) in sums.items())
    write_file(folder / MD5_NAME, md5.encode())
    write_file(folder / CRC_NAME, f"[CRC32 Checksum]\n{crc}".encode())
    return Written(sums[IMAGE_NAME][0])


def _sums(path: Path) -> tuple[str, int]:
    """MD5 and CRC-32 of what is on the disk."""
    digest, crc = hashlib.md5(usedforsecurity=False), 0
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                digest.update(block)
                crc = zlib.crc32(block, crc)
    except OSError as error:
        raise machine_error(error, path, "read back") from error
    return digest.hexdigest(), crc
