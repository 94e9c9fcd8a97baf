"""A real scheduler and real workers on this machine: proofs, a death in mid-job, and the same bytes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from catalogue import rendered_files, write_catalogue, write_song
from cluster_processes import cluster_in, shim, wait_until

from engine.batch.address import is_loopback, require_safe, shared_root
from engine.batch.proof import Proof, probe_of, read_proof, shortfall
from engine.batch.worker import render
from engine.cli.main import main
from engine.errors import UsageError

_OTHER_VERSION = "import engine\nengine.__version__ = '0.0.1'\n"
#: A machine whose proof has other bytes.
_FORGED = """import json
_dumps = json.dumps
def dumps(content, **options):
    return _dumps({**content, "sound": "0" * 16} if "sound" in content else content, **options)
json.dumps = dumps
"""
#: A worker that something ends whenever it begins a certain song.
_POISONED = """import os, signal
import engine.batch.worker as worker
_render = worker.render
def render(run, words, files):
    if "poison" in words:
        os.kill(os.getpid(), signal.SIGKILL)
    return _render(run, words, files)
worker.render = render
"""
_CAN_HIDE = os.geteuid() == 0 and shutil.which("unshare") is not None
#: Runs a command that sees an empty folder in the place of another one.
_HIDING = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"')


@pytest.fixture
def cluster(tmp_path):
    pytest.importorskip("distributed")
    with cluster_in(tmp_path / "cluster") as cluster:
        yield cluster


def test_workers_come_and_die_and_only_those_that_prove_themselves_render(tmp_path, cluster):
    songs = tmp_path / "songs"
    sessions = write_catalogue(songs, 4, seconds=4.0)
    cluster.start()
    for name in ("one", "two", "three"):
        cluster.worker(name)
    cluster.worker("other", environment=shim(tmp_path / "other", _OTHER_VERSION))
    cluster.worker("forged", environment=shim(tmp_path / "forged", _FORGED))
    reasons = {"other": "0.0.1", "forged": "other bytes"}
    if _CAN_HIDE:
        cluster.worker("blind", before=[*_HIDING, str(songs)])
        reasons["blind"] = "cannot see"
    batch = cluster.batch(songs)
    # the first worker that renders is killed in the middle of it, and another comes
    victim, child = cluster.render_under_way()
    cluster.workers[victim].kill()
    cluster.worker("late")
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, 60.0)
    said, told = batch.communicate(timeout=400)
    assert batch.returncode == 0, told
    document = json.loads(said)
    assert [one["error"] for one in document["sessions"]] == [None] * len(sessions)
    assert {one["worker"] for one in document["sessions"]} <= {"one", "two", "three", "late"} - {victim}
    seen = {one["name"]: one for one in document["workers"]}
    assert set(seen) - {"late"} == {"one", "two", "three", *reasons}
    for name, reason in reasons.items():
        assert not seen[name]["accepted"], name
        assert reason in seen[name]["reason"], name
    assert not list(songs.rglob(".stemlathe-*"))
    files = rendered_files(songs)
    assert len(files) == 2 * len(sessions)
    assert main(["render", str(songs), "--resume", "--json"]) == 0
    assert rendered_files(songs) == files


def test_a_session_that_ends_its_workers_is_told_with_host_and_memory(tmp_path, cluster):
    poison = write_song(tmp_path / "songs" / "poison", 1)
    good = write_song(tmp_path / "songs" / "quiet", 2)
    cluster.start()
    environment = shim(tmp_path / "shim", _POISONED)
    for name in ("one", "two", "three", "four"):
        cluster.worker(name, environment=environment)
    batch = cluster.batch(poison, good)
    said, told = batch.communicate(timeout=400)
    assert batch.returncode == 4, told
    first, second = json.loads(said)["sessions"]
    assert (second["session"], second["error"]) == (str(good), None)
    assert first["error"]["kind"] == "worker_died"
    message = first["error"]["message"]
    assert str(poison) in message
    assert re.search(r"worker \w+ on \S+ died while it was rendered", message)
    assert re.search(r"needs about \d\.\d GB of memory, that worker may use \d+\.\d GB", message)


def test_a_scheduler_that_dies_is_told_and_the_batch_can_go_on_later(tmp_path, cluster):
    songs = tmp_path / "songs"
    write_catalogue(songs, 2, seconds=4.0)
    cluster.start()
    cluster.worker("one")
    batch = cluster.batch(songs)
    cluster.render_under_way()
    cluster.scheduler.kill()
    said, told = batch.communicate(timeout=400)
    assert batch.returncode == 4, told
    errors = [one["error"] for one in json.loads(said)["sessions"] if one["error"]]
    assert {one["kind"] for one in errors} == {"cluster"}
    assert "--resume" in errors[0]["message"]


def _certificate(folder, name):
    """Dask's settings for a certificate that is its own authority."""
    key, cert = folder / f"{name}-key.pem", folder / f"{name}.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    made += ["-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(made, check=True, capture_output=True)
    base = "DASK_DISTRIBUTED__COMM__TLS__"
    found = {f"{base}CA_FILE": str(cert)}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        found |= {f"{base}{role}__CERT": str(cert), f"{base}{role}__KEY": str(key)}
    return found


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_over_tls_with_a_folder_of_another_name_and_certificates_that_do_not_match(tmp_path, cluster):
    songs, there = tmp_path / "songs", tmp_path / "there"
    [session] = write_catalogue(songs, 1)
    there.symlink_to(songs)
    own, foreign = _certificate(tmp_path, "studio"), _certificate(tmp_path, "elsewhere")
    address = cluster.start("--protocol", "tls", environment=own)
    assert address.startswith("tls://")
    cluster.worker("one", environment=own)

    def refused(certificates):
        batch = cluster.batch(songs, environment=certificates)
        said, told = batch.communicate(timeout=400)
        assert batch.returncode == 4, told
        assert "Traceback" not in told
        error = json.loads(said)["error"]
        assert error["kind"] == "cluster"
        return error["message"]

    assert "certificates do not match" in refused(foreign)
    assert "needs your certificate" in refused({})
    batch = cluster.batch(songs, "--shared-root", f"{songs}={there}", environment=own)
    said, told = batch.communicate(timeout=400)
    assert batch.returncode == 0, said + told
    [result] = json.loads(said)["sessions"]
    assert (result["session"], result["worker"]) == (str(session), "one")
    assert [Path(one["path"]).parent for one in result["outputs"]] == [session.parent / "renders"] * 2
    files = rendered_files(songs)
    batch = cluster.batch(songs, "--resume", "--shared-root", f"{songs}={there}", environment=own)
    said, told = batch.communicate(timeout=400)
    [result] = json.loads(said)["sessions"]
    assert (result["resumed"], result["worker"], len(result["outputs"])) == (True, "one", 2)
    assert rendered_files(songs) == files
    batch = cluster.batch(songs, "--force", "--shared-root", f"{songs}={tmp_path / 'no'}", environment=own)
    said, told = batch.communicate(timeout=400)
    assert batch.returncode == 4, told
    [result] = json.loads(said)["sessions"]
    assert f"--shared-root {songs}={tmp_path / 'no'} does not lead" in result["error"]["message"]


