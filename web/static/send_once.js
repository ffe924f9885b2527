// Sends the page's form by itself when the page is first come to; after a reload or going back, only its button does.
"use strict";

const arrival = performance.getEntriesByType("navigation")[0];
const form = document.querySelector("form[data-send-once]");
if (form && (!arrival || arrival.type === "navigate")) {
  form.submit();
}
