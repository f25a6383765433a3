// Webhook tagging as a Worker of its own: deliveries, and the consumer of its queues.
import model from "../models/minilm-l6-heads/model.safetensors";
import { createApp } from "../src/http/app.ts";
import { apiDocs } from "../src/http/openapi/api-docs.ts";
import { teaching } from "../src/http/teaching.ts";
import { createTagging } from "../src/webhooks/tagging.ts";

export { DeadLetters } from "../src/webhooks/dead-letters.ts";
export { Deliveries } from "../src/webhooks/deliveries.ts";

const tagging = createTagging();
const app = createApp({ model, groups: tagging.groups, teaching, docs: apiDocs });

export default { fetch: app.fetch, queue: tagging.queue };
