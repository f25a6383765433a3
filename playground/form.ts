// A tab's form: its fields with their labels, examples to fill it with, and the button that runs it.
import type { Info } from "./api.ts";
import { el } from "./dom.ts";
import type { Field, Values } from "./tab.ts";

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export interface Form {
  readonly element: HTMLFormElement;
  values(): Values;
}

interface FormDefinition {
  readonly id: string;
  readonly fields: readonly Field[];
  readonly examples: readonly Values[];
}

/** @param run called when the form is sent, an example is taken or a choice is made */
export function form({ id, fields, examples }: FormDefinition, info: Info | undefined, run: () => void): Form {
  const controls = new Map(fields.map((field) => [field.name, control(field, `${id}-${field.name}`, info)]));
  const fill = (values: Values) => {
    for (const [name, value] of Object.entries(values)) {
      const target = controls.get(name);
      if (target) target.value = value;
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    run();
  };
  const element = el("form", { onsubmit: submit, onkeydown: sendByKey });
  for (const { name, label, kind } of fields) {
    const target = controls.get(name)!;
    if (target instanceof HTMLSelectElement) target.addEventListener("change", run);
    const hint = kind === "lines" && el("span", { class: "hint" }, " one a line");
    element.append(el("div", { class: "field" }, el("label", { for: target.id }, label, hint), target));
  }
  const takes = examples.map((example, index) => {
    const take = () => {
      fill(example);
      run();
    };
    return el(
      "button",
      { type: "button", class: "chip", onclick: take, "aria-label": `Example ${index + 1}` },
      `${index + 1}`,
    );
  });
  const choices = el("div", { class: "examples" }, el("span", { class: "hint" }, "Examples"), ...takes);
  const send = el("button", { type: "submit", class: "primary" }, "Run");
  element.append(el("div", { class: "actions" }, send, choices));
  fill(examples[0] ?? {});
  return { element, values: () => Object.fromEntries(Array.from(controls, ([name, { value }]) => [name, value])) };
}

function control(field: Field, id: string, info: Info | undefined): Control {
  const { name } = field;
  if (field.kind === "line") return el("input", { id, name, type: "text", autocomplete: "off" });
  if (field.kind === "text" || field.kind === "lines") return el("textarea", { id, name, rows: 5 });
  const options = field.kind === "choice" ? field.options : heads(field.architecture, info);
  return el("select", { id, name }, ...options.map((value) => el("option", { value }, value || "the model's first")));
}

/** Heads that choose among labels; those of one label score, and have their own tabs. */
function heads(architecture: string, info: Info | undefined): string[] {
  const fitting = info?.heads.filter((head) => head.architecture === architecture && head.labels.length > 1) ?? [];
  return fitting.length > 0 ? fitting.map(({ name }) => name) : [""];
}

function sendByKey(event: KeyboardEvent): void {
  const { currentTarget, key } = event;
  if (key !== "Enter" || !(event.ctrlKey || event.metaKey) || !(currentTarget instanceof HTMLFormElement)) return;
  event.preventDefault();
  currentTarget.requestSubmit();
}
