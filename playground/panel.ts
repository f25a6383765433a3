// A tab at work: sends what its form says, shows the answer or the error, how long it took, whether it was cached, and the curl of it.
import { hasKey, type Info } from "./api.ts";
import { curl } from "./curl.ts";
import { el, group } from "./dom.ts";
import { type Form, form } from "./form.ts";
import type { ApiRequest, ApiResponse } from "./messages.ts";
import type { Mode, Place } from "./mode.ts";
import type { Tab, Values } from "./tab.ts";

export class Panel {
  readonly tab: Tab<unknown>;
  readonly element: HTMLElement;
  readonly #mode: Mode;
  readonly #form: Promise<Form>;
  readonly #isInApi: Promise<boolean>;
  readonly #result = el("div", { class: "result" }, el("p", { class: "hint" }, "Waiting for the model…"));
  readonly #status = el("p", { class: "status", role: "status" });
  readonly #curl = el("code");
  readonly #command: HTMLElement;
  readonly #output = el("section", { class: "output", "aria-label": "Answer" });
  #answeredBy: Place | undefined;
  #runs = 0;

  constructor(tab: Tab<unknown>, mode: Mode, info: Promise<Info | undefined>) {
    this.tab = tab;
    this.#mode = mode;
    this.#form = info.then((known) => this.#addForm(known));
    this.#isInApi = info.then((known) => known?.paths.has(tab.path) ?? true);
    this.#command = command(this.#curl);
    const { id, title, about } = tab;
    const attributes = {
      id: `panel-${id}`,
      class: "panel",
      role: "tabpanel",
      "aria-labelledby": `tab-${id}`,
      hidden: true,
    };
    this.#output.append(this.#result, this.#status, this.#command);
    this.element = el(
      "section",
      attributes,
      el("header", {}, el("h2", {}, title), el("p", { class: "about" }, about)),
      this.#output,
    );
  }

  /** Runs where what is shown, if anything, came from another place. */
  refresh(): void {
    if (this.#answeredBy !== this.#mode.place) this.run();
  }

  async run(): Promise<void> {
    const { place } = this.#mode;
    this.#answeredBy = place;
    const turn = ++this.#runs;
    if (place === "api" && !(await this.#isInApi)) return this.#askForBrowser();
    const values = (await this.#form).values();
    const request = { path: this.tab.path, body: this.tab.body(values) };
    this.#result.setAttribute("aria-busy", "true");
    const start = performance.now();
    const response = await this.#mode.ask(request).catch(unreachable);
    const took = performance.now() - start;
    // A later run has taken over.
    if (turn !== this.#runs) return;
    this.#show(
      this.#view(response, values),
      describe(response, took, place),
      (await this.#isInApi) ? request : undefined,
    );
  }

  #addForm(info: Info | undefined): Form {
    const made = form(this.tab, info, () => this.run());
    this.#output.before(made.element);
    return made;
  }

  #view(response: ApiResponse, values: Values): Node {
    if (response.status !== 200) return error(response);
    try {
      return this.tab.view(response.body, values);
    } catch (cause) {
      // An API of another version, or something in its place.
      const body = { error: `The answer is not what this page knows: ${cause}`, error_type: "unknown_answer" };
      return error({ ...response, body });
    }
  }

  #show(view: Node, status: Node, request?: ApiRequest): void {
    this.#result.removeAttribute("aria-busy");
    this.#result.replaceChildren(view);
    this.#status.replaceChildren(status);
    this.#command.hidden = !request;
    if (request) this.#curl.textContent = curl(request, hasKey());
  }

  #askForBrowser(): void {
    const start = el(
      "button",
      { type: "button", class: "primary", onclick: () => this.#mode.toggle() },
      "Run it in this browser",
    );
    const why = el(
      "p",
      {},
      "The API has no route for this: it is shown in browser mode alone, where the model runs on this page.",
    );
    this.#show(el("div", { class: "note" }, why, start), group());
  }
}

function command(code: HTMLElement): HTMLElement {
  const copy = el("button", { type: "button", class: "chip" }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent).then(
      () => copy.replaceChildren("Copied"),
      () => copy.replaceChildren("Not allowed"),
    );
    setTimeout(() => copy.replaceChildren("Copy"), 1500);
  });
  const text = el("pre", { tabindex: 0, "aria-label": "The request as a curl command" }, code);
  return el(
    "details",
    { class: "command", open: true, hidden: true },
    el("summary", {}, "curl"),
    el("div", {}, text, copy),
  );
}

function describe({ status, cache, timing }: ApiResponse, took: number, place: Place): Node {
  const inModel = Number(/session;dur=([\d.]+)/.exec(timing ?? "")?.[1] ?? 0);
  return group(
    el("span", { class: status === 200 ? "tag" : "tag bad" }, status === 0 ? "no answer" : String(status)),
    cache !== null &&
      el("span", { class: `tag ${cache.toLowerCase()}`, title: "Whether the answer was cached" }, cache),
    el("span", { class: "time" }, `${took.toFixed(1)} ms`),
    inModel > 0 && el("span", {}, `${inModel.toFixed(1)} ms of it in the model`),
    el("span", { class: "place" }, place === "api" ? "by the API" : "in this browser"),
  );
}

function error({ status, body }: ApiResponse): Node {
  const { error, error_type } = isError(body) ? body : { error: String(body), error_type: `status ${status}` };
  return el("div", { class: "error", role: "alert" }, el("strong", {}, error_type), el("p", {}, error));
}

function isError(body: unknown): body is { error: string; error_type: string } {
  return typeof body === "object" && body !== null && "error" in body && "error_type" in body;
}

/** What a request that came to nothing has for an answer. */
function unreachable(cause: unknown): ApiResponse {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const body = { error: `The API cannot be reached (${reason}).`, error_type: "unreachable" };
  return { status: 0, cache: null, timing: null, body };
}
