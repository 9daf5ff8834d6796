/* The explorer: its questions on one page, all as of one moment. What is asked stands in the address, so
   it can be shared. */

import { $, h, button, held, hold } from "./dom.js";
import { ask, forget } from "./ask.js";
import { card } from "./card.js";
import { isEditable, learnEditable, listProposals } from "./identity.js";
import * as measures from "./measures.js";
import * as moment from "./moment.js";
import { showPaths } from "./paths.js";
import * as questions from "./questions.js";
import { matches } from "./search.js";
import { suggest } from "./suggest.js";
import { floors, has, kindLabel, label, layerLabel, learn, meant, nameOf, names, relationLabel, spoken, statusLabel, t } from "./words.js";

const DEFAULTS = { status: "planned", inferred: "true", max_hops: "8", layers: "", k: "3", via: "", avoid: "", relations: "", kinds: "", max_degree: "", all_shortest: "false", robustness: "false" };
const EXAMPLES = [["BP&C", "布鲁内尔大学"], ["张江", "武进"], ["成都市科技局", "四川省科技厅"], ["Park@成都", "Park@重庆"]];
const PATH_FIELDS = ["from", "to", ...Object.keys(DEFAULTS)];
const MENUS = { status: "statuses", layers: "layers", relations: "relations", kinds: "kinds" }; // filled when the words of the model are here
const RARER = ["k", "via", "avoid", "relations", "kinds"]; // folded away
let begin; // called when the words of the page are here
const ready = new Promise((resolve) => { begin = resolve; });

// -- state in the address ------------------------------------------------------------------------

const state = () => Object.fromEntries(new URLSearchParams(location.search));

function remember(changes, anchor = "", write = history.pushState) {
  const next = { ...state(), lang: spoken.lang, ...changes };
  for (const [key, value] of Object.entries(next)) if (value === "" || value === null || DEFAULTS[key] === value) delete next[key];
  const address = `${location.pathname}?${new URLSearchParams(next)}${anchor}`;
  if (address !== location.pathname + location.search + location.hash) write.call(history, null, "", address);
}

/** Takes a place for an answer; the function given back says whether nobody took it since. */
function turn(place) {
  const mine = String(Number(place.dataset.turn ?? 0) + 1);
  place.dataset.turn = mine;
  return () => place.dataset.turn === mine;
}

// -- problems ------------------------------------------------------------------------------------

/** A problem in words; for a name that several bear or that is nearly one, each of them as a button. */
function trouble(problem, choose) {
  if (problem.code === "offline") return [h("p", { className: "problem" }, t("offline"))];
  if (problem.status === 401) return [h("p", { className: "problem" }, t("no_key"), " ", button(t("give_key"), () => location.reload(), { className: "link" }))];
  const inWords = problem.code === "not-found" && moment.isSet() ? "problem_not-there" : `problem_${problem.code}`;
  const parts = [h("div", { className: "problem" }, has(inWords) ? h("p", {}, t(inWords)) : null,
    h("p", { lang: "en", className: has(inWords) ? "where" : "" }, has(inWords) ? problem.message : t("failed", { detail: problem.message })))];
  if (problem.candidates?.length) {
    parts.push(h("div", { className: "candidates", role: "group", "aria-label": t("candidates") }, h("p", {}, t("candidates")),
      problem.candidates.map((item) => button(`${nameOf(item)} · ${kindLabel(item.kind)}`, () => choose(item)))));
  }
  return parts;
}

// -- paths ---------------------------------------------------------------------------------------

function pathParameters() {
  return Object.fromEntries(PATH_FIELDS.map((name) => [name, held($(name))]));
}

/** `write` puts what is asked into the address; null where it stands there. */
async function findPaths({ write = history.pushState } = {}) {
  await ready;
  const parameters = pathParameters();
  const place = $("path-answer");
  if (!parameters.from || !parameters.to) {
    place.replaceChildren(h("p", { className: "problem" }, t("need_both")));
    return;
  }
  if (write) remember(parameters, write === history.pushState ? "" : location.hash, write);
  const mine = turn(place);
  place.replaceChildren(h("p", { className: "where" }, t("looking")));
  const asked = moment.at(Object.fromEntries(Object.entries(parameters).filter(([name, value]) => DEFAULTS[name] !== value)));
  let shown;
  try {
    const answer = await ask("/v1/paths", asked);
    // A group stays as it was written, so that it can be changed.
    for (const [id, end] of [["from", answer.from], ["to", answer.to]]) if (!end.members) fill($(id), end);
    shown = showPaths(answer, asked, openEntity);
  } catch (problem) {
    shown = trouble(problem, (item) => chooseEnd(item, problem, parameters));
  }
  if (mine()) place.replaceChildren(...shown.filter(Boolean));
}

/** The problem names the text that is ambiguous; it stands in one of the two fields. */
function chooseEnd(item, problem, { from, to }) {
  const first = problem.message.indexOf(from);
  const second = problem.message.indexOf(to);
  const isTo = first < 0 || (second >= 0 && second < first);
  fill($(isTo ? "to" : "from"), item);
  findPaths();
}

