/* A form made from what a question or a measure declares, and its rows as a table. */

import { button, h, held, hold } from "./dom.js";
import { askOnce } from "./ask.js";
import { possibly, proofLater } from "./proof.js";
import { suggest } from "./suggest.js";
import {
  choiceLabel, columnLabel, floors, inWords, kindLabel, labelled, layerLabel, meant, modalityLabel, names, propertyOf, relationLabel, spoken, statusLabel, t,
} from "./words.js";

const CHOICES = {
  kind: ["kinds", kindLabel], relation: ["relations", relationLabel], layer: ["layers", layerLabel],
  status: ["statuses", statusLabel], floor: ["statuses", statusLabel],
};

const MUCH = 20; // characters in a cell that are more than a few words

const codeLabel = (parameter, code) => parameter.codes[code]?.[spoken.lang === "zh" ? 0 : 1] ?? code;

/** What a parameter may be, each with its words; null where it may be anything. */
function choicesOf(parameter) {
  if (parameter.choices) return parameter.choices.map((choice) => [choice, choiceLabel(choice)]);
  if (parameter.codes) return Object.keys(parameter.codes).map((code) => [code, codeLabel(parameter, code)]);
  if (parameter.type === "bool") return [["true", t("affirmed")], ["false", t("denied")]];
  const [group, worded] = CHOICES[parameter.type] ?? [];
  if (!group) return null;
  return (parameter.type === "floor" ? floors() : names(group)).map((name) => [name, worded(name)]);
}

/** The name of what a text of an address means for a parameter: a label in either language will do. */
function named(parameter, text) {
  const group = CHOICES[parameter.type]?.[0];
  return group ? meant(group, text) : labelled(Object.entries(parameter.codes ?? {}), text);
}

/** What a parameter is called; without its declaration it is one of the moment. */
export function parameterLabel(name, parameter) {
  if (!parameter) return t(name);
  return name === "status" && parameter.type === "floor" ? t("status_floor") : columnLabel(name);
}

/** A value of a parameter in words. */
export function valueInWords(parameter, value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? t("affirmed") : t("denied");
  if (parameter.codes) return codeLabel(parameter, value);
  const label = CHOICES[parameter.type]?.[1] ?? (parameter.choices ? choiceLabel : String);
  return label(value);
}

/** The words of columns whose values are names of the model or choices of a parameter. */
const LABELS = {
  relation: relationLabel, layer: layerLabel, status: statusLabel, own_status: statusLabel, modality: modalityLabel, kind: kindLabel,
  part: choiceLabel, standing: choiceLabel, what: (value) => (names("relations").includes(value) ? relationLabel : choiceLabel)(value),
};

export const summaryOf = (declared) => (spoken.lang === "zh" && declared.summary_zh) || declared.summary;

/** The form of what is listed at an address: `menu` chooses one, `fields` takes its parameters. Those of the
 * names in `seldom` are folded away; with `example` they begin as in the example, else as they usually are. */
export class Form {
  constructor({ list, menu, fields, prefix, seldom = [], example = true }) {
    Object.assign(this, { list, menu, fields, prefix, seldom, example });
    this.declared = [];
  }

  /** Fill the menu; keeps what is chosen when the language changes. */
  async learn() {
    this.declared = (await askOnce(this.list)).items;
    const chosen = this.menu.value;
    this.menu.replaceChildren(...this.declared.map((one) => h("option", { value: one.name }, summaryOf(one))));
    if (chosen) this.menu.value = chosen;
  }

  named(name) {
    return this.declared.find((one) => one.name === name);
  }

