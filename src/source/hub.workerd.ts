// The Hub in Workers: a Worker has no cache folder, so models are packed beforehand or read from a folder's URL.
import { BertletError } from "../errors.ts";

/** @throws BertletError `not_found` */
export async function openHub(id: string): Promise<never> {
  throw new BertletError(
    "not_found",
    `there is no folder ${id}, and a Worker reads no Hub id: give a URL, such as https://huggingface.co/${id}/resolve/main`,
  );
}