function fill(input, node) {
  input.value = nameOf(node);
  input.dataset.id = node.id;
}

// -- an entity -----------------------------------------------------------------------------------

async function openEntity(id, { push = true, move = true, notice = "" } = {}) {
  if (push) remember({ entity: id }, "#entities");
  const place = $("entity-card");
  const mine = turn(place);
  place.replaceChildren(h("p", { className: "where" }, t("loading")));
  try {
    const answer = await ask(`/v1/entities/${encodeURIComponent(id)}`, moment.at());
    if (!mine()) return;
    fill($("entity"), answer.entity);
    // A name, or an id that was judged the same as another, led to this one.
    if (answer.entity.id !== id) remember({ entity: answer.entity.id }, location.hash, history.replaceState);
    place.replaceChildren(card(answer, { open: openEntity, pathFrom, close: closeEntity, judged: judgedOnCard, notice }));
    if (move) {
      $("entities").scrollIntoView({ block: "start" });
      place.querySelector("h3").focus({ preventScroll: true });
    }
  } catch (problem) {
    if (mine()) place.replaceChildren(...trouble(problem, (item) => openEntity(item.id)));
  }
}

function closeEntity() {
  remember({ entity: "" });
  turn($("entity-card"));
  $("entity-card").replaceChildren();
  $("entity").focus();
}

function pathFrom(node) {
  fill($("from"), node);
  $("to").value = "";
  delete $("to").dataset.id;
  $("paths").scrollIntoView({ block: "start" });
  $("to").focus({ preventScroll: true });
}

// -- questions and measures ----------------------------------------------------------------------

/** The two sections that are asked by a form: where each shows its answer, and how the address names what
 * is asked and its parameters. */
const SECTIONS = [
  { of: questions, section: "questions", name: "question", prefix: "q." },
  { of: measures, section: "measures", name: "measure", prefix: "m." },
];
const within = (given, prefix) => Object.entries(given).filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key.slice(prefix.length), value]);

async function askSection({ of, section, name, prefix }, { write = history.pushState } = {}) {
  const [chosen, parameters] = of.form.asked();
  if (write) {
    const named = (entries) => Object.fromEntries(entries.map(([key, value]) => [prefix + key, value]));
    const old = named(within(state(), prefix).map(([key]) => [key, ""]));
    remember({ ...old, [name]: chosen, ...named(Object.entries(parameters)) },
      write === history.pushState ? `#${section}` : location.hash, write);
  }
  const place = $(`${name}-answer`);
  const mine = turn(place);
  place.replaceChildren(h("p", { className: "where" }, t("looking")));
  try {
    const shown = await of.answer(chosen, parameters, openEntity);
    if (mine()) place.replaceChildren(...shown);
  } catch (problem) {
    if (mine()) place.replaceChildren(...trouble(problem, (item) => {
      const input = [...of.form.fields.querySelectorAll("input[data-entity]")].find((field) => problem.message.includes(held(field)));
      if (input) fill(input, item);
      askSection({ of, section, name, prefix });
    }));
  }
}

// -- who may be one ------------------------------------------------------------------------------

const findProposals = (notice = "") => listProposals({ open: openEntity, judged: judgedInList, notice }).catch((problem) =>
  $("proposals").replaceChildren(...trouble(problem, () => {})));

/** Something was judged: everything is asked anew, and a card of what is gone follows to what stays. */
async function judged({ gone, stays, verdict }, notice) {
  forget();
  if (verdict === "same" && state().entity === gone) remember({ entity: stays }, location.hash);
  await restore({ keep: true, notice });
}

async function judgedOnCard(outcome) {
  await judged(outcome, outcome.words);
  if ($("proposals").children.length) findProposals();
}

async function judgedInList(outcome) {
  await judged(outcome, "");
  await findProposals(outcome.words);
  $("proposals").querySelector(".notice")?.focus();
}

// -- the moment ----------------------------------------------------------------------------------

async function show(asked) {
  remember(asked, location.hash);
  await restore({ keep: true });
  if ($("proposals").children.length) findProposals();
}

// -- the page ------------------------------------------------------------------------------------

function labels() {
  label();
  $("brand").href = `/?lang=${spoken.lang}`;
  $("to-load").href = `/load?lang=${spoken.lang}`;
  $("to-load").hidden = !isEditable();
  choices($("status"), floors().map((name) => [name, statusLabel(name)]), DEFAULTS.status);
  for (const [group, shown] of [["layers", layerLabel], ["relations", relationLabel], ["kinds", kindLabel]]) {
    choices($(group), [["", t("any")], ...names(group).map((name) => [name, shown(name)])], "");
  }
  $("examples").replaceChildren(...EXAMPLES.flatMap(([from, to], i) => [i ? " · " : "", h("a", {
    href: `/?${new URLSearchParams({ from, to, lang: spoken.lang })}`,
    onclick: (event) => {
      event.preventDefault();
      restorePath({ from, to });
      findPaths();
    },
  }, `${from} → ${to}`)]));
}

