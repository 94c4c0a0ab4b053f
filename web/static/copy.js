// A button copies what stands in the element that it names, and says so. Where the browser lets no page write to the
// clipboard (an address without TLS), the text is selected, to be copied by hand. Without scripts there is no button.
"use strict";
for (const button of document.querySelectorAll("button[data-copy]")) {
  const from = document.getElementById(button.dataset.copy);
  const told = document.getElementById(`${button.dataset.copy}-told`);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(from.textContent.trim());
      told.textContent = button.dataset.copied;
    } catch {
      getSelection().selectAllChildren(from);
      told.textContent = button.dataset.selected;
    }
  });
}
