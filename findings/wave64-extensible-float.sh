#!/usr/bin/env bash
# libsndfile reads a Wave64 file of 32-bit floats with an extensible `fmt ` chunk as 32-bit integers.
#
# Guess before trying: it reads FLOAT, as it does for the same chunk in a WAV file.
# Seen (libsndfile 1.2.2): subtype PCM_32; 0.5 (0x3F000000) comes out as 0.4921875. No error. FFmpeg writes every
# Wave64 file with such a chunk, so each of its float files turns into loud noise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q 'soundfile==0.14.0' 'numpy==2.4.6'
"$folder/venv/bin/python" - "$folder/half.w64" <<'PY'
import struct, sys
import soundfile

def guid(name, tail):
    return name + bytes.fromhex(tail)

TAIL = "f3acd3118cd100c04f8edb8a"
fields = struct.pack("<HHIIHH", 0xFFFE, 1, 48000, 192000, 4, 32) + struct.pack("<HHI", 22, 32, 4)
fields += bytes.fromhex("0300000000001000800000aa00389b71")  # KSDATAFORMAT_SUBTYPE_IEEE_FLOAT
samples = struct.pack("<8f", *[0.5] * 8)
fmt = guid(b"fmt ", TAIL) + struct.pack("<Q", 24 + len(fields)) + fields
data = guid(b"data", TAIL) + struct.pack("<Q", 24 + len(samples)) + samples
body = guid(b"wave", TAIL) + fmt + data
riff = guid(b"riff", "2e91cf11a5d628db04c10000")
open(sys.argv[1], "wb").write(riff + struct.pack("<Q", 24 + len(body)) + body)

info = soundfile.info(sys.argv[1])
read, _ = soundfile.read(sys.argv[1])
print(f"libsndfile {soundfile.__libsndfile_version__}: subtype {info.subtype}, 0.5 is read as {read[0]}")
sys.exit(0 if (info.subtype, float(read[0])) == ("PCM_32", 0.4921875) else 1)
PY
