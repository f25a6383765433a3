// What tests see of the Workers runtime beside src/cloudflare.d.ts: the FIXTURES binding of vitest.config.ts.
declare namespace Cloudflare {
  interface Env {
    readonly FIXTURES: { fetch(url: string): Promise<Response> };
  }
}