def test_a_shared_root_that_holds_no_session_is_told(tmp_path, capsys):
    write_catalogue(tmp_path / "songs", 1, seconds=0.5)
    (tmp_path / "else").mkdir()
    words = ["--cluster", "tcp://127.0.0.1:9", "--shared-root", f"{tmp_path / 'else'}=/srv", "--json"]
    assert main(["render", str(tmp_path / "songs"), *words]) == 2
    assert "no session lies below" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_a_worker_renders_nothing_whose_files_it_sees_otherwise(tmp_path):
    stem, session = tmp_path / "a.wav", tmp_path / "song.toml"
    stem.write_bytes(b"another recording")
    session.write_text("format = 1", encoding="utf-8")
    files = {str(session): probe_of(session), str(stem): "5-ff", str(tmp_path / "b.wav"): "5-ff"}
    answer = json.loads(render("run", json.dumps(["render", str(session)]), json.dumps(files)))
    assert (answer["code"], answer["unseen"]) == (3, True)
    assert answer["document"]["error"]["message"].startswith(f"{stem} and 1 more: is not there on ")


_PROOF = Proof("studio", "1.0", "aa", "bb")


@pytest.mark.parametrize(
    ("changes", "probe", "word"),
    [
        ({}, "5-ff", None),
        ({"program": "0.9"}, "5-ff", "stemlathe 0.9"),
        ({"sound": "bc"}, "5-ff", "other bytes"),
        ({"designs": "ab"}, "5-ff", "other bytes"),
        ({}, None, "cannot see /songs/a.wav"),
        ({}, "5-fe", "is another file there"),
        ({"error": "it has no stemlathe"}, "5-ff", "no stemlathe"),
    ],
)
def test_a_worker_has_to_prove_itself(changes, probe, word):
    seen = replace(_PROOF, probes={"/songs/a.wav": probe}, **changes)
    found = shortfall(_PROOF, seen, {"/songs/a.wav": "5-ff"})
    assert found is None if word is None else word in found


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"program": 1}', '{"program": "1.0", "probes": ["a"]}', '{"probes": {"a": 3}}']
)
def test_an_answer_of_another_shape_is_no_proof_and_says_so(text: str) -> None:
    told = shortfall(_PROOF, read_proof(text), {})
    assert told is not None
    assert told.startswith("its proof cannot be read (")
    assert told.endswith("): install the same version there")


