// Fields to copy: selected when they get the focus; a button copies, or selects where a frame has no clipboard.
"use strict";

for (const field of document.querySelectorAll("[data-select]")) {
  field.addEventListener("focus", () => field.select());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    let told = button.dataset.done;
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.focus();
      field.select();
      told = button.dataset.selectInstead;
    }
    button.textContent = told;
    setTimeout(() => {
      button.textContent = label;
    }, 2000);
  });
}
