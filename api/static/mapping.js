/* What the columns of a foreign table are taken to be, the mapping as text, and how to check with it. */

import { h, button } from "./dom.js";
import { kinds } from "./upload.js";
import { spoken, t } from "./words.js";

const ABOUT_TABLES = ["not-mapped", "unknown-table"];
const draft = { of: "", text: "", from: "" }; // what was typed, of which load, and what it was made from

/** Whether a load speaks of a table that is none of ParkGraph's own. */
export const isForeign = (load) => Boolean(load.proposal || load.mapping || lacksMapping(load));

/** Whether a table waits for somebody to say what its columns mean. */
export const lacksMapping = (load) => Boolean(load.report?.findings.some(({ rule }) => ABOUT_TABLES.includes(rule)));

/** The text of the mapping: what was typed, else what was used, else what is proposed. */
function textOf(load) {
  const from = load.mapping ?? load.proposal?.mapping ?? "";
  if (draft.of !== load.id || draft.from !== from) Object.assign(draft, { of: load.id, text: from, from });
  return draft.text;
}

/** The section. `check` is called with how the load is to be checked again; its problem is said here. */
export function mappingOf(load, check) {
  const foreign = isForeign(load);
  const said = h("div", { id: "mapping-problem", role: "alert" });
  const area = foreign ? h("textarea", {
    id: "mapping-text", rows: Math.min(34, Math.max(8, textOf(load).split("\n").length + 1)), spellcheck: false, autocomplete: "off",
    value: textOf(load), lang: "en", "aria-describedby": "mapping-problem",
    oninput: ({ target }) => { draft.text = target.value; },
  }) : null;
  const skip = tick("again-skip", "skip_option", load.skip_refused);
  const queue = tick("again-queue", "queue", load.queue);
  const kind = h("select", { id: "again-kind" });
  kinds(kind, load.kind ?? "");
  const how = () => ({ queue: queue.input.checked, skip_refused: skip.input.checked, kind: kind.value || null });
  const run = async (mapping) => {
    said.replaceChildren();
    if (mapping !== null && !mapping.trim()) {
      said.replaceChildren(h("p", { className: "problem" }, t("mapping_empty")));
      area.focus();
      return;
    }
    await check({ ...how(), mapping }, (problem) => {
      said.replaceChildren(h("div", { className: "problem" }, area ? h("p", {}, t("mapping_wrong")) : null, h("p", { lang: "en" }, problem.message || t("offline"))));
      area?.setAttribute("aria-invalid", "true");
      area?.focus();
    });
  };
  const parts = [
    foreign ? h("p", { className: "where" }, load.mapping ? t("mapping_used") : load.proposal ? t("mapping_hint") : t("mapping_none")) : null,
    load.proposal ? load.proposal.tables.map(meanings) : null,
    foreign ? h("div", { className: "yaml" }, h("label", { htmlFor: "mapping-text" }, t("mapping_yaml")), area) : null,
    said,
    h("fieldset", { className: "filters" }, h("legend", { className: "unseen" }, t("check_options")), skip.label, queue.label),
    h("div", { className: "buttons" },
      button(foreign ? t("check_mapping") : t("check_again"), () => run(area ? area.value : null), { className: "quiet strong", id: "check" })),
    foreign ? h("div", { className: "filters" }, h("label", { htmlFor: "again-kind" }, h("span", {}, t("kind")), kind),
      button(t("propose_again"), () => {
        draft.of = "";
        return run(null);
      }, { className: "quiet", id: "propose" })) : null,
  ];
  return h("section", { id: "mapping", "aria-labelledby": "mapping-title" },
    h("h2", { id: "mapping-title" }, foreign ? t("mapping_title") : t("check_options")),
    foreign && load.state === "planned" ? h("details", {}, h("summary", {}, t("mapping_show")), parts) : parts);
}

function tick(id, words, checked) {
  const input = h("input", { id, type: "checkbox", checked });
  return { input, label: h("label", { className: "check" }, input, " ", h("span", {}, t(words))) };
}

/** One table's columns, what each is taken to be, and its first rows. */
function meanings({ table, columns, unknown, sample }) {
  const said = new Map(unknown.map((column) => [column, []]));
  const order = sample.length ? Object.keys(sample[0]) : [...columns.map(({ column }) => column), ...unknown];
  for (const guess of columns) said.set(guess.column, [...(said.get(guess.column) ?? []), guess[spoken.lang]]);
  const name = h("h3", {}, table);
  return h("div", { className: "meanings" }, name, h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": table },
    h("table", { className: "stacked", role: "table" }, h("caption", { className: "unseen" }, table),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, [t("column"), t("meaning"), ...sample.map((_, i) => t("sample", { n: i + 1 }))].map((head) => h("th", { scope: "col", role: "columnheader" }, head)))),
      h("tbody", { role: "rowgroup" }, order.map((column) => h("tr", { role: "row" },
        h("th", { scope: "row", role: "rowheader" }, column),
        h("td", { role: "cell", "data-name": t("meaning") }, said.get(column)?.length ? said.get(column).join(t("list_mark")) : h("span", { className: "where" }, t("unused"))),
        sample.map((row, i) => h("td", { role: "cell", className: "cell", "data-name": t("sample", { n: i + 1 }) }, row[column] ?? ""))))))));
}
