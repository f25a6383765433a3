// The list of tabs and the browser's history: a tab is chosen by mouse, by keys (as in WAI-ARIA's tabs pattern), by a link, or by Back and
// Forward. Every run of the user's has an address of its own.
import { type AddressState, formatAddress, readAddress } from "./address.ts";
import { byId, el } from "./dom.ts";
import type { Panel } from "./panel.ts";

const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class TabList {
  readonly #panels: readonly Panel[];
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #notice = byId("notice");
  #chosen: Panel;

  constructor(panels: readonly [Panel, ...Panel[]]) {
    this.#panels = panels;
    this.#chosen = panels[0];
    this.#buttons = panels.map((panel) => this.#button(panel));
    byId("tabs").append(...this.#buttons);
    byId("panels").append(...panels.map(({ element }) => element));
    addEventListener("popstate", () => this.openAddress());
  }

  get chosen(): Panel {
    return this.#chosen;
  }

  choose(panel: Panel): void {
    if (panel === this.#chosen) return;
    this.#select(panel);
    this.saveAddress(panel, true);
    panel.open();
  }

  /** Shows what the address says. What it says and the page does not know is reported. */
  openAddress(): void {
    const { tab, values } = readAddress(location.hash, history.state);
    const panel = this.#panels.find((panel) => panel.tab.id === tab);
    this.#select(panel ?? this.#panels[0]!);
    if (tab && !panel) this.#report(`This link opens an unknown tab: ${tab}`);
    if (panel && values) this.#reportUnknown(panel, Object.keys(values));
    this.#chosen.open(panel && values);
  }

  /** Puts a panel's values in the address, as a new entry of the history or in place of the current one. */
  saveAddress(panel: Panel, isNew: boolean): void {
    if (panel !== this.#chosen) return;
    const { values } = panel;
    const address = formatAddress(panel.tab.id, values);
    const state: AddressState = { values };
    const isCurrent = address === location.hash && JSON.stringify(state) === JSON.stringify(history.state);
    if (isNew) this.#report("");
    if (!isCurrent && isNew) history.pushState(state, "", address);
    if (!isCurrent && !isNew) history.replaceState(state, "", address);
    if (!address.includes("?")) this.#report("The input is too long for a link: the address does not contain it.");
  }

  #select(panel: Panel): void {
    this.#chosen = panel;
    this.#report("");
    for (const [index, other] of this.#panels.entries()) {
      const isChosen = other === panel;
      const button = this.#buttons[index]!;
      other.element.hidden = !isChosen;
      button.setAttribute("aria-selected", String(isChosen));
      button.tabIndex = isChosen ? 0 : -1;
      if (isChosen) button.scrollIntoView({ block: "nearest", inline: "center" });
    }
  }

  #reportUnknown({ tab }: Panel, names: readonly string[]): void {
    const unknown = names.filter((name) => !tab.fields.some((field) => field.name === name));
    if (unknown.length > 0) this.#report(`This link has fields that this tab does not have: ${unknown.join(", ")}`);
  }

  #report(text: string): void {
    this.#notice.textContent = text;
    this.#notice.hidden = text === "";
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
    const now = this.#panels.indexOf(this.#chosen);
    return step === undefined ? undefined : (now + step + length) % length;
  }
}
