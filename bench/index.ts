// npm run bench: every benchmark, or the named ones. They print tables; docs/benchmarks.md keeps the last ones.
import { cpus } from "node:os";
import { run as against } from "./against.ts";
import { run as batch } from "./batch.ts";
import { run as bertBase } from "./bert-base.ts";
import { run as calibration } from "./calibration.ts";
import { run as cascade } from "./cascade.ts";
import { run as cascadeLearning } from "./cascade-learning.ts";
import { run as cold } from "./cold.ts";
import { run as contrastive, SEEN, UNSEEN } from "./contrastive.ts";
import { run as decide } from "./decide.ts";
import { run as decideQuality } from "./decide-quality.ts";
import { run as engines } from "./engines.ts";
import { run as fair } from "./fair.ts";
import { run as generation } from "./generation.ts";
import { run as heads } from "./heads.ts";
import { run as kernels } from "./kernels.ts";
import { chromium } from "./lab/chromium.ts";
import { node } from "./lab/node.ts";
import { workerd } from "./lab/workerd.ts";
import { run as load } from "./load.ts";
import { run as mislabelled } from "./mislabelled.ts";
import { run as multilingual } from "./multilingual.ts";
import { run as outOfScope } from "./out-of-scope.ts";
import { run as quality } from "./quality.ts";
import { run as revectorization } from "./revectorization.ts";
import { run as stages } from "./stages.ts";
import { run as teach } from "./teach.ts";
import { run as teachHttp } from "./teach-http.ts";
import { run as threads } from "./threads.ts";
import { run as tokenizer } from "./tokenizer.ts";
import { run as tokenizerRelatives } from "./tokenizer-relatives.ts";
import { run as understand } from "./understand.ts";

const BENCHMARKS: Readonly<Record<string, () => Promise<void>>> = {
  engines: () => engines(workerd),
  "engines-node": () => engines(node),
  "engines-chromium": () => engines(chromium),
  batch,
  threads,
  heads,
  understand,
  "bert-base": bertBase,
  generation,
  cold,
  load,
  fair,
  teach,
  contrastive: () => contrastive(SEEN),
  "contrastive-unseen": () => contrastive(UNSEEN),
  decide,
  cascade,
  "cascade-learning": cascadeLearning,
  mislabelled,
  "decide-quality": decideQuality,
  "teach-http": teachHttp,
  tokenizer,
  "tokenizer-relatives": tokenizerRelatives,
  kernels,
  stages,
  revectorization,
  "out-of-scope": outOfScope,
  calibration,
  multilingual,
  quality,
};

// The only benchmark with an argument: npm run bench -- against ../other-checkout
const [first, folder] = process.argv.slice(2);
const names = first === "against" ? [] : process.argv.slice(2);
const unknown = names.find((name) => !Object.hasOwn(BENCHMARKS, name));
if (unknown) {
  console.error(`there is no benchmark ${unknown}; there are ${Object.keys(BENCHMARKS).join(", ")}`);
  process.exit(2);
}
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model ?? "unknown processor"}, Node ${process.version}`,
);
if (first === "against") await against(folder);
else for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) await BENCHMARKS[name]!();
