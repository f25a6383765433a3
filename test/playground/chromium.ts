// Opens pages in a real Chromium and records their errors and requests. Tests skip, and say so, if Chromium is not installed.
import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const executablePath = "/usr/bin/chromium";
/** Why browser tests cannot run; undefined if they can. */
export const noChromium = existsSync(executablePath) ? undefined : `${executablePath} is not installed`;

const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** Every launch has a temporary user data folder. */
export function launch(): Promise<Browser> {
  const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", ...QUIET];
  return chromium.launch({ executablePath, headless: true, args });
}

export interface Visit {
  readonly page: Page;
  /** Errors in the console, and errors that nothing caught. */
  readonly complaints: readonly string[];
  /** URLs that the page requested. */
  readonly requests: readonly string[];
}

/** Opens a page in a new browser context and waits for its tabs. */
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
