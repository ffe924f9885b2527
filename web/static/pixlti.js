// One submission for a double click; the state at the LMS and of a job refreshes by itself; files can be dropped.
"use strict";

// Heard before the forms themselves, and for those that come later, too.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) {
      return;
    }
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.elements) {
      if (button.type === "submit") {
        button.setAttribute("aria-busy", "true");
      }
    }
  },
  true,
);
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
    for (const button of form.elements) {
      button.removeAttribute("aria-busy");
    }
  }
});

// Reloading the page does not announce again what was done once.
const address = new URL(location.href);
if (address.searchParams.has("done") && document.getElementById("done")) {
  address.searchParams.delete("done");
  history.replaceState(history.state, "", address);
}

const problems = document.getElementById("problems");
if (problems) {
  problems.focus();
}

const lms = document.querySelector("[data-refresh]");
const shown = lms && lms.querySelector("[data-arrival]");
const moving = ["on_its_way", "in_trouble"];
async function refresh(times) {
  if (times <= 0 || !moving.includes(shown.dataset.arrival)) {
    return;
  }
  try {
    const answer = await fetch(lms.dataset.refresh, { credentials: "same-origin" });
    if (answer.ok) {
      const state = await answer.json();
      shown.textContent = state.text;
      shown.className = `lms lms-${state.arrival}`;
      shown.dataset.arrival = state.arrival;
    } else if (answer.status < 500) {
      return; // The visit is over: the page says so when it is opened again.
    }
  } catch {
    // No network for a moment: try again.
  }
  setTimeout(refresh, times > 20 ? 1000 : 10000, times - 1);
}
if (shown) {
  setTimeout(refresh, 700, 60);
}

// A background job: its line and bar follow it, and at its end the page shows what became of it.
async function follow(job, pause) {
  let next = pause;
  try {
    const answer = await fetch(job.dataset.job, { credentials: "same-origin" });
    if (answer.ok) {
      const state = await answer.json();
      if (state.over) {
        location.reload();
        return;
      }
      next = state.done === Number(job.dataset.done) ? Math.min(pause * 1.3, 5000) : 500;
      show(job, state);
    } else if (answer.status < 500) {
      return; // The visit is over: the page says so when it is opened again.
    }
  } catch {
    // No network for a moment: try again.
  }
  setTimeout(follow, next, job, next);
}
function show(job, state) {
  const text = job.querySelector("[data-job-text]");
  const bar = job.querySelector("progress");
  if (text.textContent !== state.text) {
    text.textContent = state.text;
  }
  const stalled = document.querySelector("[data-stalled]");
  if (stalled) {
    stalled.hidden = !state.stalled;
  }
  job.dataset.done = state.done;
  job.dataset.state = state.state;
  if (state.total) {
    bar.max = state.total;
    bar.value = state.done;
  } else {
    bar.removeAttribute("value");
  }
}
for (const job of document.querySelectorAll("[data-job]")) {
  if (!["done", "failed"].includes(job.dataset.state)) {
    setTimeout(follow, 500, job, 500);
  }
}

// Files are dropped or chosen, named, and sent with a bar that tells how far they have come.
function prepareUploads() {
  for (const area of document.querySelectorAll(".drop")) {
    prepareDrop(area);
  }
  for (const form of document.querySelectorAll("form[data-upload]")) {
    prepareSending(form);
  }
}
prepareUploads();
function prepareDrop(area) {
  const input = area.querySelector("input[type=file]");
  const chosen = area.querySelector("[data-chosen]");
  const name = () => {
    // A single file's name stands in the field itself.
    if (chosen) {
      chosen.textContent = input.files.length > 1 ? Array.from(input.files, (file) => file.name).join(", ") : "";
    }
  };
  input.addEventListener("change", name);
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    const dropped = new DataTransfer();
    for (const file of Array.from(event.dataTransfer.files).slice(0, input.multiple ? undefined : 1)) {
      dropped.items.add(file);
    }
    if (dropped.files.length) {
      input.files = dropped.files;
      name();
      input.focus();
    }
  });
}
// Beside the area, a file is not opened in the page's place.
if (document.querySelector(".drop")) {
  const areaOf = (event) => (event.target instanceof Element ? event.target : event.target.parentElement)?.closest(".drop");
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) {
      return; // a text is dragged into a field
    }
    event.preventDefault();
    const area = areaOf(event);
    event.dataTransfer.dropEffect = area ? "copy" : "none";
    area?.classList.add("over");
  });
  document.addEventListener("drop", (event) => {
    if (event.dataTransfer.types.includes("Files")) {
      event.preventDefault();
    }
    for (const area of document.querySelectorAll(".drop.over")) {
      area.classList.remove("over");
    }
  });
}
function prepareSending(form) {
  // Where the visit is proven by forms and headers, the browser sends the form itself.
  if (!document.querySelector("meta[name=pixlti-visit]")) {
    form.addEventListener("submit", (event) => {
      if (!event.defaultPrevented) {
        event.preventDefault();
        send(form);
      }
    });
  }
}
function send(form) {
  const place = form.querySelector("[data-sending]");
  const bar = place.querySelector("progress");
  const said = place.querySelector("p");
  const sending = new XMLHttpRequest();
  sending.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) {
      bar.value = (100 * event.loaded) / event.total;
    }
  });
  sending.upload.addEventListener("load", () => {
    bar.removeAttribute("value");
    said.textContent = form.dataset.arrived;
  });
  sending.addEventListener("load", () => {
    if (sending.status === 200 && sending.responseURL !== form.action) {
      location.assign(sending.responseURL);
      return;
    }
    // Not taken: the answer says why, and takes the files again.
    const answer = new DOMParser().parseFromString(sending.responseText, "text/html");
    document.querySelector("main").replaceWith(answer.querySelector("main"));
    prepareUploads();
    const wrong = document.getElementById("problems");
    if (wrong) {
      wrong.focus();
    }
  });
  // Without the network, the browser says so itself.
  sending.addEventListener("error", () => form.submit());
  place.hidden = false;
  said.textContent = form.dataset.upload;
  sending.open("POST", form.action);
  sending.send(new FormData(form));
}

// Of a long table, the rows of one outcome.
for (const filter of document.querySelectorAll("[data-filter]")) {
  const rows = document.querySelectorAll(`#${filter.dataset.filter} [data-outcome]`);
  const wanted = filter.querySelector("select");
  const choose = () => {
    for (const row of rows) {
      row.hidden = Boolean(wanted.value) && row.dataset.outcome !== wanted.value;
    }
  };
  wanted.addEventListener("change", choose);
  window.addEventListener("pageshow", choose); // what was chosen stays when one comes back
  filter.hidden = false;
}

for (const all of document.querySelectorAll("[data-check-all]")) {
  all.addEventListener("change", () => {
    for (const box of document.querySelectorAll(`input[name=${all.dataset.checkAll}]`)) {
      box.checked = all.checked;
    }
  });
}
