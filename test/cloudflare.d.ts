// What tests see of the Workers runtime: the FIXTURES binding of vitest.config.ts.
declare module "cloudflare:workers" {
  export const env: { readonly FIXTURES: { fetch(url: string): Promise<Response> } };
}