  /** Show the parameters of one, with the values given if any. */
  choose(name, given = null) {
    if (name) hold(this.menu, name);
    const chosen = this.named(name);
    if (!chosen) {
      this.fields.replaceChildren();
      return;
    }
    const all = Object.entries(chosen.params).map(([key, parameter]) => [key, this.#field(chosen, key, parameter, given)]);
    const rare = all.filter(([key]) => this.seldom.includes(key));
    this.fields.replaceChildren(...all.filter(([key]) => !this.seldom.includes(key)).map(([, field]) => field),
      ...(rare.length ? [h("details", { open: rare.some(([key]) => given?.[key]) }, h("summary", {}, t("more_parameters")),
        h("div", { className: "filters asked" }, rare.map(([, field]) => field)))] : []));
    for (const input of this.fields.querySelectorAll("input[data-entity]")) suggest(input);
  }

  #field(chosen, key, parameter, given) {
    const value = String(given?.[key] ?? (given || !this.example ? null : chosen.example?.[key]) ?? parameter.default ?? "");
    const id = `${this.prefix}-${key}`;
    const usual = String(parameter.default ?? "");
    const choices = choicesOf(parameter);
    const several = Boolean(parameter.several);
    const taken = (several ? value.split(",") : [value]).map((text) => (choices ? named(parameter, text) : text));
    // What no menu offers is kept, so that nothing asked for is lost without a word.
    for (const text of choices && value !== "" ? taken : []) {
      if (!choices.some(([choice]) => choice === text)) choices.push([text, text]);
    }
    const input = choices
      ? h("select", { id, name: key, multiple: several, "data-default": usual },
        parameter.required || several || usual ? null : h("option", { value: "" }, t("any")),
        choices.map(([choice, label]) => h("option", { value: choice, selected: taken.includes(choice) }, label)))
      : h("input", {
        id, name: key, type: ["int", "float"].includes(parameter.type) ? "number" : "text", value, autocomplete: "off",
        step: parameter.type === "float" ? "any" : null, min: parameter.ge, max: parameter.le, required: Boolean(parameter.required),
        "data-entity": parameter.type === "entity" ? "yes" : null, "data-default": usual,
        placeholder: parameter.required ? t("required") : usual || t("any"),
      });
    const called = parameterLabel(key, parameter);
    const name = several ? t("several", { name: called }) : called;
    return h("div", { className: "field" }, h("label", { htmlFor: id, title: parameter.description }, name), input);
  }

  /** What is asked: the name of the one chosen and its parameters, without those that are as they would be. */
  asked() {
    const told = this.#inputs().map((input) => [input.name, held(input), input.dataset.default]);
    return [this.menu.value, Object.fromEntries(told.filter(([, value, usual]) => value !== "" && value !== usual))];
  }

  /** Make the form anew in the language spoken, with all that stands in it. */
  again() {
    this.choose(this.menu.value, Object.fromEntries(this.#inputs().map((input) => [input.name, held(input)])));
  }

  #inputs() {
    return [...this.fields.querySelectorAll("input, select")];
  }
}

/** Rows in the columns that are declared; `called` names the entities in them. */
export function table(caption, declared, rows, called, openEntity) {
  const columns = shown(declared, rows);
  return h("div", { className: "scroll", tabIndex: 0, role: "region", "aria-label": caption }, h("table", {},
    h("caption", { className: "unseen" }, caption),
    h("thead", {}, h("tr", {}, columns.map(([column, of]) =>
      h("th", { scope: "col", title: of.description || "" }, columnLabel(column === "id" && of.type === "node" ? "entity" : column))))),
    h("tbody", {}, rows.map((row) => h("tr", {}, columns.map(([column, of], i) =>
      td(of, [cell(column, of, row, called, openEntity), i ? null : [" ", possibly(row)]])))))));
}

/** A cell; one that holds much gets room, so that it does not make its row high. */
function td(of, content) {
  const made = h("td", {}, ...content);
  made.className = ["int", "float"].includes(of.type) ? "figure" : made.textContent.length > MUCH ? "much" : "";
  return made;
}

/** The columns to show: of those that the rows have none that is empty in every row, unless it is what is
 * sought; and a name within the cell of its entity. */
function shown(declared, rows) {
  const columns = Object.entries(declared).map(([column, of], i, all) => {
    const next = all[i + 1]?.[0];
    return [column, { ...of, named: of.type === "node" && ["name", `${column}_name`].includes(next) ? next : null }];
  });
  const within = new Set(columns.map(([, { named }]) => named));
  const holds = (value) => ![null, undefined, ""].includes(value) && !(Array.isArray(value) && !value.length);
  return columns.filter(([column, { sought }]) => !within.has(column) && rows.some((row) => (sought ? column in row : holds(row[column]))));
}

/** A number as the language writes it; a share with four figures that tell something. */
export const number = (value) => new Intl.NumberFormat(spoken.lang === "zh" ? "zh-CN" : "en",
  Math.abs(value) < 1 ? { maximumSignificantDigits: 4 } : {}).format(value);

function cell(column, { type, sought, codes }, row, called, openEntity) {
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
  if (type === "int" || type === "float") return column === "year" ? String(value) : number(value);
  if (typeof value === "boolean") return value ? t("affirmed") : t("denied");
  if (LABELS[column]) return LABELS[column](value);
  if (codes) return codeLabel({ codes }, value);
  return inWords(propertyOf(column), value);
}
