/* Choosing files, by a drop or by the chooser, and sending them. */

import { $, h } from "./dom.js";
import { Problem } from "./ask.js";
import { has, kindLabel, names, spoken, t } from "./words.js";

/** A size as people say it. */
export function size(bytes) {
  const [amount, unit] = bytes >= 2 ** 20 ? [bytes / 2 ** 20, "MiB"] : bytes >= 1024 ? [bytes / 1024, "KiB"] : [bytes, "B"];
  return `${new Intl.NumberFormat(spoken.lang === "zh" ? "zh-CN" : "en", { maximumFractionDigits: amount < 10 ? 1 : 0 }).format(amount)} ${unit}`;
}

/** A problem in words. */
export function trouble(problem) {
  const named = `problem_${problem.code}`;
  if (problem.code === "offline") return h("div", { className: "problem" }, h("p", {}, t("offline")));
  return h("div", { className: "problem" }, has(named) ? h("p", {}, t(named)) : null,
    h("p", { lang: "en", className: has(named) ? "where" : "" }, has(named) ? problem.message : t("failed", { detail: problem.message })));
}

const say = (...parts) => $("new-said").replaceChildren(...parts);

/** The kinds that a table may be about; keeps what is chosen when the language changes. */
export function kinds(select, chosen = select.value) {
  select.replaceChildren(h("option", { value: "" }, t("kind_any")), ...names("kinds").map((name) => h("option", { value: name }, kindLabel(name))));
  select.value = chosen;
}

export function listChosen() {
  $("chosen").replaceChildren(...[...$("files").files].map((file) => h("li", {}, h("strong", {}, file.name), " ", h("span", { className: "where" }, size(file.size)))));
}

/** Show the form as it is before anything is chosen. */
export function clearForm() {
  $("new-form").reset();
  say();
  listChosen();
}

/** Send the form; `begun` is called with the load that the server made of it. */
function send(begun) {
  const files = [...$("files").files];
  const most = Number($("new-form").dataset.most);
  const all = files.reduce((sum, file) => sum + file.size, 0);
  if (!files.length) {
    say(h("p", { className: "problem" }, t("drop_none")));
    $("files").focus();
    return;
  }
  if (all > most) {
    say(h("p", { className: "problem" }, t("too_much", { size: size(all), most: size(most) })));
    return;
  }
  const body = new FormData();
  for (const file of files) body.append("file", file);
  body.append("queue", String($("queue").checked));
  if ($("kind").value) body.append("kind", $("kind").value);
  const words = h("p", { className: "where" }, t("uploading", { percent: 0 }));
  say(words);
  $("upload").disabled = true;
  // fetch does not tell how much of a body has been sent.
  const request = new XMLHttpRequest();
  request.open("POST", "/v1/loads");
  request.setRequestHeader("accept", "application/json");
  request.responseType = "json";
  request.upload.onprogress = ({ loaded, total }) => {
    const percent = total ? Math.floor((100 * loaded) / total) : 0;
    // Told in steps, so that a screen reader is not flooded.
    if (percent >= 100 || percent % 10 === 0) words.textContent = t("uploading", { percent });
  };
  request.onloadend = () => {
    $("upload").disabled = false;
    if (request.status === 202) {
      clearForm();
      begun(request.response);
    } else {
      say(request.status ? trouble(new Problem(request.response ?? { detail: `${request.status} ${request.statusText}` }))
        : h("p", { className: "problem" }, t("upload_cut")));
    }
  };
  request.send(body);
}

/** The files of a drop, without folders, which no browser sends. */
function dropped(transfer) {
  const kept = new DataTransfer();
  let folders = 0;
  for (const item of transfer.items) {
    if (item.kind !== "file") continue;
    if (item.webkitGetAsEntry?.()?.isDirectory) folders += 1;
    else kept.items.add(item.getAsFile());
  }
  return [kept.files, folders];
}

export function listenToForm(begun) {
  $("new-form").addEventListener("submit", (event) => {
    event.preventDefault();
    send(begun);
  });
  $("files").addEventListener("change", () => {
    say();
    listChosen();
  });
  // A file that misses the zone must not replace the page.
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
  const zone = $("drop");
  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, () => zone.classList.add("over"));
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    const [files, folders] = dropped(event.dataTransfer);
    if (files.length) $("files").files = files;
    listChosen();
    say(...(folders ? [h("p", { className: "problem" }, t("drop_folder"))] : []));
  });
}
