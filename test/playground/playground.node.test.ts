// The playground in a real Chromium, served by the gateway: every tab in both modes, errors, keyboard use, contrast and small screens.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type RunningWorker, startWorker } from "../functions/worker.ts";
import { launch, noChromium, visit } from "./chromium.ts";
import { answer, expectText, FAINT, panel, runButton, runInBrowser, status, tab } from "./page.ts";

// What each tab shows for its first example, in both modes.
const TABS: readonly (readonly [tab: string, answer: RegExp])[] = [
  ["Classification", /^POSITIVE/],
  ["Entities & slots", /Marie CuriePER.*ParisLOC/],
  ["Question answering", /near Rotterdam, the largest.*Rotterdam0\./],
  ["Query understanding", /play_music.*Miles Davis.*Vector of 384 dimensions/],
  ["Fill-mask", /^She studied law at the university of Oxford\./],
  ["Similarity", /The cat sleeps on the sofa\.1\.000\.7/],
  ["Rerank", /^3 Work on the bridge/],
  ["Zero-shot", /^sport/],
  ["Multiple choice", /^Cologne/],
  ["Next sentence", /^IsNext/],
  ["Pretraining", /^The ship left the island at dawn\..*IsNext/],
  ["Tokenizer", /token19204##ization3989/],
  ["Attention", /Head 12.*animal/],
];

describe.skipIf(noChromium)(`the playground${noChromium ? ` (${noChromium})` : ""}`, () => {
  let worker: RunningWorker;
  let browser: Browser;
  beforeAll(async () => {
    [worker, browser] = await Promise.all([startWorker(), launch()]);
  });
  afterAll(() => Promise.all([worker?.close(), browser?.close()]));
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

  const open = (options?: Parameters<typeof visit>[2]) => visit(browser, worker.url, options);

  test("every tab gives the same answer from the API and in the browser", async () => {
    const { page, complaints, requests } = await open();
    expect(await page.getByRole("tab").allTextContents()).toEqual(TABS.map(([name]) => name));
    const fromApi = await readTabs(page, /from the API$/);
    await runInBrowser(page);
    const sent = requests.length;
    const inBrowser = await readTabs(page, /in this browser$/);
    expect(inBrowser).toEqual(fromApi);
    expect(
      requests.slice(sent).filter((url) => url.startsWith("http")),
      "the browser does not call the API",
    ).toEqual([]);
    await page.getByRole("switch").click();
    await expectText(status(page), /from the API/);
    expect(complaints).toEqual([]);
    expect(
      requests.filter((url) => !url.startsWith(worker.url.origin)),
      "nothing comes from another site",
    ).toEqual([]);
  });

  test("an answer is shown with its time, HIT or MISS, and its curl command", async () => {
    const { page } = await open();
    // The page runs its example by itself, with whatever is in the field by then.
    await expectText(status(page), /from the API$/);
    const text = `a line of its own ${crypto.randomUUID()}, isn't it`;
    await panel(page).getByLabel("Text", { exact: true }).fill(text);
    await runButton(page).click();
    await expectText(status(page), /^200MISS[\d.]+ ms.*from the API$/);
    await runButton(page).click();
    await expectText(status(page), /HIT/);
    const curl = await panel(page).getByLabel("The request as a curl command").textContent();
    expect(curl).toContain(`curl ${worker.url.origin}/classify`);
    expect(curl).toContain(`isn'\\''t it`);
  });

  test("the tokens that the model read and truncated texts are shown", async () => {
    const { page } = await open();
    await expectText(status(page), /^200.*\d tokens/);
    expect(await status(page).textContent()).not.toContain("truncated");
    await panel(page).getByLabel("Text", { exact: true }).fill("a delight ".repeat(400));
    await runButton(page).click();
    await expectText(status(page), /1 text truncated.*512 tokens/);
    await runInBrowser(page);
    await expectText(status(page), /1 text truncated.*512 tokensin this browser$/);
  });

  test("attention is shown by head and by layer", async () => {
    const { page, complaints } = await open();
    await tab(page, "Attention").click();
    await panel(page).locator("svg").waitFor();
    expect(await panel(page).getByRole("group", { name: "Heads" }).getByRole("button").count()).toBe(12);
    await panel(page).getByRole("button", { name: "Head 3" }).click();
    await panel(page).getByLabel("animal attends to").focus();
    expect(await panel(page).locator("svg .line.on path").count()).toBeGreaterThan(0);
    await panel(page).getByLabel("Layer").selectOption("6");
    await expectText(status(page), /^200.*from the API/);
    expect(complaints).toEqual([]);
  });

  test("selecting a word fills the blank, and selecting an answer highlights it", async () => {
    const { page } = await open();
    await tab(page, "Fill-mask").click();
    await page.getByRole("button", { name: /^college/ }).click();
    await expectText(answer(page), /^She studied law at the college of Oxford\./);
    await tab(page, "Question answering").click();
    const mark = panel(page).locator("mark");
    await mark.waitFor();
    const best = await mark.textContent();
    const second = answer(page).getByRole("button").nth(1);
    await second.click();
    const marked = await mark.textContent();
    expect(marked).not.toBe(best);
    expect((await second.textContent())?.startsWith(marked!), `${marked} is highlighted`).toBe(true);
  });

  test("an error of the API is shown, and the next run works", async () => {
    const { page, complaints } = await open();
    await expectText(status(page), /200/);
    await panel(page).getByLabel("Text", { exact: true }).fill(" ");
    await runButton(page).click();
    await expectText(page.getByRole("alert"), /^empty_inputtext 0 is empty$/);
    await expectText(status(page), /400/);
    await page.getByRole("button", { name: "Example 1" }).click();
    await expectText(answer(page), /^POSITIVE/);
    // Chromium itself logs the status; the page adds nothing.
    expect(complaints.filter((text) => !text.includes("status of 400"))).toEqual([]);
  });

  test("an API that cannot be reached is reported", async () => {
    const { page } = await open();
    await expectText(status(page), /200/);
    await page.context().setOffline(true);
    await runButton(page).click();
    await expectText(page.getByRole("alert"), /unreachable.*cannot be reached/);
  });

  test("a model that cannot be downloaded is reported, and the API goes on answering", async () => {
    const { page } = await open();
    await page.route("**/*.safetensors", (route) => route.abort());
    await page.getByRole("switch").click();
    await expectText(page.locator("#mode-status"), /^Could not load the model: /);
    expect(await page.getByRole("switch").getAttribute("aria-checked")).toBe("false");
    await runButton(page).click();
    await expectText(status(page), /from the API/);
  });

  test("the download shows its progress and can be canceled", async () => {
    const { page } = await open();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.context().route("**/*.safetensors", async (route) => {
      await held;
      await route.continue().catch(() => {});
    });
    await page.getByRole("switch").click();
    await page.getByRole("progressbar").waitFor();
    await page.getByRole("switch").click();
    await expectText(page.locator("#mode-status"), /^Download canceled\.$/);
    release();
  });

  test("every control is reachable by keyboard with visible focus", async () => {
    const { page } = await open();
    await expectText(status(page), /200/);
    const reached: string[] = [];
    for (let step = 0; step < 20; step++) {
      await page.keyboard.press("Tab");
      const [name, outline] = (await page.evaluate(FOCUSED)) as [string, string];
      if (name === "BODY") break;
      reached.push(name);
      expect(outline, `focus on ${name}`).not.toBe("none");
    }
    for (const name of [
      "skip",
      "mode",
      "tab-classify",
      "classify-text",
      "classify-head",
      "Run",
      "Example 2",
      "SUMMARY",
    ])
      expect(reached).toContain(name);

    await page.getByRole("tab", { selected: true }).focus();
    await page.keyboard.press("ArrowDown");
    await expectText(answer(page), /Marie Curie/);
    await page.keyboard.press("End");
    expect(await page.getByRole("tab", { selected: true }).textContent()).toBe("Attention");
    await page.keyboard.press("Home");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type("an utter waste of an evening");
    await page.keyboard.press("ControlOrMeta+Enter");
    await expectText(answer(page), /^NEGATIVE/);
    await page.getByRole("switch").focus();
    await page.keyboard.press("Space");
    await expectText(status(page), /in this browser/);
    await expectText(answer(page), /^NEGATIVE/);
  });

  test("screen readers get names, roles and states", async () => {
    const { page } = await open();
    await expectText(status(page), /200/);
    const tab = page.getByRole("tab", { selected: true });
    expect(await tab.count()).toBe(1);
    expect(await panel(page).getAttribute("aria-labelledby")).toBe(await tab.getAttribute("id"));
    expect(await page.evaluate(UNNAMED)).toEqual([]);
  });

  test.each(["light", "dark"] as const)("text has enough contrast in the %s colour scheme", async (colorScheme) => {
    const { page } = await open({ colorScheme });
    await expectText(status(page), /200/);
    for (const name of ["Classification", "Entities & slots", "Similarity", "Tokenizer"]) {
      await tab(page, name).click();
      await expectText(status(page), /200/);
      expect(await page.evaluate(FAINT), name).toEqual([]);
    }
    const [paper] = (await page.evaluate("[getComputedStyle(document.body).backgroundColor]")) as [string];
    expect(Number(/\d+/.exec(paper)![0]) < 128).toBe(colorScheme === "dark");
  });

  test("no tab scrolls sideways on a phone", async () => {
    const { page } = await open({ viewport: { width: 360, height: 740 }, hasTouch: true });
    await runInBrowser(page);
    for (const button of await page.getByRole("tab").all()) {
      await button.tap();
      await expectText(status(page), /200/);
      expect(await page.evaluate("document.documentElement.scrollWidth"), (await button.textContent()) ?? "").toBe(360);
    }
  });
});

/** Every tab's answer to its first example. */
async function readTabs(page: Page, backend: RegExp): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const [name, expected] of TABS) {
    await tab(page, name).click();
    await expectText(status(page), backend);
    await expectText(answer(page), expected);
    answers[name] = (await answer(page).textContent()) ?? "";
  }
  return answers;
}

// Code that runs in the page, whose types are not known here.
const FOCUSED = `(() => {
  const { activeElement } = document;
  const { id, tagName, type } = activeElement;
  const name = id || activeElement.getAttribute("aria-label") || (tagName === "BUTTON" ? activeElement.innerText : tagName);
  return [name, getComputedStyle(activeElement).outlineStyle];
})()`;

const UNNAMED = `[...document.querySelectorAll("button, input, select, textarea, [role=tabpanel], progress")]
  .filter((element) => !element.innerText?.trim() && !element.labels?.length)
  .filter((element) => !element.hasAttribute("aria-label") && !element.hasAttribute("aria-labelledby"))
  .map((element) => element.outerHTML)`;
