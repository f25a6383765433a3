// Which code answers: the version of this package and, on Cloudflare, of the deployment.
import * as v from "valibot";
import { VERSION } from "../version.ts";

const metadataSchema = v.object({ id: v.string() });

/** Bind version metadata as CF_VERSION_METADATA, and a new deployment never serves cached answers of an old one. */
export function buildId({ CF_VERSION_METADATA }: Readonly<Record<string, unknown>>): string {
  const deployment = v.safeParse(metadataSchema, CF_VERSION_METADATA);
  return deployment.success ? `${VERSION} ${deployment.output.id}` : VERSION;
}
