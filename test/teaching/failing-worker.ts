// The Worker that teaches, over a store that fails when a test says so: a trigger of its database refuses what is written to one table.
import model from "../../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../../src/http/app.ts";
import { provideModels } from "../../src/http/models/provide.ts";
import { teaching } from "../../src/http/teaching.ts";
import { classify } from "../../src/tasks/classify.ts";
import { HeadStore } from "../../src/teaching/head-store.ts";

const models = provideModels(model);

export class Heads extends HeadStore {
  readonly models = models;

  /** @param table the one that is written in vain; none at all when null */
  failOn(table: string | null): void {
    const { sql } = this.ctx.storage as unknown as { readonly sql: { exec(query: string): void } };
    sql.exec("DROP TRIGGER IF EXISTS failing");
    if (table)
      sql.exec(`CREATE TRIGGER failing BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`);
  }
}

interface Bindings {
  readonly HEADS: { getByName(name: string): { failOn(table: string | null): Promise<void> } };
}

const app = createApp({ model: models, tasks: [classify], teaching });

export default {
  async fetch(request: Request, { HEADS }: Bindings): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname !== "/fail") return app.fetch(request);
    await HEADS.getByName("heads").failOn(searchParams.get("table"));
    return new Response("failing");
  },
};
