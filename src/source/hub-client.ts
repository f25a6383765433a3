// The Hub's own client, an optional package that is loaded when a model of the Hub is first asked for.
import { importOptional } from "../optional-package.ts";

/** @throws BertletError `unsupported` if @huggingface/hub is not installed */
export function loadHubClient(): Promise<typeof import("@huggingface/hub")> {
  return importOptional("@huggingface/hub", "reading a model from the Hub", () => import("@huggingface/hub"));
}
