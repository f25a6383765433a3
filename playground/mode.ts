// Where requests are answered, the API or this browser, and the switch between the two with its progress bar.
import { askApi } from "./api.ts";
import { byId } from "./dom.ts";
import { InBrowser } from "./in-browser.ts";
import type { ApiRequest, ApiResponse } from "./messages.ts";

export type Place = "api" | "browser";

export class Mode {
  readonly #switch = byId("mode");
  readonly #status = byId("mode-status");
  readonly #progress = byId("mode-progress") as HTMLProgressElement;
  readonly #changed: () => void;
  #model: InBrowser | undefined;
  #loading: AbortController | undefined;
  #place: Place = "api";

  /** @param changed called when another place answers from now on */
  constructor(changed: () => void) {
    this.#changed = changed;
    this.#switch.addEventListener("click", () => this.toggle());
  }

  get place(): Place {
    return this.#place;
  }

  ask(request: ApiRequest): Promise<ApiResponse> {
    return this.#place === "browser" && this.#model ? this.#model.ask(request) : askApi(request);
  }

  /** To the other place; while the model is being loaded, back. */
  async toggle(): Promise<void> {
    if (this.#loading) return this.#loading.abort();
    if (this.#place === "browser") return this.#settle("api", "");
    try {
      this.#model ??= await this.#load();
      this.#settle("browser", "The model runs in this browser.");
    } catch (error) {
      this.#settle("api", `Not in this browser: ${error instanceof Error ? error.message : error}.`);
    }
  }

  async #load(): Promise<InBrowser> {
    const loading = new AbortController();
    this.#loading = loading;
    this.#switch.setAttribute("aria-checked", "true");
    this.#progress.hidden = false;
    this.#progress.removeAttribute("value");
    this.#status.textContent = "Fetching the model…";
    try {
      return await InBrowser.load((loaded, total) => this.#show(loaded, total), loading.signal);
    } finally {
      this.#loading = undefined;
    }
  }

  #show(loaded: number, total: number): void {
    this.#progress.value = loaded / total;
    // Read aloud at every change: kept to a few.
    const tenths = Math.floor((10 * loaded) / total);
    this.#status.textContent = `Fetching the model: ${tenths * 10} % of ${(total / 1e6).toFixed(1)} MB`;
  }

  #settle(place: Place, status: string): void {
    const changed = place !== this.#place;
    this.#place = place;
    this.#progress.hidden = true;
    this.#status.textContent = status;
    this.#switch.setAttribute("aria-checked", String(place === "browser"));
    document.documentElement.dataset.place = place;
    if (changed) this.#changed();
  }
}
