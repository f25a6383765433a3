// The playground over an API with a single task, on a site with the model and on one without.
import { execFile } from "node:child_process";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { RunningWorker } from "../functions/worker.ts";
import { launch, noChromium, visit } from "./chromium.ts";
import { answer, expectText, FAINT, panel, tab } from "./page.ts";
import { startSite } from "./site.ts";

const main = "functions/classify.ts";

describe.skipIf(noChromium)(`a playground with one task${noChromium ? ` (${noChromium})` : ""}`, () => {
  let folder: string;
  let built: string;
  let withModel: RunningWorker;
  let withoutModel: RunningWorker;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "bertlet-site-"));
    const [site, model] = [join(folder, "site"), join(folder, "large.safetensors")];
    await writeFile(model, "");
    await truncate(model, 25 * 2 ** 20 + 1);
    ({ stdout: built } = await promisify(execFile)(process.execPath, ["scripts/build-playground.ts", site, model]));
    browser = await launch();
    [withModel, withoutModel] = await Promise.all([startSite({ main }), startSite({ main, site })]);
  });
  afterAll(async () => {
    await Promise.all([withModel?.close(), withoutModel?.close(), browser?.close()]);
    await rm(folder, { recursive: true });
  });
  afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

  test("tasks that the API does not offer run in browser mode", async () => {
    const { page, complaints } = await visit(browser, withModel.url);
    await expectText(answer(page), /^POSITIVE/);
    await tab(page, "Rerank").click();
    await expectText(panel(page), /The API does not offer this task\. You can run it in this browser instead\./);
    await panel(page).getByRole("button", { name: "Run in this browser" }).click();
    await expectText(answer(page), /^3 Work on the bridge/);
    expect(complaints).toEqual([]);
  });

  test("a model over 25 MiB is left out of the site, which then has no browser mode and says so", async () => {
    expect(built).toMatch(/large\.safetensors is over 25 MiB/);
    expect((await fetch(new URL("/models/minilm-l6-heads.safetensors", withoutModel.url))).status).toBe(404);
    const { page, complaints } = await visit(browser, withoutModel.url);
    await expectText(answer(page), /^POSITIVE/);
    await expectText(page.locator("#mode-status"), /^Not available: the model is too large to download/);
    expect(await page.getByRole("switch").isDisabled()).toBe(true);
    await tab(page, "Rerank").click();
    await expectText(answer(page), /^The API does not offer this task\.$/);
    expect(await page.evaluate(FAINT)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
