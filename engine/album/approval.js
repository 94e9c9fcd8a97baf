"use strict";
// One preview per disc: tracks follow each other as on the disc, with their pauses and cross-fades.
(() => {
  const decode = (disc) => {
    const parts = [];
    for (const chunk of document.querySelectorAll(`script[data-preview="${disc}"]`)) {
      parts.push(Uint8Array.from(atob(chunk.textContent), (char) => char.charCodeAt(0)));
      chunk.remove();
    }
    return URL.createObjectURL(new Blob(parts, { type: "audio/mpeg" }));
  };
  for (const audio of document.querySelectorAll("audio[data-disc]")) {
    const disc = audio.dataset.disc;
    const rows = [...document.querySelectorAll(`tr[data-disc="${disc}"]`)];
    audio.src = decode(disc);
    const show = () => {
      const now = audio.currentTime + 0.01;
      const playing = rows.filter((row) => Number(row.dataset.start) <= now).pop();
      for (const row of rows) row.setAttribute("aria-current", String(row === playing && !audio.ended));
    };
    for (const row of rows) {
      row.querySelector("button").addEventListener("click", () => {
        for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause();
        audio.currentTime = Number(row.dataset.start);
        audio.play();
      });
    }
    for (const event of ["timeupdate", "seeked", "play"]) audio.addEventListener(event, show);
    audio.addEventListener("ended", () => {
      show();
      const following = document.querySelector(`audio[data-disc="${Number(disc) + 1}"]`);
      if (following) following.play();
    });
  }
})();
