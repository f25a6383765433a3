// A tab at work: sends what its form says, shows the answer or the error, how long it took, whether it was cached, and the curl of it.
import { hasKey, type Info } from "./api.ts";
import { curl } from "./curl.ts";
import { el, group } from "./dom.ts";
import { type Form, form } from "./form.ts";
import type { ApiRequest, ApiResponse } from "./messages.ts";
import type { Mode, Place } from "./mode.ts";
import type { Tab } from "./tab.ts";

export class Panel {
  readonly tab: Tab<unknown>;
  readonly element: HTMLElement;
  readonly #mode: Mode;
  readonly #form: Form;
  readonly #result = el("div", { class: "result" });
  readonly #status = el("p", { class: "status", role: "status" });
  readonly #curl = el("code");
  readonly #command: HTMLElement;
  #answeredBy: Place | undefined;
  #runs = 0;

  constructor(tab: Tab<unknown>, mode: Mode, info: Info | undefined) {
    this.tab = tab;
    this.#mode = mode;
    this.#form = form(tab, info, () => this.run());
    this.#command = command(this.#curl);
    const { id, title, about } = tab;
    const attributes = {
      id: `panel-${id}`,
      class: "panel",
      role: "tabpanel",
      "aria-labelledby": `tab-${id}`,
      hidden: true,
    };
    const output = el(
      "section",
      { class: "output", "aria-label": "Answer" },
      this.#result,
      this.#status,
      this.#command,
    );
    this.element = el(
      "section",
      attributes,
      el("header", {}, el("h2", {}, title), el("p", {}, about)),
      this.#form.element,
      output,
    );
  }

  /** Runs where what is shown, if anything, came from another place. */
  refresh(): void {
    if (this.#answeredBy !== this.#mode.place) this.run();
  }

  async run(): Promise<void> {
    const { place } = this.#mode;
    this.#answeredBy = place;
    if (this.tab.browserOnly && place === "api") return this.#askForBrowser();
    const values = this.#form.values();
    const request = this.tab.request(values);
    const turn = ++this.#runs;
    this.#result.setAttribute("aria-busy", "true");
    const start = performance.now();
    const response = await this.#mode.ask(request).catch(unreachable);
    const took = performance.now() - start;
    // A later run has taken over.
    if (turn !== this.#runs) return;
    const view = response.status === 200 ? this.tab.view(response.body, values) : error(response);
    this.#show(view, describe(response, took, place), request);
  }

  #show(view: Node, status: Node, request?: ApiRequest): void {
    this.#result.removeAttribute("aria-busy");
    this.#result.replaceChildren(view);
    this.#status.replaceChildren(status);
    this.#command.hidden = request === undefined || this.tab.browserOnly === true;
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
