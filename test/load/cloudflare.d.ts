// What tests of load use of the Workers runtime's own module, beside what src/cloudflare.d.ts tells.
declare module "cloudflare:workers" {
  export abstract class WorkerEntrypoint {
    readonly env: Cloudflare.Env;
  }
}
