// What the Workers runtime gives beside a request: variables, secrets and bindings, known before the first request comes; and work
// that outlives a request.
export { env as environment, waitUntil } from "cloudflare:workers";
