// Keeps a page fresh while somebody looks at it, and tells times in the reader's zone. The pages
// work without it.
"use strict";

(() => {
  const TIMEOUT_MS = 10_000;
  const interval = Number(document.body.dataset.refresh);
  const live = document.getElementById("live");
  const two = (number) => String(number).padStart(2, "0");

  function local(moment) {
    const day = [moment.getFullYear(), two(moment.getMonth() + 1), two(moment.getDate())];
    const time = [moment.getHours(), moment.getMinutes(), moment.getSeconds()];
    return `${day.join("-")} ${time.map(two).join(":")}`;
  }

  function tellLocalTimes(within) {
    for (const element of within.querySelectorAll("time[datetime]")) {
      const moment = new Date(element.dateTime);
      if (!Number.isNaN(moment.getTime())) {
        element.textContent = local(moment);
      }
    }
  }

  // What is typed or ticked and not sent yet would be lost, or end up in another row.
  function isBeingFilledIn(main) {
    const fields = [...main.querySelectorAll("input:not([type=hidden])")];
    return fields.some(
      (field) =>
        field === document.activeElement ||
        field.checked !== field.defaultChecked ||
        field.value !== field.defaultValue,
    );
  }

  function isOther(before, after) {
    return (
      before.nodeType !== after.nodeType ||
      before.nodeName !== after.nodeName ||
      before.id !== after.id
    );
  }

  function copyAttributes(before, after) {
    for (const { name } of [...before.attributes]) {
      if (!after.hasAttribute(name)) {
        before.removeAttribute(name);
      }
    }
    for (const { name, value } of after.attributes) {
      if (before.getAttribute(name) !== value) {
        before.setAttribute(name, value);
      }
    }
  }

  // Changes only what differs, so that focus, selection and scrolling stay where they are.
  function become(before, after) {
    if (before.nodeType === Node.TEXT_NODE) {
      if (before.data !== after.data) {
        before.data = after.data;
      }
      return;
    }
    if (before.nodeType !== Node.ELEMENT_NODE) {
      return;
    }
    copyAttributes(before, after);
    const wanted = [...after.childNodes];
    wanted.forEach((child, index) => {
      const present = before.childNodes[index];
      if (present === undefined) {
        before.append(child);
      } else if (isOther(present, child)) {
        present.replaceWith(child);
      } else {
        become(present, child);
      }
    });
    while (before.childNodes.length > wanted.length) {
      before.lastChild.remove();
    }
  }

  function tell(isAway) {
    const text = isAway ? "no answer from the exporter" : "live";
    if (live.textContent !== text) {
      live.textContent = text;
      live.classList.toggle("away", isAway);
    }
    live.hidden = false;
    document.getElementById("content").classList.toggle("stale", isAway);
  }

  async function news() {
    const answer = await fetch(location.href, {
      headers: { Accept: "text/html" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // A page that is not there any more says so itself; whatever else is no page of ours.
    if (!answer.ok && answer.status !== 404) {
      throw new Error(`status ${answer.status}`);
    }
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  async function refresh() {
    const main = document.getElementById("content");
    if (document.hidden || isBeingFilledIn(main)) {
      return;
    }
    try {
      const page = await news();
      const next = page.getElementById("content");
      if (next === null) {
        throw new Error("no page of the console");
      }
      if (!isBeingFilledIn(main)) {
        tellLocalTimes(next);
        become(main, next);
        document.title = page.title;
      }
      tell(false);
    } catch {
      tell(true);
    }
  }

  async function keepFresh() {
    await refresh();
    setTimeout(keepFresh, interval);
  }

  tellLocalTimes(document);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone !== "UTC") {
    document.getElementById("zone").textContent = `times in ${zone}, UTC when pointed at`;
  }
  if (interval > 0) {
    tell(false);
    setTimeout(keepFresh, interval);
    document.addEventListener("visibilitychange", refresh);
  }
})();
