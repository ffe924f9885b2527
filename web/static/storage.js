// Where the browser keeps nothing for this frame, the platform's window keeps for it what proves who is here
// (1EdTech: LTI postMessage Storage). Messages go to the platform's own origin, and only its answers are believed.
"use strict";

(() => {
  const PATIENCE = 3000; // milliseconds
  const AGAIN = 250; // the frame beside ours may still be loading: what is asked twice does no harm
  const MOST_VISITS = 6; // platforms keep about 4,000 characters for a tool
  const VISITS = "pixlti_visits";
  const BROWSER = "X-Pixlti-Browser";
  const VISIT = "X-Pixlti-Visit";

  const around = () => (window.parent === window ? window.opener : window.parent);

  // The frame of that name beside ours, or the window around us.
  function frame(name) {
    try {
      return name === "_parent" ? around() : around().frames[name];
    } catch {
      return null; // there is none
    }
  }

  function random() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), (each) => each.toString(16).padStart(2, "0")).join("");
  }

  // Send one message and wait for its answer. A platform may name another frame when asked for its capabilities:
  // whatever it names, the browser delivers to the expected origin only.
  function ask(place, subject, values) {
    return new Promise((resolve, reject) => {
      const id = random();
      const inquiry = random();
      const names = new Set([place.target]);
      const end = () => {
        clearTimeout(timer);
        clearInterval(again);
        window.removeEventListener("message", hear);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error("the platform does not answer"));
      }, PATIENCE);
      const send = () => {
        for (const target of new Set([...names].map(frame))) {
          if (target) {
            target.postMessage({ subject, message_id: id, ...values }, place.origin);
          }
        }
      };
      const again = setInterval(send, AGAIN);
      const hear = (event) => {
        const told = event.data;
        if (typeof told !== "object" || told === null) {
          return;
        }
        if (told.message_id === inquiry && event.source === around() && Array.isArray(told.supported_messages)) {
          const found = told.supported_messages.find((each) => each && each.subject === subject);
          if (found && typeof found.frame === "string" && !names.has(found.frame)) {
            names.add(found.frame);
            send();
          }
        } else if (
          event.origin === place.origin &&
          told.message_id === id &&
          told.subject === `${subject}.response`
        ) {
          end();
          if (told.error) {
            reject(new Error("the platform refuses"));
          } else {
            resolve(told.value);
          }
        }
      };
      window.addEventListener("message", hear);
      send();
      if (around()) {
        around().postMessage({ subject: "lti.capabilities", message_id: inquiry }, "*"); // says nothing of anybody
      }
    });
  }

  const put = (place, key, value) => ask(place, "lti.put_data", { key, value });
  const get = (place, key) => ask(place, "lti.get_data", { key });

  // Keep a visit, and let the oldest go: a platform forgets nothing by itself.
  async function remember(place, key, value) {
    const told = await get(place, VISITS).catch(() => "");
    const kept = String(told || "").split(" ").filter((each) => /^pixlti_visit_[0-9a-f]{16}$/.test(each));
    while (kept.length >= MOST_VISITS) {
      await put(place, kept.shift(), null).catch(() => null);
    }
    await put(place, VISITS, [...kept.filter((each) => each !== key), key].join(" "));
    await put(place, key, value);
  }

  // Show an answer in place of this page, as if the browser had opened it.
  async function show(answer) {
    if ((answer.headers.get("Content-Disposition") || "").startsWith("attachment")) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(await answer.blob());
      link.download = (/filename="?([^";]+)/.exec(answer.headers.get("Content-Disposition")) || ["", ""])[1];
      link.click();
      history.back();
      return;
    }
    const text = await answer.text();
    if (new URL(answer.url).origin === location.origin && new URL(answer.url).pathname.startsWith("/visits/")) {
      const hash = new URL(answer.url).hash || location.hash;
      history.replaceState(null, "", Object.assign(new URL(answer.url), { hash }));
    }
    document.open();
    if ((answer.headers.get("Content-Type") || "").startsWith("text/html")) {
      document.write(text);
    } else {
      document.write("<!doctype html><pre></pre>");
      document.querySelector("pre").textContent = text;
    }
    document.close();
    const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (place) {
      place.scrollIntoView();
    }
  }

  const steps = {
    // Keep the browser's token, then let the platform say who is there.
    async login(page, place) {
      try {
        await put(place, page.dataset.key, page.dataset.value);
      } catch {
        location.replace(page.dataset.otherwise);
        return;
      }
      location.replace(page.dataset.address);
    },
    // Bring the launch with the token that was kept when it began.
    async launch(page, place) {
      const token = await get(place, page.dataset.key).catch(() => "");
      const body = new URLSearchParams(new FormData(page));
      const answer = await fetch(page.dataset.address, { method: "POST", headers: { [BROWSER]: token || "" }, body });
      if (!answer.ok) {
        await show(answer);
        return;
      }
      const visit = await answer.json();
      put(place, page.dataset.key, null).catch(() => null);
      await remember(place, visit.key, visit.value).catch(() => null);
      await show(await fetch(visit.address, { headers: { [VISIT]: visit.value } }));
    },
    // Bring what proves the visit to the page that was asked for.
    async visit(page, place) {
      const proof = await get(place, page.dataset.key).catch(() => "");
      await show(await fetch(page.dataset.address, { headers: { [VISIT]: proof || "" } }));
    },
  };

  // Scripts of the visit's pages ask for more by themselves: let them bring the proof, too.
  const proof = document.querySelector("meta[name=pixlti-visit]");
  if (proof && !window.fetch.provesVisit) {
    const plain = window.fetch.bind(window);
    window.fetch = (input, init) => {
      const asked = new Request(input, init);
      const address = new URL(asked.url);
      if (address.origin === location.origin && address.pathname.startsWith("/visits/")) {
        asked.headers.set(VISIT, proof.content);
      }
      return plain(asked);
    };
    window.fetch.provesVisit = true;
  }

  const page = document.getElementById("storage");
  if (page) {
    const place = { target: page.dataset.target, origin: page.dataset.origin };
    steps[page.dataset.step](page, place);
  }
})();
