// Texts in scripts that are written from right to left.
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningWorker, startWorker } from "../functions/worker.ts";
import { launch, noChromium, visit } from "./chromium.ts";
import { answer, expectText, panel, status } from "./page.ts";

const ARABIC = "مرحبا، اسمي Avi Cohen وأعيش في London هذا الأسبوع.";
const HEBREW = "שלום עולם, זה מבחן";

// A link's values, and what of the answer shows them.
const VIEWS: readonly (readonly [tab: string, values: Record<string, string>, shown: string])[] = [
  ["entities", { text: ARABIC, head: "entities" }, ".passage"],
  ["answer", { question: HEBREW, context: ARABIC }, ".passage"],
  ["understand", { query: HEBREW }, ".passage"],
  ["fill-mask", { text: `${HEBREW} [MASK]` }, ".passage"],
  ["similarity", { sentences: `${HEBREW}\n${ARABIC}` }, "th[scope=row]"],
  ["rerank", { query: HEBREW, texts: `${ARABIC}\n${HEBREW}` }, ".bar-label bdi"],
  ["zero-shot", { text: HEBREW, labels: `${ARABIC}\n${HEBREW}` }, ".bar-label bdi"],
  ["choose", { prompt: HEBREW, choices: `${ARABIC}\n${HEBREW}` }, ".bar-label bdi"],
  ["next-sentence", { text: HEBREW, text_pair: ARABIC }, ""],
  ["pretraining", { text: `${HEBREW} [MASK]`, text_pair: ARABIC }, ".passage"],
  ["tokenize", { text: HEBREW }, ".pieces"],
  ["attention", { text: HEBREW, layer: "1" }, ""],
];

describe.skipIf(noChromium)(`right-to-left texts${noChromium ? ` (${noChromium})` : ""}`, () => {
  let worker: RunningWorker;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    [worker, browser] = await Promise.all([startWorker(), launch()]);
    ({ page } = await visit(browser, worker.url));
  });
  afterAll(() => Promise.all([worker?.close(), browser?.close()]));

  const open = (id: string, values: Record<string, string>) =>
    page.goto(new URL(`/#${id}?${new URLSearchParams(values)}`, worker.url).href);

  test.each(VIEWS)("%s: fields and answer run from right to left", async (id, values, shown) => {
    await open(id, values);
    await expectText(status(page), /^200/);
    const fields = panel(page).locator("input, textarea");
    expect(await layout(fields)).toEqual(Array(await fields.count()).fill("rtl start"));
    if (!shown) return;
    const found = answer(page).locator(shown);
    expect(await found.count()).toBeGreaterThan(0);
    expect(await layout(found)).toEqual(Array(await found.count()).fill("rtl start"));
  });

  test("an English text runs from left to right", async () => {
    await open("rerank", { query: "When was it built?", texts: "It was built in 1894." });
    await expectText(answer(page), /^1 It was built/);
    const texts = panel(page).locator("input, textarea, .bar-label bdi");
    expect(await texts.count()).toBe(3);
    expect(await layout(texts)).toEqual(Array(await texts.count()).fill("ltr start"));
  });

  test("highlights begin at the right, in the order of the text", async () => {
    await open("entities", { text: ARABIC, head: "entities" });
    await expectText(answer(page), /Avi CohenPER.*LondonLOC/);
    const boxes = await Promise.all((await panel(page).locator("mark").all()).map((mark) => mark.boundingBox()));
    expect(boxes).toHaveLength(2);
    expect(boxes[0]!.x).toBeGreaterThan(boxes[1]!.x);
    const [output, passage] = await Promise.all(
      [".output", ".passage"].map((selector) => panel(page).locator(selector).boundingBox()),
    );
    // Nothing pushes the passage out of its card.
    expect(passage!.x).toBeGreaterThanOrEqual(output!.x);
  });
});

/** The computed direction and alignment of each element. */
function layout(elements: Locator): Promise<string[]> {
  return elements.evaluateAll((found) =>
    found.map((element) => {
      const { direction, textAlign } = getComputedStyle(element);
      return `${direction} ${textAlign}`;
    }),
  );
}

// Of the page, whose types are not known here.
declare const getComputedStyle: (element: unknown) => { direction: string; textAlign: string };
