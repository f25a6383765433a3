// One target's run in a process of its own: tells its parent of progress, and of the outcome in the end.
import { seeded } from "./damage.ts";
import { fuzzTarget } from "./fuzz-target.ts";

const [name = "", count = "0", seed = "0"] = process.argv.slice(2);
// The gateway logs every request.
console.log = () => {};
const outcome = await fuzzTarget(name, Number(count), seeded(Number(seed)), (done) => process.send?.({ done }));
process.send?.({ outcome });
