// Objects of a bucket: which are selected, and the question before they are deleted. Names are put into the page as text.
"use strict";

{
  const boxes = () => [...document.querySelectorAll("input[data-key]")];
  const picked = () => boxes().filter((box) => box.checked).flatMap((box) => JSON.parse(box.dataset.key));

  // Characters that cannot be seen, or that turn the order of what follows, so that a name would look like another one.
  const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;
  const escaped = (char) => `\\u{${char.codePointAt(0).toString(16)}}`;

  function told() {
    const names = picked();
    const out = document.getElementById("picked");
    const button = document.getElementById("delete-picked");
    if (!out || !button) return;
    button.disabled = names.length === 0;
    out.textContent = names.length ? out.dataset.text.replace("{count}", names.length) : "";
    const all = document.getElementById("all");
    all.checked = names.length > 0 && names.length === boxes().length;
    all.indeterminate = names.length > 0 && !all.checked;
  }

  function ask(names) {
    const list = document.getElementById("delete-names");
    list.replaceChildren(...names.map((name) => {
      const item = document.createElement("li");
      const text = document.createElement("bdi");
      text.textContent = name.replace(UNSEEN, escaped);
      item.append(text);
      return item;
    }));
    document.getElementById("delete-keys").value = JSON.stringify(names);
    document.getElementById("delete-objects").showModal();
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "all") boxes().forEach((box) => { box.checked = event.target.checked; });
    if (event.target.id === "all" || event.target.dataset.key) told();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.id === "delete-picked") ask(picked());
    else if (button.dataset.deletes) ask(JSON.parse(button.dataset.deletes));
    else if (button.dataset.opens) document.getElementById(button.dataset.opens).showModal();
    else if ("closes" in button.dataset) button.closest("dialog").close();
  });

  document.addEventListener("htmx:afterSettle", told);
  document.addEventListener("DOMContentLoaded", told);
  window.addEventListener("pageshow", told);
}
