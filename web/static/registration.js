// Asks the LMS to close the frame or window it opened for a registration: the one LTI message Moodle listens to.
"use strict";

for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => {
    const opener = window.parent === window ? window.opener : window.parent;
    for (const origin of button.dataset.close.split(" ")) {
      if (opener && origin) {
        opener.postMessage({ subject: "org.imsglobal.lti.close" }, origin);
      }
    }
    if (window.parent === window) {
      window.close();
    }
    const note = document.getElementById("closing");
    if (note) {
      note.hidden = false;
    }
  });
}
