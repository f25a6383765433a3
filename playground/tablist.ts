// The list of tabs: one is chosen, by mouse, keys or the address (#entities). Arrow keys, Home and End move, as WAI-ARIA's pattern has it.
import { byId, el } from "./dom.ts";
import type { Panel } from "./panel.ts";

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class TabList {
  readonly #panels: readonly Panel[];
  readonly #buttons: readonly HTMLButtonElement[];
  #chosen: Panel | undefined;

  constructor(panels: readonly Panel[]) {
    this.#panels = panels;
    this.#buttons = panels.map((panel) => this.#button(panel));
    byId("tabs").append(...this.#buttons);
    byId("panels").append(...panels.map(({ element }) => element));
    addEventListener("hashchange", () => this.#chooseByAddress());
    this.#chooseByAddress();
  }

  get chosen(): Panel | undefined {
    return this.#chosen;
  }

  choose(panel: Panel): void {
    if (panel === this.#chosen) return;
    this.#chosen = panel;
    for (const [index, other] of this.#panels.entries()) {
      const isChosen = other === panel;
      const button = this.#buttons[index]!;
      other.element.hidden = !isChosen;
      button.setAttribute("aria-selected", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
      if (isChosen) button.scrollIntoView({ block: "nearest", inline: "center" });
    }
    history.replaceState(null, "", `#${panel.tab.id}`);
    panel.refresh();
  }

  #button(panel: Panel): HTMLButtonElement {
    const { id, title } = panel.tab;
    return el(
      "button",
      {
        id: `tab-${id}`,
        type: "button",
        role: "tab",
        "aria-controls": `panel-${id}`,
        onclick: () => this.choose(panel),
        onkeydown: (event: KeyboardEvent) => this.#move(event),
      },
      title,
    );
  }

  #move(event: KeyboardEvent): void {
    const target = this.#target(event.key);
    if (target === undefined) return;
    event.preventDefault();
    this.choose(this.#panels[target]!);
    this.#buttons[target]!.focus();
  }

  #target(key: string): number | undefined {
    const { length } = this.#panels;
    if (key === "Home") return 0;
    if (key === "End") return length - 1;
    const step = STEPS[key];
    const now = this.#panels.indexOf(this.#chosen!);
    return step === undefined ? undefined : (now + step + length) % length;
  }

  #chooseByAddress(): void {
    const id = location.hash.slice(1);
    this.choose(this.#panels.find(({ tab }) => tab.id === id) ?? this.#panels[0]!);
  }
}
