// The page at /docs in a real Chromium, of a service that needs a key.
import { expect, test } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { launch, noChromium } from "../playground/chromium.ts";
import { startWorker } from "./worker.ts";

test.skipIf(noChromium)("its buttons ask with the key, which curl's line does not show", async () => {
  const hash = await sha256(new TextEncoder().encode("a-key"));
  const vars = { API_KEYS: JSON.stringify({ [hash]: { name: "tester" } }) };
  const [worker, browser] = await Promise.all([startWorker("tokenize", vars), launch()]);
  try {
    const page = await browser.newPage();
    await page.goto(new URL("/docs", worker.url).href);
    const route = page.locator("details").filter({ hasText: "/tokenize" }).first();
    await route.locator("summary").click();
    await route.getByRole("button").click();
    await route.getByText(/^401 in/).waitFor();
    await page.getByLabel("Key").fill("a-key");
    await route.getByRole("button").click();
    await route.getByText(/^200 in/).waitFor();
    expect(await route.getByText(/^curl/).textContent()).toContain('-H "authorization: Bearer $KEY"');
  } finally {
    await Promise.all([worker.close(), browser.close()]);
  }
});
