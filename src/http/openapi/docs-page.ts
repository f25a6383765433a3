// The API reference at /docs: a page that renders /openapi.json and sends requests to every route. One string of HTML, no dependencies.

const style = `
:root { color-scheme: light dark; --line: color-mix(in srgb, CanvasText 20%, Canvas); --soft: color-mix(in srgb, CanvasText 5%, Canvas) }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: .5rem 1rem }
summary { cursor: pointer; overflow-wrap: anywhere }
summary b { display: inline-block; min-width: 3.5rem; text-transform: uppercase; font-size: .8rem }
pre, textarea { font: 13px/1.4 ui-monospace, monospace; background: var(--soft); border: 1px solid var(--line); border-radius: .25rem; padding: .5rem;
  width: 100%; box-sizing: border-box; overflow: auto; max-height: 24rem; white-space: pre-wrap; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; font-size: .9rem } td { border-top: 1px solid var(--line); padding: .25rem .5rem .25rem 0; vertical-align: top }
input, button { font: inherit; padding: .25rem 1rem }`;

// Everything from the document or from a response is inserted as text, never as HTML.
const script = `
const LONGEST = 20_000;
const element = (name, content = [], attributes = {}) => {
  const created = Object.assign(document.createElement(name), attributes);
  created.append(...[content].flat());
  return created;
};
const shorten = (text) => text.length <= LONGEST ? text : text.slice(0, LONGEST) + "\\n… " + (text.length - LONGEST) + " more characters are not shown";
// The document with every reference replaced by what it refers to.
const resolve = (value, root) =>
  Array.isArray(value) ? value.map((item) => resolve(item, root))
  : typeof value !== "object" || value === null ? value
  : value.$ref ? resolve(value.$ref.slice(2).split("/").reduce((found, key) => found[key], root), root)
  : Object.fromEntries(Object.entries(value).map(([key, held]) => [key, resolve(held, root)]));
const typeOf = (schema) =>
  schema.const !== undefined ? JSON.stringify(schema.const)
  : schema.enum ? schema.enum.map((value) => JSON.stringify(value)).join(" | ")
  : schema.anyOf ? schema.anyOf.map(typeOf).join(" | ")
  : schema.prefixItems ? "[" + schema.prefixItems.map(typeOf).join(", ") + "]"
  : schema.type === "array" ? "array of " + typeOf(schema.items ?? {})
  : schema.properties ? "{" + Object.keys(schema.properties).join(", ") + "}"
  : schema.type ?? "anything";
const samples = { model: "minilm-l6-heads", query: "who wrote it?", question: "Who wrote it?", context: "Mary wrote it.", source_sentence: "It rains." };
const example = (schema, name) =>
  schema.default !== undefined ? schema.default
  : schema.const !== undefined ? schema.const
  : schema.enum ? schema.enum[0]
  : schema.anyOf ? example(schema.anyOf[0], name)
  : schema.prefixItems ? schema.prefixItems.map((item) => example(item, name))
  : schema.type === "array" ? [example(schema.items ?? {}, name), ...(name === "choices" ? ["She lives in Paris."] : [])]
  : schema.properties ? Object.fromEntries((schema.required ?? []).map((key) => [key, example(schema.properties[key], key)]))
  : schema.type === "string" ? samples[name] ?? "She lives in [MASK]."
  : schema.type === "boolean" ? false
  : schema.type === "null" ? null
  : 101;
const fields = (schema, names = "") => Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
  field.properties ? fields(field, names + name + ".") : [[names + name, field, schema.required?.includes(name)]]);
const table = (rows) => element("table", rows.map(([name, schema, required]) => element("tr", [
  element("td", [element("code", name), required ? " *" : ""]),
  element("td", typeOf(schema)),
  element("td", [schema.description ?? "", schema.default === undefined ? "" : " Default: " + JSON.stringify(schema.default)]),
])));
const schemaOf = (parameter) => parameter.schema ?? parameter.content["application/json"].schema;
const queryValue = (parameter) => {
  const value = parameter.example ?? example(schemaOf(parameter), parameter.name);
  return encodeURIComponent(typeof value === "string" ? value : JSON.stringify(value));
};
const tryOut = (method, path, parameters, body, sent) => {
  const filled = path.replace(/\\{.*?\\}/g, "NAME");
  const query = parameters.filter((p) => p.in === "query" && p.required).map((p) => p.name + "=" + queryValue(p));
  const address = element("textarea", filled + (query.length ? "?" + query.join("&") : ""), { rows: 1, ariaLabel: "Address" });
  const input = element("textarea", body ? JSON.stringify(sent ?? example(body, ""), null, 2) : "", { rows: 6, hidden: !body, ariaLabel: "Body" });
  const [curl, output] = [element("pre"), element("pre", [], { ariaLive: "polite" })];
  const send = async () => {
    const key = document.querySelector("input").value;
    const headers = { ...(body && { "content-type": "application/json" }), ...(key && { authorization: "Bearer " + key }) };
    const options = { method, headers, ...(body && { body: input.value }) };
    const quoted = "'" + input.value.replaceAll("'", "'\\\\''") + "'";
    curl.textContent = "curl '" + new URL(address.value, location.href) + "'" + (key ? ' -H "authorization: Bearer $BERTLET_KEY"' : "") + (body ? " -H 'content-type: application/json' -d " + quoted : "");
    const start = performance.now();
    const response = await fetch(address.value, options);
    const text = await response.text();
    const time = (performance.now() - start).toFixed(0) + " ms " + (response.headers.get("x-cache") ?? "");
    output.textContent = response.status + " in " + time + "\\n" + shorten(text);
  };
  const button = element("button", "Send", { onclick: () => send().catch((error) => { output.textContent = "The request failed: " + error.message; }) });
  return [address, input, button, curl, output];
};
const show = (path, method, { summary, description, parameters, requestBody }) => {
  const { schema: body, example: sent } = requestBody?.content["application/json"] ?? {};
  const rows = body ? fields(body) : parameters.map((p) => [p.name, schemaOf(p), p.required]);
  return element("details", [
    element("summary", [element("b", method), element("code", path), " " + summary]),
    element("p", description),
    table(rows),
    ...tryOut(method, path, parameters, body, sent),
  ]);
};
fetch("openapi.json").then((response) => response.json()).then((api) => resolve(api, api)).then(({ info, paths, components }) => {
  document.querySelector("label").hidden = !components.securitySchemes;
  document.querySelector("p").textContent = info.description + ", version " + info.version;
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) document.querySelector("main").append(show(path, method, operation));
}).catch((error) => {
  document.querySelector("p").textContent = "Could not load openapi.json: " + error.message;
});`;

export const docsPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>bertlet API reference</title>
<style>${style}</style>
<h1>bertlet API reference</h1>
<p>Loading <a href="openapi.json">openapi.json</a>…</p>
<label hidden>API key <input type="password" autocomplete="off"></label>
<main></main>
<script>${script}</script>
</html>
`;
