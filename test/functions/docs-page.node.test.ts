// The API reference at /docs in a real Chromium, of a service that requires a key.
import { expect, test } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { launch, noChromium } from "../playground/chromium.ts";
import { startWorker } from "./worker.ts";

test.skipIf(noChromium)(
  "the API reference sends the key, and shows a variable in its place in the curl command",
  async () => {
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
      await page.getByLabel("API key").fill("a-key");
      await route.getByRole("button").click();
      await route.getByText(/^200 in/).waitFor();
      expect(await route.getByText(/^curl/).textContent()).toContain('-H "authorization: Bearer $BERTLET_KEY"');
      await route.getByLabel("Body").fill(JSON.stringify({ inputs: "word ".repeat(1000) }));
      await route.getByRole("button").click();
      await route.getByText(/\n… \d+ more characters are not shown$/).waitFor();
    } finally {
      await Promise.all([worker.close(), browser.close()]);
    }
  },
);
