// Signatures of webhooks, checked in constant time by the schemes' own libraries: Standard Webhooks (standardwebhooks.com) and GitHub's. It
// sees bytes and headers; what a payload means is others' affair.
import { verify as verifyGitHub } from "@octokit/webhooks-methods";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { sha256 } from "../digest.ts";
import { RequestError } from "../http/errors.ts";

export const SCHEMES = ["standard-webhooks", "github"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** A signed request. */
export interface SignedRequest {
  readonly body: string;
  header(name: string): string | undefined;
}

/** A request whose signature is right. */
export interface Delivery {
  /** The sender's name for the delivery. */
  readonly id: string;
  /** What is the same for every repetition of the delivery and which nobody without the secret can choose. */
  readonly key: string;
}

/**
 * Checks a request against secrets, any of which may have signed it, so that secrets can be changed without a gap.
 * @throws RequestError `invalid_signature`
 * @example
 * const { id } = await verifyWebhook("github", request, ["It's a Secret to Everybody"]);
 */
export function verifyWebhook(scheme: Scheme, request: SignedRequest, secrets: readonly string[]): Promise<Delivery> {
  return VERIFIERS[scheme](request, secrets);
}

/** @throws Error for a secret that cannot be one of the scheme */
export function checkSecret(scheme: Scheme, secret: string): void {
  if (secret === "") throw new Error("it is empty");
  if (scheme === "standard-webhooks") new Webhook(secret);
}

const VERIFIERS: Record<Scheme, (request: SignedRequest, secrets: readonly string[]) => Promise<Delivery>> = {
  "standard-webhooks": verifyStandard,
  github: verifyGitHubDelivery,
};

/** The identifier is signed, and so is the time, which may be five minutes off. */
async function verifyStandard({ body, header }: SignedRequest, secrets: readonly string[]): Promise<Delivery> {
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
  const headers = Object.fromEntries(names.map((name) => [name, header(name) ?? ""]));
  let failure = "";
  for (const secret of secrets) {
    try {
      new Webhook(secret).verify(body, headers, { jsonParse: false });
      const id = headers["webhook-id"]!;
      return { id, key: id };
    } catch (error) {
      if (!(error instanceof WebhookVerificationError)) throw error;
      failure = error.message;
    }
  }
  throw new RequestError("invalid_signature", failure);
}

/** Only the body is signed: whoever has seen a delivery could send it again under another identifier, but not with another body. */
async function verifyGitHubDelivery({ body, header }: SignedRequest, secrets: readonly string[]): Promise<Delivery> {
  const signature = header("x-hub-signature-256") ?? "";
  if (!/^sha256=[0-9a-f]{64}$/.test(signature) || body === "")
    throw new RequestError("invalid_signature", "X-Hub-Signature-256 is missing or no signature");
  for (const secret of secrets) {
    if (await verifyGitHub(secret, body, signature)) {
      const key = await sha256(new TextEncoder().encode(body));
      return { id: header("x-github-delivery") ?? key, key };
    }
  }
  throw new RequestError("invalid_signature", "No matching signature found");
}

/** The headers of Standard Webhooks that sign `body` now. */
export function signWebhook(secret: string, id: string, body: string): Record<string, string> {
  const now = new Date();
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, now, body),
  };
}
