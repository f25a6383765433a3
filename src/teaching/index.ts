// bertlet/teaching: the Durable Object that keeps and teaches heads, and its routes for /openapi.json.
export { HeadStore } from "./head-store.ts";
export { TEACHING_OPERATIONS } from "./schemas.ts";
