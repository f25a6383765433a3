// npm run calibrate:model: writes temperatures and thresholds of the default model's heads into its file; the weights stay.
import { readFile } from "node:fs/promises";
import { calibrate } from "../bench/calibration.ts";
import { writeWhole } from "../src/cli/write-whole.ts";
import { changeHeadSettings } from "../src/model-file/edit-heads.ts";
import { loadPacked } from "../src/models/loaded-model.ts";

const FILE = "models/minilm-l6-heads/model.safetensors";

let file = new Uint8Array(await readFile(FILE));
const model = await loadPacked(file);
for (const { head, settings, error } of await calibrate(model)) {
  file = await changeHeadSettings(file, head, settings);
  console.log(`${head}: ${JSON.stringify(settings)}, calibration error ${error.map((e) => e.toFixed(4)).join(" → ")}`);
}
await writeWhole(FILE, file);
