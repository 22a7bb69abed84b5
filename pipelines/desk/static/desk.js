// What plain forms cannot do by themselves; every page works without it.
"use strict";

// A button that was pressed is not pressed twice.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button) setTimeout(() => { button.disabled = true; }, 0);
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[type=submit]:disabled:not([data-closed])")) button.disabled = false;
});

// Another language shows the same part of the page.
document.addEventListener("click", (event) => {
  const chosen = event.target.closest("a.language");
  if (chosen) chosen.hash = location.hash;
});
