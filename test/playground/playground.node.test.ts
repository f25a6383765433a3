// The playground in a real Chromium, served by the gateway: every tab, in both modes; what fails; keys, darkness and small screens.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type RunningWorker, startWorker } from "../functions/worker.ts";
import { launch, noChromium, visit } from "./chromium.ts";

// What each tab shows of its first example, in either mode.
const TABS: readonly (readonly [tab: string, answer: RegExp])[] = [
  ["Classification", /^POSITIVE/],
  ["Entities & slots", /Marie CuriePER.*ParisLOC/],
  ["Question answering", /near Rotterdam, the largest.*Rotterdam0\./],
  ["Query understanding", /play_music.*Miles Davis.*Vector of 384/],
  ["Fill-mask", /^He went to the \w+ to buy some milk\./],
  ["Similarity", /The cat sleeps on the sofa\.1\.000\.7/],
  ["Rerank", /^3 Work on the bridge/],
  ["Own labels", /^sport/],
  ["Multiple choice", /^Cologne/],
  ["Next sentence", /^IsNext/],
  ["Pretraining", /She opened the \w+ and looked.*IsNext/],
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

  test("every tab gives the same answer by the API and in the browser", async () => {
    const { page, complaints, requests } = await open();
    const byApi = await readTabs(page, /by the API$/);
    await runInBrowser(page);
    const sent = requests.length;
    const inBrowser = await readTabs(page, /in this browser$/);
    expect(inBrowser).toEqual(byApi);
    expect(
      requests.slice(sent).filter((url) => url.startsWith("http")),
      "the API is left alone",
    ).toEqual([]);
    await page.getByRole("switch").click();
    await expectText(status(page), /by the API/);
    expect(complaints).toEqual([]);
    expect(
      requests.filter((url) => !url.startsWith(worker.url.origin)),
      "nothing comes from elsewhere",
    ).toEqual([]);
  });

  test("an answer comes with its time, HIT or MISS, and its curl", async () => {
    const { page } = await open();
    const text = `a line of its own ${crypto.randomUUID()}, isn't it`;
    await panel(page).getByLabel("Text", { exact: true }).fill(text);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expectText(status(page), /^200MISS[\d.]+ ms.*by the API$/);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expectText(status(page), /HIT/);
    const curl = await panel(page).getByLabel("The request as a curl command").textContent();
    expect(curl).toContain(`curl ${worker.url.origin}/classify`);
    expect(curl).toContain(`isn'\\''t it`);
  });

  test("attention is shown head by head and layer by layer", async () => {
    const { page, complaints } = await open();
    await page.getByRole("tab", { name: "Attention" }).click();
    await panel(page).locator("svg").waitFor();
    expect(await panel(page).getByRole("group", { name: "Heads" }).getByRole("button").count()).toBe(12);
    await panel(page).getByRole("button", { name: "Head 3" }).click();
    await panel(page).getByLabel("animal looks at").focus();
    expect(await panel(page).locator("svg .look.on path").count()).toBeGreaterThan(0);
    await panel(page).getByLabel("Layer").selectOption("6");
    await expectText(status(page), /^200.*by the API/);
    expect(complaints).toEqual([]);
  });

  test("a function deployed alone leaves the other tabs to the browser mode", async () => {
    const alone = await startWorker("classify");
    try {
      const { page, complaints } = await visit(browser, alone.url);
      await expectText(answer(page), /^POSITIVE/);
      await page.getByRole("tab", { name: "Rerank" }).click();
      await expectText(panel(page), /The API has no route for this/);
      await page.getByRole("button", { name: "Run it in this browser" }).click();
      await expectText(answer(page), /^3 Work on the bridge/);
      expect(complaints).toEqual([]);
    } finally {
      await alone.close();
    }
  });

  test("words fill a blank, and answers are marked, when they are chosen", async () => {
    const { page } = await open();
    await page.getByRole("tab", { name: "Fill-mask" }).click();
    await page.getByRole("button", { name: /^city/ }).click();
    await expectText(answer(page), /^He went to the city to buy some milk\./);
    await page.getByRole("tab", { name: "Question answering" }).click();
    const mark = panel(page).locator("mark");
    await mark.waitFor();
    const best = await mark.textContent();
    const second = answer(page).getByRole("button").nth(1);
    await second.click();
    const marked = await mark.textContent();
    expect(marked).not.toBe(best);
    expect((await second.textContent())?.startsWith(marked!), `${marked} is marked`).toBe(true);
  });

  test("what the API refuses is shown, and the next run works", async () => {
    const { page, complaints } = await open();
    await expectText(status(page), /200/);
    await panel(page).getByLabel("Text", { exact: true }).fill(" ");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expectText(page.getByRole("alert"), /^empty_inputtext 0 is empty$/);
    await expectText(status(page), /400/);
    await page.getByRole("button", { name: "Example 1" }).click();
    await expectText(answer(page), /^POSITIVE/);
    // Chromium itself notes the status; the page adds nothing.
    expect(complaints.filter((text) => !text.includes("status of 400"))).toEqual([]);
  });

  test("an API that cannot be reached is an error on the page", async () => {
    const { page } = await open();
    await expectText(status(page), /200/);
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expectText(page.getByRole("alert"), /unreachable.*cannot be reached/);
  });

  test("a model that cannot be fetched leaves the page with the API, and says so", async () => {
    const { page } = await open();
    await page.route("**/*.safetensors", (route) => route.abort());
    await page.getByRole("switch").click();
    await expectText(page.locator("#mode-status"), /Not in this browser/);
    expect(await page.getByRole("switch").getAttribute("aria-checked")).toBe("false");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expectText(status(page), /by the API/);
  });

  test("the download shows how far it is, and can be stopped", async () => {
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
    await expectText(page.locator("#mode-status"), /stopped/);
    release();
  });

  test("the keyboard alone reaches everything, and focus is seen", async () => {
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
    for (const name of ["A", "mode", "tab-classify", "classify-text", "classify-head", "Run", "Example 2", "SUMMARY"])
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

  test("names, roles and states are there for those who do not see the page", async () => {
    const { page } = await open();
    await expectText(status(page), /200/);
    const tab = page.getByRole("tab", { selected: true });
    expect(await tab.count()).toBe(1);
    expect(await panel(page).getAttribute("aria-labelledby")).toBe(await tab.getAttribute("id"));
    expect(await page.evaluate(UNNAMED)).toEqual([]);
  });

  test.each(["light", "dark"] as const)("in %s, text stands out from what is behind it", async (colorScheme) => {
    const { page } = await open({ colorScheme });
    await expectText(status(page), /200/);
    for (const name of ["Classification", "Entities & slots", "Similarity", "Tokenizer"]) {
      await page.getByRole("tab", { name }).click();
      await expectText(status(page), /200/);
      expect(await page.evaluate(FAINT), name).toEqual([]);
    }
    const [paper] = (await page.evaluate("[getComputedStyle(document.body).backgroundColor]")) as [string];
    expect(Number(/\d+/.exec(paper)![0]) < 128).toBe(colorScheme === "dark");
  });

  test("on a telephone no tab scrolls sideways", async () => {
    const { page } = await open({ viewport: { width: 360, height: 740 }, hasTouch: true });
    await runInBrowser(page);
    for (const tab of await page.getByRole("tab").all()) {
      await tab.tap();
      await expectText(status(page), /200/);
      expect(await page.evaluate("document.documentElement.scrollWidth"), (await tab.textContent()) ?? "").toBe(360);
    }
  });
});

/** Every tab's answer to its first example. */
async function readTabs(page: Page, place: RegExp): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const [name, expected] of TABS) {
    await page.getByRole("tab", { name, exact: true }).click();
    await expectText(status(page), place);
    await expectText(answer(page), expected);
    answers[name] = (await answer(page).textContent()) ?? "";
  }
  return answers;
}

async function runInBrowser(page: Page): Promise<void> {
  await page.getByRole("switch").click();
  await expectText(page.locator("#mode-status"), /The model runs in this browser/);
}

const panel = (page: Page): Locator => page.getByRole("tabpanel");
const answer = (page: Page): Locator => panel(page).locator(".result");
const status = (page: Page): Locator => panel(page).locator(".status");

function expectText(locator: Locator, expected: RegExp): Promise<void> {
  return expect.poll(async () => (await locator.textContent()) ?? "", { timeout: 30_000 }).toMatch(expected);
}

// Run in the page, where there are types of another world: kept as text.
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

// Texts whose contrast with the first opaque background behind them is below 4.5, as WCAG 2.2 has it.
const FAINT = `(() => {
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
