"use strict";
(() => {
  const page = document.documentElement;
  const byId = (id) => document.getElementById(id);

  const languages = byId("languages");
  const speak = (lang) => {
    page.dataset.lang = lang;
    page.lang = lang === "zh" ? "zh-CN" : "en";
    for (const button of languages.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
    }
    for (const one of document.querySelectorAll("option[data-zh], title[data-zh]")) {
      one.textContent = one.dataset[lang];
    }
  };
  languages.hidden = false;
  languages.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) speak(button.dataset.lang);
  });

  const filters = byId("filters");
  if (!filters) return;
  filters.hidden = false;
  const severity = byId("of-severity");
  const rule = byId("of-rule");
  const text = byId("of-text");
  const rows = [...byId("found").tBodies[0].rows].map((row) => ({
    row,
    severity: row.dataset.severity,
    rule: row.dataset.rule,
    text: row.textContent.toLowerCase(),
  }));
  const apply = () => {
    const wanted = text.value.trim().toLowerCase();
    let shown = 0;
    for (const one of rows) {
      const fits =
        (!severity.value || one.severity === severity.value) &&
        (!rule.value || one.rule === rule.value) &&
        (!wanted || one.text.includes(wanted));
      one.row.hidden = !fits;
      if (fits) shown += 1;
    }
    byId("shown").textContent = String(shown);
    byId("none").hidden = shown > 0;
  };
  for (const control of [severity, rule]) control.addEventListener("change", apply);
  text.addEventListener("input", apply);
})();
