/* The ready questions: a form made from what each declares, and its rows as a table. */

import { $, h, button } from "./dom.js";
import { ask, askOnce } from "./ask.js";
import { at } from "./moment.js";
import { possibly, proofLater } from "./proof.js";
import { meant, suggest } from "./suggest.js";
import { columnLabel, inWords, kindLabel, modalityLabel, names, propertyOf, relationLabel, spoken, statusLabel, t } from "./words.js";

const CHOICES = {
  kind: ["kinds", kindLabel], relation: ["relations", relationLabel], status: ["statuses", statusLabel], floor: ["statuses", statusLabel],
};
let queries = [];

const sentence = (query) => (spoken.lang === "zh" && query.summary_zh) || query.summary;
const current = () => queries.find((query) => query.name === $("question").value);

/** Fill the menu; keeps what is chosen when the language changes. */
export async function menu() {
  queries = (await askOnce("/v1/queries")).items;
  const chosen = $("question").value;
  $("question").replaceChildren(...queries.map((query) => h("option", { value: query.name }, sentence(query))));
  if (chosen) $("question").value = chosen;
}

export function choose(name, given = null) {
  if (queries.some((query) => query.name === name)) $("question").value = name;
  const query = current();
  if (!query) return;
  $("question-fields").replaceChildren(...Object.entries(query.params).map(([key, parameter]) => field(query, key, parameter, given)));
  for (const input of $("question-fields").querySelectorAll("input[data-entity]")) suggest(input);
}

function field(query, key, parameter, given) {
  const value = given?.[key] ?? query.example?.[key] ?? parameter.default ?? "";
  const id = `param-${key}`;
  const choices = parameter.choices ? parameter.choices.map((choice) => [choice, choice])
    : parameter.type === "bool" ? ["true", "false"].map((choice) => [choice, choice])
    : CHOICES[parameter.type] ? names(CHOICES[parameter.type][0]).map((name) => [name, CHOICES[parameter.type][1](name)])
    : null;
  const input = choices
    ? h("select", { id, name: key }, parameter.required ? null : h("option", { value: "" }, t("any")),
      choices.map(([choice, label]) => h("option", { value: choice, selected: String(value) === choice }, label)))
    : h("input", {
      id, name: key, type: parameter.type === "int" ? "number" : "text", value: String(value), autocomplete: "off",
      min: parameter.ge, max: parameter.le, required: Boolean(parameter.required), "data-entity": parameter.type === "entity" ? "yes" : null,
      placeholder: parameter.required ? t("required") : t("any"),
    });
  return h("div", { className: "field" }, h("label", { htmlFor: id, title: parameter.description }, columnLabel(key)), input);
}

/** What the form asks: the name of the question and its parameters. */
export function asked() {
  const inputs = [...$("question-fields").querySelectorAll("input, select")];
  return [$("question").value, Object.fromEntries(inputs.map((input) => [input.name, meant(input)]).filter(([, value]) => value !== ""))];
}

export async function answer(name, parameters, openEntity) {
  const query = queries.find((item) => item.name === name);
  const { rows, truncated, names: called, none } = await ask(`/v1/queries/${encodeURIComponent(name)}`, at(parameters));
  if (none) {
    return [h("div", { className: "none" }, h("h3", {}, t("no_rows")), h("ul", {}, none.reasons.map((reason) => h("li", {}, reason[spoken.lang]))))];
  }
  const columns = shown(query, rows);
  return [
    h("p", { className: "where" }, truncated ? t("truncated", { n: rows.length }) : t("rows", { n: rows.length })),
    h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": sentence(query) }, h("table", {},
      h("caption", { className: "unseen" }, sentence(query)),
      h("thead", {}, h("tr", {}, columns.map(([column, { description }]) => h("th", { scope: "col", title: description || "" }, columnLabel(column))))),
      h("tbody", {}, rows.map((row) => h("tr", {}, columns.map(([column, declared], i) =>
        h("td", { className: ["int", "float"].includes(declared.type) ? "figure" : "" },
          cell(column, declared, row, called, openEntity), i ? null : [" ", possibly(row)]))))))),
  ];
}

/** The columns to show: none that is empty in every row unless it is what the question seeks, and a name
 * within the cell of its entity. */
function shown(query, rows) {
  const columns = Object.entries(query.columns).map(([column, declared], i, all) => {
    const next = all[i + 1]?.[0];
    return [column, { ...declared, named: declared.type === "node" && ["name", `${column}_name`].includes(next) ? next : null }];
  });
  const within = new Set(columns.map(([, { named }]) => named));
  const holds = (value) => ![null, undefined, ""].includes(value) && !(Array.isArray(value) && !value.length);
  return columns.filter(([column, { sought }]) => !within.has(column) && (sought || rows.some((row) => holds(row[column]))));
}

function cell(column, { type, named, sought }, row, called, openEntity) {
  const value = row[column];
  if (value === null || value === undefined) return sought ? h("span", { className: "unstated" }, t("not_stated")) : "";
  if (type === "node") {
    return [button(called[value]?.[spoken.lang] ?? value, () => openEntity(value), { className: "link" }), h("br"), h("code", {}, value)];
  }
  if (type === "nodes") {
    return value.map((id, i) => [i ? h("br") : null, button(called[id]?.[spoken.lang] ?? id, () => openEntity(id), { className: "link" })]);
  }
  if (type === "fact") return proofLater(value);
  if (Array.isArray(value)) return value.join(spoken.lang === "zh" ? "、" : "; ");
  if (type === "int" || type === "float") return column === "year" ? String(value) : new Intl.NumberFormat(spoken.lang === "zh" ? "zh-CN" : "en").format(value);
  if (typeof value === "boolean") return value ? t("affirmed") : t("denied");
  if (column === "relation") return relationLabel(value);
  if (["status", "own_status"].includes(column)) return statusLabel(value);
  if (column === "modality") return modalityLabel(value);
  if (column === "kind") return kindLabel(value);
  return inWords(propertyOf(column), value);
}