def test_a_proof_is_read_as_it_was_written() -> None:
    proof = replace(_PROOF, probes={"/songs/a.wav": "5-ff", "/songs/b.wav": None})
    assert read_proof(proof.text) == proof


@pytest.mark.parametrize(
    ("address", "insecure", "refused"),
    [
        ("tcp://127.0.0.1:8786", False, False),
        ("tcp://localhost:8786", False, False),
        ("tcp://[::1]:8786", False, False),
        ("tcp://192.168.7.7:8786", False, True),
        ("tcp://studio:8786", False, True),
        ("tcp://127.0.0.1.example.org:8786", False, True),
        ("tcp://studio:8786", True, False),
        ("tls://studio:8786", False, False),
        ("studio:8786", True, True),
        ("http://127.0.0.1:8786", True, True),
    ],
)
def test_plain_connections_stay_on_this_machine(address, insecure, refused):
    if refused:
        with pytest.raises(UsageError):
            require_safe(address, insecure=insecure)
    else:
        require_safe(address, insecure=insecure)
    assert is_loopback("tcp://127.3.4.5:1")


def test_a_shared_root_is_called_otherwise_there(tmp_path):
    root = shared_root(f"{tmp_path}=/srv/songs")
    assert root.translated(tmp_path / "a" / "b.toml") == "/srv/songs/a/b.toml"
    assert shared_root(f"{tmp_path}/../{tmp_path.name}=/srv").here == tmp_path
    assert root.translated(tmp_path.parent / "x") == str(tmp_path.parent / "x")
    for text in ("nothing", f"{tmp_path}=relative", f"{tmp_path / 'none'}=/srv"):
        with pytest.raises(UsageError):
            shared_root(text)


def test_a_cluster_that_is_not_there_is_told(tmp_path, capsys, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("engine.batch.connection._CONNECT_S", 1.0)
    write_catalogue(tmp_path, 1, seconds=0.5)
    code = main(["render", str(tmp_path), "--cluster", "tcp://127.0.0.1:9", "--json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert (code, error["kind"]) == (4, "cluster")
    assert "does not answer" in error["message"]
    assert "tls://" in error["message"]
