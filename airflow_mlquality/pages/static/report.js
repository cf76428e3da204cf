(() => {
  "use strict";
  const root = document.documentElement;

  // In a frame of the same origin the page takes the theme of its host, and follows it.
  const host = (() => {
    try {
      return window.parent === window ? null : window.parent.document.documentElement;
    } catch {
      return null;
    }
  })();
  const borrowed = { "--bg": "--chakra-colors-bg", "--fg": "--chakra-colors-fg", "--muted": "--chakra-colors-fg-muted",
    "--border": "--chakra-colors-border", "--font": "--chakra-fonts-body" };
  const follow = () => {
    const named = ["dark", "light"].find((name) => host.classList.contains(name) || host.dataset.theme === name);
    if (named) root.dataset.theme = named;
    const style = window.parent.getComputedStyle(host);
    for (const [ours, theirs] of Object.entries(borrowed)) {
      const value = style.getPropertyValue(theirs).trim();
      if (value) root.style.setProperty(ours, value);
    }
  };
  if (host) {
    try {
      follow();
      new MutationObserver(follow).observe(host, { attributes: true, attributeFilter: ["class", "data-theme", "style"] });
    } catch { /* the host keeps its theme to itself */ }
  }

  document.addEventListener("DOMContentLoaded", () => {
    const buttons = [...document.querySelectorAll("[data-filter]")];
    const rows = [...document.querySelectorAll("[data-outcome], [data-column]")];
    const search = document.getElementById("search");
    const nothing = document.getElementById("nothing");
    let wanted = "";

    const show = () => {
      const words = search.value.trim().toLowerCase();
      let checks = 0;
      for (const row of rows) {
        const fits = !wanted || !("outcome" in row.dataset) || row.dataset.outcome === wanted;
        row.hidden = !(fits && (!words || row.textContent.toLowerCase().includes(words)));
        if (!row.hidden && row.closest(".checks")) checks += 1;
      }
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.filter === wanted));
      for (const table of document.querySelectorAll(".checks")) {
        (table.closest("details") || table).hidden = !table.querySelector("tr[data-outcome]:not([hidden])");
      }
      for (const fold of wanted || words ? document.querySelectorAll(".fold:has(tr[data-outcome]:not([hidden]), tr[data-column]:not([hidden]))") : []) fold.open = true;
      nothing.hidden = checks > 0 || rows.length === 0;
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        wanted = button.dataset.filter === wanted ? "" : button.dataset.filter;
        show();
      });
    }
    search.addEventListener("input", show);

    // The frame of the Airflow UI lets no link open a tab; its own window may.
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[target=_blank]");
      if (!link || !host) return;
      try {
        window.parent.open(link.href, "_blank", "noopener");
        event.preventDefault();
      } catch { /* the link does what the frame allows */ }
    });
    window.addEventListener("beforeprint", () => {
      for (const details of document.querySelectorAll("details.notes")) details.open = true;
    });
  });
})();
