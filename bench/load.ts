// The gateway under more than it can do, as it is deployed, in a real workerd: what one isolate sustains, then a minute at four times that
// rate. Counts by status, times of the answers that were accepted, and the process's memory.
import { bundle, type Deployed, start } from "../test/load/deployed.ts";
import { type Offered, type OfferOptions, offer } from "../test/load/offer.ts";
import { printTable } from "./table.ts";

const SUSTAINED = { connections: 4, until: { seconds: 10 } };
const OVERLOAD = { connections: 400, until: { seconds: 60 } };
const TIMES = 4;

export async function run(): Promise<void> {
  const gateway = await start(await bundle());
  try {
    // The first requests load the model and warm its code up.
    await offer(gateway.url, { ...SUSTAINED, until: { seconds: 3 } });
    const sustained = await watched(gateway, SUSTAINED);
    const rate = Math.round((TIMES * sustained.offered.accepted.length) / sustained.offered.seconds);
    const overload = await watched(gateway, { ...OVERLOAD, rate });
    printTable(
      "The gateway's /classify in workerd, 16 tokens a text, no two alike (ms; memory of the process in MB)",
      ["", "answers/s", "200/s", "429/s", "503/s", "others", "unanswered", "p50", "p99", "start", "middle", "end"],
      [
        rowOf(`${SUSTAINED.connections} connections, ${SUSTAINED.until.seconds} s`, sustained),
        rowOf(`${OVERLOAD.connections} connections, ${rate}/s, ${OVERLOAD.until.seconds} s`, overload),
      ],
    );
  } finally {
    await gateway.close();
  }
}

interface Watched {
  readonly offered: Offered;
  /** Bytes at the start, in the middle and at the end. */
  readonly memory: readonly number[];
}

async function watched(
  worker: Deployed,
  options: OfferOptions & { readonly until: { readonly seconds: number } },
): Promise<Watched> {
  const first = await worker.memory();
  const middle = new Promise((done) => setTimeout(done, 500 * options.until.seconds)).then(() => worker.memory());
  const offered = await offer(worker.url, options);
  return { offered, memory: [first, await middle, await worker.memory()] };
}

function rowOf(name: string, { offered, memory }: Watched): (string | number)[] {
  const { statuses, accepted, seconds, unanswered } = offered;
  const answered = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  const known = [200, 429, 503].map((status) => statuses.get(status) ?? 0);
  const others = answered - known.reduce((sum, count) => sum + count, 0);
  const rates = [answered, ...known].map((count) => `${Math.round(count / seconds)}`);
  const quantile = (part: number) => accepted[Math.floor(part * accepted.length)] ?? Number.NaN;
  return [
    name,
    ...rates,
    `${others}`,
    `${unanswered}`,
    quantile(0.5),
    quantile(0.99),
    ...memory.map((bytes) => bytes / 1e6),
  ];
}
