// A real Chromium with a page of its own, and what that page complained of. Tests skip, and say so, where there is no Chromium.
import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const executablePath = "/usr/bin/chromium";
/** Why there can be no test; undefined where there can. */
export const noChromium = existsSync(executablePath) ? undefined : `there is no ${executablePath}`;

const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** Each launch has a user data folder of its own, which goes with it. */
export function launch(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", ...QUIET];
  return chromium.launch({ executablePath, headless: true, args });
}

export interface Visit {
  readonly page: Page;
  /** Errors of the console and those that no code caught. */
  readonly complaints: readonly string[];
  /** Addresses that the page asked for. */
  readonly requests: readonly string[];
}

/** Opens the page at `url` in a context of its own, and waits for its tabs. */
export async function visit(browser: Browser, url: URL, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url.href);
  await page.getByRole("tab").first().waitFor();
  return { page, complaints, requests };
}
