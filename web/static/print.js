// The foot of each printed page says whose it is and as of when; `print.css` sets it there.
"use strict";
addEventListener("beforeprint", () => {
  const words = [...document.querySelectorAll("#paper span")].map((each) => each.textContent.trim());
  document.documentElement.style.setProperty("--paper-foot", JSON.stringify(words.join(" · ")));
});
