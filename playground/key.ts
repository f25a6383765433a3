// The field for an API key, and what the API says about the key.
import { setKey } from "./api.ts";
import { KEY_MESSAGES, type KeyState } from "./description.ts";
import { byId } from "./dom.ts";

export class KeyField {
  readonly #details = byId("key-details") as HTMLDetailsElement;
  readonly #input = byId("key") as HTMLInputElement;
  readonly #status = byId("key-status");

  /** @param changed called after another key was entered */
  constructor(changed: () => void) {
    this.#input.addEventListener("change", () => {
      setKey(this.#input.value);
      changed();
    });
  }

  show(state: KeyState): void {
    const isBad = state === "rejected" || state === "malformed";
    this.#status.textContent = KEY_MESSAGES[state];
    this.#input.setAttribute("aria-invalid", String(isBad));
    if (isBad || state === "required") this.#details.open = true;
  }

  focus(): void {
    this.#details.open = true;
    this.#input.focus();
  }
}
