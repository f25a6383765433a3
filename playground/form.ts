// A tab's form: labelled fields, a button that runs it, and examples.
import type { ModelInfo } from "./description.ts";
import { el } from "./dom.ts";
import type { Field, Tab, Values } from "./tab.ts";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export class Form {
  readonly element: HTMLFormElement;
  readonly #tab: Tab<unknown>;
  readonly #run: () => void;
  readonly #controls: ReadonlyMap<string, Control>;
  readonly #examples = el("div", { class: "examples" });

  /** @param run called on submit, when an example is chosen and when an option is selected */
  constructor(tab: Tab<unknown>, run: () => void) {
    this.#tab = tab;
    this.#run = run;
    this.#controls = new Map(tab.fields.map((field) => [field.name, this.#control(field)]));
    const onsubmit = (event: Event) => {
      event.preventDefault();
      run();
    };
    const send = el("button", { type: "submit", class: "primary" }, "Run");
    this.element = el(
      "form",
      { onsubmit, onkeydown: submitOnCtrlEnter },
      ...tab.fields.map((field) => labelled(field, this.#controls.get(field.name)!)),
      el("div", { class: "actions" }, send, this.#examples),
    );
    this.update(undefined);
    this.fill(tab.examples[0]);
  }

  get values(): Values {
    return Object.fromEntries(Array.from(this.#controls, ([name, { value }]) => [name, value]));
  }

  /** Sets every field: to its value, or to nothing or its first option if there is none. */
  fill(values: Values): void {
    for (const [name, control] of this.#controls) {
      if (control instanceof HTMLSelectElement) select(control, values[name] ?? "");
      else control.value = values[name] ?? "";
    }
  }

  /** Offers the options and the examples that fit a model. What is selected stays. */
  update(model: ModelInfo | undefined): void {
    for (const { name, options } of this.#tab.fields) {
      const control = this.#controls.get(name);
      if (!(control instanceof HTMLSelectElement) || !options) continue;
      const { value } = control;
      control.replaceChildren(...options(model).map(option));
      select(control, value);
    }
    const { examples } = this.#tab;
    const fitting = model
      ? examples.filter(({ head }) => !head || model.heads.some(({ name }) => name === head))
      : examples;
    const buttons = fitting.map((example, index) => this.#example(example, index + 1));
    this.#examples.replaceChildren(el("span", { class: "hint" }, "Examples"), ...buttons);
  }

  #example(example: Values, number: number): HTMLElement {
    const onclick = () => {
      this.fill(example);
      this.#run();
    };
    const attributes = { type: "button", class: "chip", onclick, "aria-label": `Example ${number}` };
    return el("button", attributes, String(number));
  }

  #control({ name, kind }: Field): Control {
    const id = `${this.#tab.id}-${name}`;
    if (kind === "choice") return el("select", { id, name, onchange: this.#run });
    if (kind === "line") return el("input", { id, name, type: "text", dir: "auto", autocomplete: "off" });
    return el("textarea", { id, name, dir: "auto", rows: 5 });
  }
}

function labelled({ label, kind }: Field, control: Control): HTMLElement {
  const hint = kind === "lines" && el("span", { class: "hint" }, " one per line");
  return el("div", { class: "field" }, el("label", { for: control.id }, label, hint), control);
}

function option(value: string): HTMLOptionElement {
  return el("option", { value }, value || "Default");
}

/** Selects a value, or the first option for an empty one. A value that is not offered is added: the API says what is wrong with it. */
function select(control: HTMLSelectElement, value: string): void {
  const isOffered = Array.from(control.options, (offered) => offered.value).includes(value);
  if (value && !isOffered) control.append(option(value));
  if (value) control.value = value;
  else control.selectedIndex = 0;
}

function submitOnCtrlEnter(event: KeyboardEvent): void {
  const { currentTarget, key } = event;
  if (key !== "Enter" || !(event.ctrlKey || event.metaKey) || !(currentTarget instanceof HTMLFormElement)) return;
  event.preventDefault();
  currentTarget.requestSubmit();
}
