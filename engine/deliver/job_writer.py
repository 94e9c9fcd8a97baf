"""The writer of a job's file, or of its two mono files."""

from __future__ import annotations

from engine.audio.writer import AudioWriter, open_pair_writer, open_writer
from engine.deliver.job import Job


def job_writer(job: Job, encoding: str, sample_rate: int, dither_key: int, frames: int) -> AudioWriter:
    """Begins to write what a job asks for.

    Args:
        job: what to write.
        encoding: the deliverable's, or what stands in for it.
        sample_rate: Hz.
        dither_key: chooses the dither sequences.
        frames: how many will come.

    Raises:
        MachineError, InputError: as of `engine.audio.writer.open_writer`.
    """
    # what stands in for an encoding is float, and not dithered
    dither, paths = job.deliverable.dither, job.files
    if len(paths) == 2:
        return open_pair_writer(paths, sample_rate, encoding, dither_key, frames, dither)
    return open_writer(job.path, sample_rate, 2, encoding, dither_key, frames, dither)
