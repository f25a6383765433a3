// bertlet/webhooks: tagging of signed webhooks, with the Durable Objects it needs.
export type { TagBatch, TagMessage, TagQueue } from "./callback.ts";
export { type DeadLetter, DeadLetters, type DeadLettersNamespace } from "./dead-letters.ts";
export { Deliveries, type DeliveriesNamespace } from "./deliveries.ts";
export type { Scheme } from "./schemes.ts";
export { type Delivery, type SignedRequest, signWebhook, verifyWebhook } from "./signatures.ts";
export { createTagging, type Tagging } from "./tagging.ts";
