// Which backend answers, the API or this browser, and the switch between them with its progress bar.
import { askApi, describeApi } from "./api.ts";
import type { Description } from "./description.ts";
import { byId } from "./dom.ts";
import { InBrowser } from "./in-browser.ts";
import type { TaskRequest, TaskResponse } from "./messages.ts";
import { MODEL } from "./model-file.ts";

export type Backend = "api" | "browser";

export class Mode {
  /** Whether this site serves a model to browsers. */
  readonly hasBrowser = MODEL !== null;
  readonly #switch = byId("mode") as HTMLButtonElement;
  readonly #status = byId("mode-status");
  readonly #progress = byId("mode-progress") as HTMLProgressElement;
  readonly #changed: () => void;
  #api = describeApi();
  #model: InBrowser | undefined;
  #download: AbortController | undefined;
  #backend: Backend = "api";
  #version = 0;

  /** @param changed called when answers or descriptions may differ from now on */
  constructor(changed: () => void) {
    this.#changed = changed;
    this.#switch.addEventListener("click", () => this.toggle());
    this.#switch.disabled = !this.hasBrowser;
    if (!this.hasBrowser) this.#status.textContent = "Not available: the model is too large to download (over 25 MiB).";
  }

  get backend(): Backend {
    return this.#backend;
  }

  /** Changes whenever an earlier answer may no longer be what the backend would answer. */
  get version(): number {
    return this.#version;
  }

  ask(request: TaskRequest): Promise<TaskResponse> {
    return this.#backend === "browser" && this.#model ? this.#model.ask(request) : askApi(request);
  }

  /** The API's description, whichever backend is current. */
  get api(): Promise<Description> {
    return this.#api;
  }

  /** Describes the current backend. */
  async describe(): Promise<Description> {
    return this.#backend === "browser" && this.#model ? this.#model.description : this.#api;
  }

  /** Reads the API's description again, for a new key. */
  reloadApi(): void {
    this.#api = describeApi();
    if (this.#backend === "api") this.#announce();
  }

  /** Switches to the other backend; during the download, cancels it. */
  async toggle(): Promise<void> {
    if (this.#download) return this.#download.abort();
    if (this.#backend === "browser") return this.#settle("api", "");
    const download = new AbortController();
    try {
      this.#model ??= await this.#load(download);
      this.#settle("browser", "The model runs in this browser.");
    } catch (error) {
      const reason = error instanceof Error ? error.message : error;
      this.#settle("api", download.signal.aborted ? "Download canceled." : `Could not load the model: ${reason}.`);
    }
  }

  async #load(download: AbortController): Promise<InBrowser> {
    this.#download = download;
    this.#switch.setAttribute("aria-checked", "true");
    this.#progress.hidden = false;
    this.#progress.removeAttribute("value");
    this.#status.textContent = "Downloading the model…";
    try {
      return await InBrowser.load((loaded, total) => this.#show(loaded, total), download.signal);
    } finally {
      this.#download = undefined;
    }
  }

  #show(loaded: number, total: number): void {
    this.#progress.value = loaded / total;
    // Screen readers announce every change of this text, so it changes ten times only.
    const percent = 10 * Math.floor((10 * loaded) / total);
    this.#status.textContent = `Downloading the model: ${percent}% of ${(total / 1e6).toFixed(1)} MB`;
  }

  #settle(backend: Backend, status: string): void {
    const changed = backend !== this.#backend;
    this.#backend = backend;
    this.#progress.hidden = true;
    this.#status.textContent = status;
    this.#switch.setAttribute("aria-checked", String(backend === "browser"));
    document.documentElement.dataset.backend = backend;
    if (changed) this.#announce();
  }

  #announce(): void {
    this.#version++;
    this.#changed();
  }
}
