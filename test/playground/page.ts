// Parts of the playground's page, and how tests wait for them.
import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

export const panel = (page: Page): Locator => page.getByRole("tabpanel");
export const answer = (page: Page): Locator => panel(page).locator(".result");
export const status = (page: Page): Locator => panel(page).locator(".status");
export const tab = (page: Page, name: string): Locator => page.getByRole("tab", { name, exact: true });
export const runButton = (page: Page): Locator => page.getByRole("button", { name: "Run", exact: true });

export function expectText(locator: Locator, expected: RegExp): Promise<void> {
  return expect.poll(async () => (await locator.textContent()) ?? "", { timeout: 30_000 }).toMatch(expected);
}

/** Switches to browser mode. */
export async function runInBrowser(page: Page): Promise<void> {
  await page.getByRole("switch").click();
  await expectText(page.locator("#mode-status"), /The model runs in this browser/);
}
