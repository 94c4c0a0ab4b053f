// A ledger is dropped on the form, or chosen; one that is too large is told before it is sent. The form does without.
for (const place of document.querySelectorAll(".drop")) {
  const field = place.querySelector("input[type=file]");
  const wrong = place.querySelector(".mistake");
  const judge = () => {
    const isTooLarge = [...field.files].some((file) => file.size > Number(place.dataset.largest));
    wrong.hidden = !isTooLarge;
    field.setCustomValidity(isTooLarge ? wrong.textContent : "");
  };
  field.addEventListener("change", judge);
  for (const kind of ["dragenter", "dragover"]) {
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      place.classList.add("is-over");
    });
  }
  for (const kind of ["dragleave", "drop"]) place.addEventListener(kind, () => place.classList.remove("is-over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    const one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0]);
    field.files = one.files;
    judge();
  });
  place.querySelector(".can-drop").hidden = false;
}
