// The playground's address: it is a link to what the page shows, and Back and Forward move between tabs and runs.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type RunningWorker, startWorker } from "../functions/worker.ts";
import { launch, noChromium, visit } from "./chromium.ts";
import { answer, expectText, panel, runButton, status, tab } from "./page.ts";

describe.skipIf(noChromium)(`the playground's address${noChromium ? ` (${noChromium})` : ""}`, () => {
  let worker: RunningWorker;
  let browser: Browser;
  beforeAll(async () => {
    [worker, browser] = await Promise.all([startWorker(), launch()]);
  });
  afterAll(() => Promise.all([worker?.close(), browser?.close()]));
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

  const open = (hash = "") => visit(browser, new URL(`/${hash}`, worker.url));
  const textField = (page: Page) => panel(page).getByLabel("Text", { exact: true });
  const notice = (page: Page) => page.locator("#notice");
  const entries = (page: Page) => page.evaluate<number>("history.length");
  const run = async (page: Page, text: string) => {
    await textField(page).fill(text);
    await runButton(page).click();
  };

  test("after a run, the address opens the same tab with the same input and options, and runs it", async () => {
    const { page } = await open();
    await tab(page, "Entities & slots").click();
    await page.getByRole("button", { name: "Example 3" }).click();
    await panel(page).getByLabel("Aggregation").selectOption("none");
    await run(page, "Play Ça plane & 100% pop\nby Plastic Bertrand? #1 + more");
    await expectText(answer(page), /Plastic/);
    const shown = await answer(page).textContent();
    const { page: other, complaints } = await open(new URL(page.url()).hash);
    await expect.poll(() => answer(other).textContent(), { timeout: 30_000 }).toBe(shown);
    expect(await textField(other).inputValue()).toBe("Play Ça plane & 100% pop\nby Plastic Bertrand? #1 + more");
    expect(await panel(other).getByLabel("Head").inputValue()).toBe("slots");
    expect(await panel(other).getByLabel("Aggregation").inputValue()).toBe("none");
    expect(other.url()).toBe(page.url());
    expect(complaints).toEqual([]);
  });

  test("Back and Forward restore tabs and runs, and Back does not leave the page before them", async () => {
    const { page } = await open();
    await expectText(status(page), /^200/);
    await run(page, "an utter waste of an evening");
    await expectText(answer(page), /^NEGATIVE/);
    await tab(page, "Rerank").click();
    await expectText(answer(page), /^3 Work on the bridge/);
    await page.goBack();
    expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Classification");
    await expectText(answer(page), /^NEGATIVE/);
    await page.goBack();
    await expectText(answer(page), /^POSITIVE/);
    expect(await textField(page).inputValue()).toMatch(/^I expected little/);
    await page.goForward();
    await expectText(answer(page), /^NEGATIVE/);
    expect(await textField(page).inputValue()).toBe("an utter waste of an evening");
    await page.goForward();
    expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Rerank");
  });

  test("running the same input again adds nothing to the history", async () => {
    const { page } = await open();
    await expectText(status(page), /^200/);
    const before = await entries(page);
    await runButton(page).click();
    await expectText(status(page), /HIT/);
    expect(await entries(page)).toBe(before);
    await run(page, "something else");
    await expect.poll(() => entries(page)).toBe(before + 1);
  });

  test("an input that is too long for a link is left out of the address, which is said, and Back still restores it", async () => {
    const { page } = await open();
    await expectText(status(page), /^200/);
    const long = "a delight ".repeat(1000);
    await run(page, long);
    await expectText(notice(page), /^The input is too long for a link/);
    await expectText(status(page), /^200/);
    expect(new URL(page.url()).hash).toBe("#classify");
    await tab(page, "Rerank").click();
    await expectText(status(page), /^200/);
    expect(await notice(page).isHidden()).toBe(true);
    await page.goBack();
    expect(await textField(page).inputValue()).toBe(long);
    await page.reload();
    await expectText(status(page), /^200/);
    expect(await textField(page).inputValue()).toBe(long);
  });

  test("what a link names and the page does not have is reported", async () => {
    const { page } = await open("#classify?text=a+delight&heat=1");
    await expectText(answer(page), /^POSITIVE/);
    await expectText(notice(page), /^This link has fields that this tab does not have: heat$/);
    const { page: other } = await open("#no-such-tab");
    await expectText(notice(other), /^This link opens an unknown tab: no-such-tab$/);
    const { page: third } = await open("#classify?text=a+delight&head=no-such-head");
    await expectText(third.getByRole("alert"), /^not_found.*no-such-head/);
  });

  test("text from a link is shown as text, never as markup", async () => {
    const markup = "<img src=x onerror=alert(1)> Marie Curie";
    const { page, complaints } = await open(`#entities?${new URLSearchParams({ text: markup })}`);
    await expectText(answer(page), /<img src=x onerror=alert\(1\)> Marie CuriePER/);
    expect(await page.locator("img").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("the link that skips to the form keeps the tab and its address", async () => {
    const { page } = await open("#rerank");
    await expectText(status(page), /^200/);
    const { hash } = new URL(page.url());
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("panels");
    expect(new URL(page.url()).hash).toBe(hash);
    expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Rerank");
  });
});
