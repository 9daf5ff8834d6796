/* What is said, in the language chosen: the page's own words, and labels of the model. */

import { $ } from "./dom.js";
import { askOnce } from "./ask.js";

const texts = JSON.parse($("texts").textContent);
export const spoken = { lang: document.documentElement.lang === "en" ? "en" : "zh" };
let model = { kinds: {}, relations: {}, layers: {}, statuses: {}, qualifiers: {}, common: {}, relation_common: {}, modalities: {} };

export async function learn() {
  model = { ...model, ...(await askOnce("/v1/model")) };
}

export const t = (key, values = {}) =>
  (texts[spoken.lang][key] ?? key).replaceAll(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** Say in the chosen language whatever stands on the page by itself. */
export function label() {
  document.documentElement.lang = spoken.lang === "en" ? "en" : "zh-CN";
  document.title = t("title");
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = t(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  for (const element of document.querySelectorAll("[data-hint]")) element.placeholder = t(element.dataset.hint);
  for (const element of document.querySelectorAll("[data-lang]")) element.setAttribute("aria-pressed", String(element.dataset.lang === spoken.lang));
  $("menu").setAttribute("aria-label", t("menu"));
  $("languages").setAttribute("aria-label", t("language"));
}

export const has = (key) => texts[spoken.lang][key] !== undefined;

const named = (group, name) => model[group]?.[name]?.[spoken.lang] ?? name;
export const kindLabel = (name) => named("kinds", name);
export const relationLabel = (name) => named("relations", name);
export const statusLabel = (name) => (name ? named("statuses", name) : t("not_stated"));
export const layerLabel = (name) => (model.layers[name] ? named("layers", name) : choiceLabel(name));
export const modalityLabel = (name) => named("modalities", name);
export const isSymmetric = (relation) => Boolean(model.relations[relation]?.symmetric);
export const names = (group) => Object.keys(model[group] ?? {});
/** The name of what a text of an address names or labels, in either language; the text where nothing does. */
export function meant(group, text) {
  return labelled(Object.entries(model[group] ?? {}).map(([name, entry]) => [name, [entry.zh, entry.en]]), text);
}
/** The same among names that are given with their labels. */
export function labelled(names, text) {
  const asked = text.trim().toLowerCase();
  return names.find(([name, labels]) => [name, ...labels].some((label) => label.toLowerCase() === asked))?.[0] ?? text;
}
/** The statuses that may be the lowest that counts. */
export const floors = () => names("statuses").filter((name) => model.statuses[name].rank > 0 && !model.statuses[name].terminal);
export const colour = (kind) => model.kinds[kind]?.colour ?? "#999999";

export function nameOf(node) {
  const [first, second] = spoken.lang === "zh" ? ["name_zh", "name_en"] : ["name_en", "name_zh"];
  return node[first] || node[second] || node.name || node.id;
}

/** Solid once agreed or running, dashed while planned, dotted while only proposed. */
export function lineOf(status) {
  const known = model.statuses[status];
  if (!known) return "unstated";
  if (known.terminal) return "ended";
  if (known.rank === 0) return "dotted";
  return known.rank < (model.statuses.signed?.rank ?? 0) ? "dashed" : "solid";
}

function figure(value, unit, qualifier, high) {
  const format = new Intl.NumberFormat(spoken.lang === "zh" ? "zh-CN" : "en").format;
  const exact = high === undefined || high === null ? format(value) : `${format(value)}–${format(high)}`;
  const head = qualifier && qualifier !== "exact" ? `${named("qualifiers", qualifier)} ` : "";
  return `${head}${exact}${unit === "percent" ? "%" : unit ? ` ${unit}` : ""}`;
}

/** A figure in the canonical form, as in `about 500000000 ~100000000 CNY`. */
const CANONICAL = /^(?:([a-z_]+) )?(-?\d+(?:\.\d+)?)(?:\.\.(-?\d+(?:\.\d+)?))?(?: ~[\d.]+)?(?: ([^\s~].*))?$/;

export function inWords(property, value) {
  if (Array.isArray(value)) return value.map((item) => inWords(property, item)).join(spoken.lang === "zh" ? "、" : "; ");
  if (value !== null && typeof value === "object") return figure(value.value, value.unit, value.qualifier, value.high);
  if (typeof value === "boolean") return spoken.lang === "zh" ? (value ? "是" : "否") : value ? "yes" : "no";
  const parts = ["money", "quantity"].includes(property?.type) && CANONICAL.exec(value);
  if (parts) return figure(Number(parts[2]), parts[4], parts[1], parts[3] && Number(parts[3]));
  const vocabulary = property?.values;
  if (vocabulary && typeof vocabulary === "object" && vocabulary[value]) return vocabulary[value][spoken.lang === "zh" ? 0 : 1];
  if (property?.type === "kind") return kindLabel(value);
  return String(value);
}

function stored(declared, values, skip) {
  return Object.entries(declared)
    .filter(([name]) => !skip.includes(name) && values[name] !== undefined && values[name] !== null)
    .map(([name, property]) => {
      const value = values[name];
      const isFigure = ["money", "quantity"].includes(property.type) && typeof value === "number";
      const unit = values[`${name}_${property.type === "money" ? "currency" : "unit"}`];
      const shown = isFigure ? figure(value, unit, values[`${name}_qualifier`], values[`${name}_high`]) : inWords(property, value);
      return [property[spoken.lang], shown];
    });
}

/** How the model declares a property, by its name; of a relation, where that is given. */
export function propertyOf(name, relation) {
  const groups = [model.relations[relation]?.properties ?? {}, model.common, ...Object.values(model.kinds).map((kind) => kind.properties), model.relation_common];
  return groups.find((group) => group[name])?.[name];
}

/** What a parameter or a column of a question is called. */
export const columnLabel = (name) =>
  texts[spoken.lang].columns?.[name] ?? propertyOf(name)?.[spoken.lang] ?? name.replaceAll("_", " ");

/** What a figure of a measure is called. */
export const figureLabel = (name) => texts[spoken.lang].figures?.[name] ?? name.replaceAll("_", " ");

/** A word that a parameter may be. */
export const choiceLabel = (choice) => texts[spoken.lang].choices?.[choice] ?? choice.replaceAll("_", " ");

/** The properties of an entity as [label, value], in the model's order. */
export const entityRows = (node) =>
  stored({ ...model.common, ...model.kinds[node.kind]?.properties }, node, ["name_zh", "name_en", "alias"]);

/** The figures of a fact, or of what a claim says of it. */
export const factRows = (relation, values) =>
  stored({ ...model.relations[relation]?.properties, ...model.relation_common }, values, []);
