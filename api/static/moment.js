/* The moment that the whole page is shown as of: a day, whether only what is certain of it, and the time at
   which that was known. Every question to the API carries it. */

import { $ } from "./dom.js";
import { ask } from "./ask.js";
import { has, t } from "./words.js";

export const MOMENT = ["as_of", "certain", "known_at"];
let chosen = {};

/** Parameters with those of the moment. */
export const at = (parameters = {}) => ({ ...parameters, ...chosen });

/** What was known when, without the day: for judgements of identity, which are of no day. */
export const knownAt = () => (chosen.known_at ? { known_at: chosen.known_at } : {});

export const isSet = () => Object.keys(chosen).length > 0;

/** What the bar asks for, as texts; only a day can be certain. */
export function filledIn() {
  const day = $("as_of").value.trim();
  return { as_of: day, certain: day && $("certain").checked ? "true" : "", known_at: $("known_at").value.trim() };
}

/** Take the moment of an address, and show it in the bar; what is being typed there stays while it is the same. */
export function choose(given) {
  if (MOMENT.every((name) => (given[name] ?? "") === (chosen[name] ?? ""))) return say();
  $("as_of").value = given.as_of ?? "";
  $("certain").checked = given.certain === "true";
  $("known_at").value = given.known_at ?? "";
  chosen = Object.fromEntries(Object.entries(filledIn()).filter(([, value]) => value));
  offerCertain();
  return say();
}

/** Only with a day is there anything to be certain of. */
export function offerCertain() {
  $("certain").disabled = !$("as_of").value.trim();
}

/** The sentence that stands on the page while a moment is set. */
export function say() {
  const { as_of: day, certain, known_at: time } = chosen;
  $("moment-words").textContent = (day ? t("shown_as_of", { day }) : "") + (certain ? t("shown_certain") : "")
    + (time ? t(day ? "shown_and_known_at" : "shown_known_at", { time }) : "");
  $("moment-shown").hidden = !isSet();
}

/** Ask whether the moment can be understood, and say in words what is wrong with it or that it is empty.
    Answers whether there is anything to show. */
export async function check() {
  const place = $("moment-problem");
  let words = "";
  let detail = "";
  if (isSet()) {
    try {
      const { items } = await ask("/v1/entities", at({ limit: 1 }));
      if (!items.length) words = t("moment_empty");
    } catch (problem) {
      const named = `moment_${problem.message.split(":")[0]}`;
      words = problem.code === "offline" ? t("offline") : has(named) ? t(named) : t("failed", { detail: problem.message });
      detail = has(named) ? problem.message : "";
    }
  }
  if (detail) $("moment-words").textContent = t("moment_wrong");
  place.querySelector("p").textContent = words;
  place.querySelector(".where").textContent = detail;
  place.hidden = !words;
  return !words;
}
