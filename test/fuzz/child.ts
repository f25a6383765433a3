// One target's run in a process of its own: tells its parent of progress, and of the outcome in the end.
import { seeded } from "./damage.ts";
import { fuzz, openTarget } from "./targets.ts";

const [name = "", count = "0", seed = "0"] = process.argv.slice(2);
const outcome = await fuzz(await openTarget(name), Number(count), seeded(Number(seed)), (done) =>
  process.send?.({ done }),
);
process.send?.({ outcome });
