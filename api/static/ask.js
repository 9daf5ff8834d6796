/* Questions to the API of this very server. */

/** An answer that is no success: `detail` is a sentence, `code` and `candidates` as the API gives them. */
export class Problem extends Error {
  constructor(body) {
    super(body.detail || body.title || "");
    this.status = body.status || 0;
    this.code = body.code || "";
    this.candidates = body.candidates || [];
  }
}

/** An address with parameters; empty ones are left out. */
export function address(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined));
  return query.size ? `${path}?${query}` : path;
}

/** The JSON of an answer; throws Problem. */
export async function ask(path, parameters = {}, options = {}) {
  let response;
  try {
    response = await fetch(address(path, parameters), { ...options, headers: { accept: "application/json", ...options.headers } });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ code: "offline" });
  }
  let body;
  try {
    body = await response.json();
  } catch {
    body = { detail: `${response.status} ${response.statusText}` };
  }
  if (!response.ok) throw new Problem(body);
  return body;
}

/** Send what is to be written; the answer as of `ask`. */
export const send = (path, body) =>
  ask(path, {}, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

const known = new Map();

/** Everything is asked for anew: something was written. */
export const forget = () => known.clear();

/** The same answer is asked for once. */
export function askOnce(path) {
  if (!known.has(path)) {
    known.set(path, ask(path).catch((error) => {
      known.delete(path);
      throw error;
    }));
  }
  return known.get(path);
}
