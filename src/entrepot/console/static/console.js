// What every page does beside htmx. No page needs it to be read.
"use strict";

// A refusal is shown where the answer would have stood.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status >= 400 && event.detail.xhr.responseText) {
    const main = document.getElementById("content");
    event.detail.shouldSwap = true;
    event.detail.target = main;
    event.detail.swapOverride = "afterbegin";
  }
});
