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

// Runs in the page. Texts whose contrast with the first opaque background behind them is below 4.5:1 (WCAG 2.2, criterion 1.4.3).
export const FAINT = `(() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const parse = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !element.checkVisibility() || element.closest("select, .skip")) continue;
    const opacity = Number(getComputedStyle(element).opacity);
    const back = behind(element);
    const front = parse(getComputedStyle(element).color).map((value, i) => value * opacity + back[i] * (1 - opacity));
    const [light, dark] = [luminance(front.slice(0, 3)), luminance(back.slice(0, 3))].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < 4.5) faint.push(element.className + " " + texts.currentNode.data.trim() + " " + ratio.toFixed(2));
  }
  return faint;
})()`;
