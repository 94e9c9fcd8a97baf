#!/usr/bin/env bash
# A cue sheet with INDEX 02: two programs of the CD world read two other discs out of it.
#
# Guess beforehand: INDEX 02 is a sub-index within a track; a splitter cuts at INDEX 01 and ignores it, and
# cdrdao, which writes indexes, takes it.
# Seen: bchunk 1.2.2 begins a track at its *last* INDEX: the audio between INDEX 01 and INDEX 02 is in none of
# its files. cdrdao 1.2.4 refuses the same valid sheet ("Index beyond track end") as soon as the index stands in
# a track that does not begin at 0: it takes the absolute time for one within the track. shntool is right.
# Here: our cue sheets carry the indexes that were asked for (docs/albums.md says which programs mislead).
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for tool in bchunk cdrdao shntool python3; do
    command -v "$tool" >/dev/null || { apt-get update -q >/dev/null; apt-get install -y -q bchunk cdrdao shntool >/dev/null; }
done
for package in bchunk cdrdao shntool; do dpkg-query -W -f '${Package} ${Version}\n' "$package"; done

# 20 s of a counting signal: two tracks of 10 s, an index 4 s into the second
python3 - <<'PY'
import array, wave
samples = array.array("h", ((n // 588) % 3000 for n in range(20 * 44100) for _ in range(2)))
with wave.open("disc.wav", "wb") as file:
    file.setnchannels(2); file.setsampwidth(2); file.setframerate(44100)
    file.writeframes(samples.tobytes())
open("disc.bin", "wb").write(samples.tobytes())
PY
cat >disc.cue <<'CUE'
FILE "disc.wav" WAVE
  TRACK 01 AUDIO
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    INDEX 01 00:10:00
    INDEX 02 00:14:00
CUE

bchunk -w disc.bin disc.cue cut >/dev/null
shntool split -q -f disc.cue -o wav disc.wav
seconds() { python3 -c 'import sys, wave; f = wave.open(sys.argv[1]); print(f.getnframes() / f.getframerate())' "$1"; }
bchunk_s=$(seconds cut02.wav)
shntool_s=$(seconds split-track02.wav)
said=$(cdrdao show-toc disc.cue 2>&1 || true)
echo "track 2 lasts 10 s; bchunk cuts $bchunk_s s, shntool $shntool_s s; cdrdao says:"
grep -i error <<<"$said" || true

[ "$bchunk_s" = 6.0 ] || { echo "bchunk has changed"; exit 1; }
[ "$shntool_s" = 10.0 ] || { echo "shntool has changed"; exit 1; }
grep -q "Index beyond track end" <<<"$said" || { echo "cdrdao has changed"; exit 1; }