/** Fill a menu anew and keep what is chosen. */
function choices(menu, options, first) {
  const chosen = menu.value || first;
  menu.replaceChildren(...options.map(([value, words]) => h("option", { value }, words)));
  hold(menu, chosen);
}

function restorePath(given, fields = PATH_FIELDS) {
  for (const name of fields) {
    const text = given[name] ?? DEFAULTS[name] ?? "";
    hold($(name), name in MENUS ? meant(MENUS[name], text) : text);
    delete $(name).dataset.id;
  }
  if (RARER.some((name) => held($(name)) && held($(name)) !== DEFAULTS[name])) $("rarer").open = true;
}

/** Show what the address asks for. What was filled in and not asked yet is replaced by that, or with `keep`
    stays and is asked where there is an answer. `notice` is what was just judged, said on the card. */
async function restore({ keep = false, path = !keep, notice = "" } = {}) {
  const given = state();
  const latest = turn($("main"));
  const write = keep ? history.replaceState : null;
  if (path) restorePath(given);
  moment.choose(given);
  for (const { of, name, prefix } of SECTIONS) {
    if (keep) of.form.again();
    else of.form.choose(given[name] ?? $(name).value, given[name] ? Object.fromEntries(within(given, prefix)) : null);
  }
  const places = { "path-answer": given.from && given.to, "entity-card": given.entity,
    ...Object.fromEntries(SECTIONS.map(({ name }) => [`${name}-answer`, given[name]])) };
  for (const [id, asked] of Object.entries(places)) {
    turn($(id));
    $(id).replaceChildren(...(asked ? [h("p", { className: "where" }, t("looking"))] : []));
  }
  const sound = await moment.check();
  if (!latest()) return;
  if (!sound) {
    for (const id of Object.keys(places)) $(id).replaceChildren();
    return;
  }
  await found.show(given);
  if (given.from && given.to) await findPaths({ write });
  if (given.entity) await openEntity(given.entity, { push: false, move: location.hash === "#entities" && !notice, notice });
  for (const asked of SECTIONS) if (given[asked.name]) await askSection(asked, { write });
}

async function speak(lang, { keep = true } = {}) {
  spoken.lang = lang;
  if (keep) remember({});
  labels();
  await Promise.all(SECTIONS.map(({ of }) => of.form.learn()));
  await restore({ keep });
  if ($("proposals").children.length) await findProposals();
}

const found = matches({ open: openEntity, remember, trouble });

function listen() {
  for (const id of ["from", "to", "via", "avoid"]) suggest($(id));
  suggest($("entity"), (item) => openEntity(item.id));
  const submit = (id, act) => $(id).addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
  submit("path-form", findPaths);
  submit("entity-form", () => held($("entity")) && openEntity(held($("entity"))));
  $("list-matches").addEventListener("click", () => found.ask($("entity").value.trim()));
  for (const asked of SECTIONS) {
    submit(`${asked.name}-form`, () => askSection(asked));
    $(asked.name).addEventListener("change", () => {
      asked.of.form.choose($(asked.name).value);
      turn($(`${asked.name}-answer`));
      $(`${asked.name}-answer`).replaceChildren();
    });
  }
  submit("moment-form", () => show(moment.filledIn()));
  submit("proposals-form", () => findProposals());
  $("as_of").addEventListener("input", moment.offerCertain);
  $("moment-clear").addEventListener("click", () => show(Object.fromEntries(moment.MOMENT.map((name) => [name, ""]))));
  $("menu").querySelector('[href="#identity"]').addEventListener("click", async () => {
    await findProposals();
    $("identity").scrollIntoView({ block: "start" });
  });
  $("swap").addEventListener("click", () => {
    const [from, to] = [$("from"), $("to")];
    [from.value, to.value] = [to.value, from.value];
    [from.dataset.id, to.dataset.id] = [to.dataset.id ?? "", from.dataset.id ?? ""];
    if ($("path-answer").children.length) findPaths();
  });
  for (const element of document.querySelectorAll("[data-lang]")) element.addEventListener("click", () => speak(element.dataset.lang));
  addEventListener("popstate", () => {
    const lang = state().lang;
    if (lang && lang !== spoken.lang) speak(lang === "en" ? "en" : "zh", { keep: false });
    else restore();
  });
}

// Fields can be filled in at once; what is typed while the rest arrives stays.
restorePath(state(), PATH_FIELDS.filter((name) => !(name in MENUS)));
moment.choose(state());
listen();
try {
  await Promise.all([learn(), learnEditable()]);
  labels();
  restorePath(state(), Object.keys(MENUS));
  begin();
  await Promise.all(SECTIONS.map(({ of }) => of.form.learn()));
  await restore({ path: false });
  if (location.hash === "#identity") await findProposals();
} catch (problem) {
  $("path-answer").replaceChildren(...trouble(problem, () => {}));
}
