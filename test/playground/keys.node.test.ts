// The playground of an API that requires keys.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { sha256 } from "../../src/digest.ts";
import { type RunningWorker, startWorker } from "../functions/worker.ts";
import { launch, noChromium, visit } from "./chromium.ts";
import { answer, expectText, panel, runInBrowser, status, tab } from "./page.ts";

const KEY = "a-key-of-the-test";

describe.skipIf(noChromium)(`the playground of an API with keys${noChromium ? ` (${noChromium})` : ""}`, () => {
  let worker: RunningWorker;
  let browser: Browser;
  beforeAll(async () => {
    const hash = await sha256(new TextEncoder().encode(KEY));
    const vars = { API_KEYS: JSON.stringify({ [hash]: { name: "tester" } }) };
    [worker, browser] = await Promise.all([startWorker(undefined, vars), launch()]);
  });
  afterAll(() => Promise.all([worker?.close(), browser?.close()]));
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

  const model = (page: Page) => page.locator("#model");
  const heads = (page: Page) => panel(page).getByLabel("Head").locator("option").allTextContents();
  const enterKey = async (page: Page, key: string) => {
    await page.getByLabel(/requires one/).fill(key);
    await page.keyboard.press("Enter");
  };

  test("without a key, the page says that one is required and leads to its field", async () => {
    const { page } = await visit(browser, worker.url);
    await expectText(model(page), /^This API requires a key\.$/);
    await expectText(page.getByRole("alert"), /^unauthorized/);
    expect(await heads(page)).toEqual(["Default"]);
    await page.getByRole("button", { name: "Enter a key" }).click();
    expect(await page.evaluate("document.activeElement.id")).toBe("key");
  });

  test("entering the key fills the model line and the lists of heads, and runs the tab again", async () => {
    const { page } = await visit(browser, worker.url);
    await expectText(page.getByRole("alert"), /^unauthorized/);
    await enterKey(page, KEY);
    await expectText(answer(page), /^POSITIVE/);
    await expectText(model(page), /^minilm-l6-heads.*11 heads/);
    await expectText(page.locator("#key-status"), /^The API accepted this key\.$/);
    expect(await heads(page)).toEqual(["sentiment", "emotion", "intent"]);
    const curl = await panel(page).getByLabel("The request as a curl command").textContent();
    expect(curl).toContain('-H "authorization: Bearer $BERTLET_KEY"');
    expect(await page.content()).not.toContain(KEY);
  });

  test("the slots example is answered by the slots head, before and after the key is entered", async () => {
    const { page } = await visit(browser, worker.url);
    await tab(page, "Entities & slots").click();
    await expectText(page.getByRole("alert"), /^unauthorized/);
    await page.getByRole("button", { name: "Example 3" }).click();
    await expectText(panel(page).getByLabel("The request as a curl command"), /"head":"slots"/);
    await enterKey(page, KEY);
    await expectText(answer(page), /Miles Davisartist/);
    expect(await heads(page)).toEqual(["entities", "slots"]);
    expect(await panel(page).getByLabel("Head").inputValue()).toBe("slots");
  });

  test("a wrong key is reported beside its field, and the right one after it works", async () => {
    const { page } = await visit(browser, worker.url);
    await expectText(page.getByRole("alert"), /^unauthorized/);
    await page.getByRole("button", { name: "Enter a key" }).click();
    await enterKey(page, "another-key");
    await expectText(page.locator("#key-status"), /^The API did not accept this key\.$/);
    await expectText(model(page), /^The API did not accept this key\.$/);
    expect(await page.getByLabel(/requires one/).getAttribute("aria-invalid")).toBe("true");
    await enterKey(page, "ключ");
    await expectText(page.locator("#key-status"), /^This is not a valid key/);
    await enterKey(page, KEY);
    await expectText(page.locator("#key-status"), /^The API accepted this key\.$/);
    await expectText(answer(page), /^POSITIVE/);
    expect(await page.getByLabel(/requires one/).getAttribute("aria-invalid")).toBe("false");
  });

  test("browser mode needs no key, and lists the heads of the model in the browser", async () => {
    const { page } = await visit(browser, worker.url);
    await expectText(page.getByRole("alert"), /^unauthorized/);
    await runInBrowser(page);
    await expectText(answer(page), /^POSITIVE/);
    await expectText(status(page), /\d+ tokensin this browser$/);
    await expectText(model(page), /^minilm-l6-heads.*11 heads/);
    expect(await heads(page)).toEqual(["sentiment", "emotion", "intent"]);
  });
});
