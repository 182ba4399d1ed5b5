(() => {
  "use strict";
  const every = Number(document.getElementById("board").dataset.refreshS) * 1000;
  const lost = document.getElementById("lost");
  const scrolled = (root) => Array.from(root.querySelectorAll(".scroll"));

  // What a reader has done to the page stays as it is: open parts, scrolled boxes, the focus.
  function swap(fresh) {
    const old = document.getElementById("board");
    const open = Array.from(old.querySelectorAll("details[open]"), (part) => part.id);
    const lefts = new Map(scrolled(old).map((box) => [box.getAttribute("aria-labelledby"), box.scrollLeft]));
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const label = focused && focused.getAttribute("aria-labelledby");
    const opener = focused && focused.tagName === "SUMMARY" ? focused.parentElement.id : "";
    fresh.querySelectorAll("details").forEach((part) => {
      if (document.getElementById(part.id)) part.open = open.includes(part.id); // a new part is as it comes
    });
    // A banner that stood here already is not read out anew every few seconds.
    fresh.querySelectorAll(".banner").forEach((banner) => {
      if (Array.from(old.querySelectorAll(".banner")).some((one) => one.className === banner.className)) {
        banner.removeAttribute("role");
      }
    });
    old.replaceWith(fresh);
    const again = opener && document.getElementById(opener);
    if (again) again.firstElementChild.focus({ preventScroll: true });
    scrolled(fresh).forEach((box) => {
      const name = box.getAttribute("aria-labelledby");
      box.scrollLeft = lefts.get(name) || 0;
      if (label && name === label) box.focus({ preventScroll: true });
    });
  }

  async function refresh() {
    const selecting = String(window.getSelection()).length > 0;
    if (!document.hidden && !selecting) {
      try {
        const answer = await fetch(location.href, { cache: "no-store" });
        if (!answer.ok) throw new Error(String(answer.status));
        const text = await answer.text();
        // The main part alone: the style beside it has another nonce than ours. Names in it are escaped.
        const part = text.slice(text.indexOf('<main id="board"'), text.indexOf("</main>"));
        const page = new DOMParser().parseFromString(part, "text/html");
        swap(document.adoptNode(page.getElementById("board")));
        lost.hidden = true;
      } catch {
        lost.hidden = false;
      }
    }
    setTimeout(refresh, every);
  }
  setTimeout(refresh, every);
})();
