// A tab's panel: runs the form's request, and shows the answer or the error, how long it took, and the request as a curl command.

import type { Description } from "./description.ts";
import { el } from "./dom.ts";
import { Form } from "./form.ts";
import type { TaskRequest, TaskResponse } from "./messages.ts";
import type { Mode } from "./mode.ts";
import { pathOf, type Tab, type Values } from "./tab.ts";
import { commandView } from "./views/command.ts";
import { errorView } from "./views/error.ts";
import { statusView } from "./views/status.ts";

export interface PanelEvents {
  /** A run starts with the form's values. `byUser`: not by opening the tab or switching the backend. */
  started(panel: Panel, byUser: boolean): void;
  /** The user wants to enter a key. */
  keyWanted(): void;
}

export class Panel {
  readonly tab: Tab<unknown>;
  readonly element: HTMLElement;
  readonly #mode: Mode;
  readonly #events: PanelEvents;
  readonly #form: Form;
  readonly #result = el("div", { class: "result" }, el("p", { class: "hint" }, "Waiting for the model…"));
  readonly #status = el("p", { class: "status", role: "status" });
  readonly #command = commandView();
  #answered: { readonly version: number; readonly values: Values } | undefined;
  #runs = 0;

  constructor(tab: Tab<unknown>, mode: Mode, events: PanelEvents) {
    this.tab = tab;
    this.#mode = mode;
    this.#events = events;
    this.#form = new Form(tab, () => this.run({ byUser: true }));
    const { id, title, about } = tab;
    const attributes = {
      id: `panel-${id}`,
      class: "panel",
      role: "tabpanel",
      "aria-labelledby": `tab-${id}`,
      hidden: true,
    };
    const output = { class: "output", "aria-label": "Answer" };
    this.element = el(
      "section",
      attributes,
      el("header", {}, el("h2", {}, title), el("p", { class: "about" }, about)),
      this.#form.element,
      el("section", output, this.#result, this.#status, this.#command.element),
    );
  }

  get values(): Values {
    return this.#form.values;
  }

  /** Runs unless the panel already shows the answer to these values, or, without values, an answer of the current backend. */
  open(values?: Values): void {
    const isCurrent = this.#answered?.version === this.#mode.version;
    if (values) this.#form.fill(values);
    if (!isCurrent || (values && !isSame(this.#form.values, this.#answered!.values))) this.run({ byUser: false });
  }

  async run({ byUser }: { byUser: boolean }): Promise<void> {
    const { backend, version } = this.#mode;
    const turn = ++this.#runs;
    this.#answered = { version, values: this.values };
    this.#result.setAttribute("aria-busy", "true");
    const description = await this.#mode.describe();
    // A later run has replaced this one.
    if (turn !== this.#runs) return;
    this.#form.update(description.model);
    const { values } = this;
    this.#answered = { version, values };
    this.#events.started(this, byUser);
    const isServed = description.paths?.has(pathOf(this.tab)) ?? true;
    if (!isServed) return this.#show(this.#offerBrowser());
    const request = { path: pathOf(this.tab), body: this.tab.body(values) };
    const start = performance.now();
    const response = await this.#mode.ask(request).catch(unreachable);
    const took = performance.now() - start;
    if (turn !== this.#runs) return;
    this.#show(this.#view(response, values), statusView(response, took, backend), request, description);
  }

  #view(response: TaskResponse, values: Values): Node {
    const onKey = response.status === 401 ? this.#events.keyWanted : undefined;
    if (response.status !== 200) return errorView(response, onKey);
    try {
      return this.tab.view(response.body, values);
    } catch (cause) {
      // The API has another version, or something else answered in its place.
      const body = { error: `This page cannot read the answer: ${cause}`, error_type: "unknown_answer" };
      return errorView({ ...response, body });
    }
  }

  #show(view: Node, status?: Node, request?: TaskRequest, description?: Description): void {
    this.#result.removeAttribute("aria-busy");
    this.#result.replaceChildren(view);
    this.#status.replaceChildren(...(status ? [status] : []));
    this.#command.show(request, description?.key !== "none" && description?.key !== "unneeded");
  }

  #offerBrowser(): Node {
    const reason = "The API does not offer this task.";
    if (!this.#mode.hasBrowser) return el("div", { class: "note" }, el("p", {}, reason));
    const start = { type: "button", class: "primary", onclick: () => this.#mode.toggle() };
    return el(
      "div",
      { class: "note" },
      el("p", {}, `${reason} You can run it in this browser instead.`),
      el("button", start, "Run in this browser"),
    );
  }
}

function isSame(a: Values, b: Values): boolean {
  return Object.entries(a).every(([name, value]) => b[name] === value);
}

/** The response in place of one that never arrived. */
function unreachable(cause: unknown): TaskResponse {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return { status: 0, body: { error: `The API cannot be reached (${reason}).`, error_type: "unreachable" } };
}
