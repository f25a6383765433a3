// Verifies signed webhooks: Standard Webhooks (standardwebhooks.com) by its own library, all other schemes by the table in schemes.ts.
// Signatures are compared in constant time. What a payload means is not decided here.
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { sha256 } from "../digest.ts";
import { RequestError } from "../http/errors.ts";
import { type HmacScheme, hmacScheme, type Scheme } from "./schemes.ts";

/** Looks up a request header. */
export type HeaderLookup = (name: string) => string | undefined;

/** A signed request. */
export interface SignedRequest {
  readonly body: string;
  readonly header: HeaderLookup;
}

/** A request whose signature is right. */
export interface Delivery {
  /** The sender's name for the delivery. */
  readonly id: string;
  /** The same for every repetition of the delivery; nobody without the secret can choose it. */
  readonly key: string;
}

// How far the signed time may be from now, into the past and into the future.
const TOLERANCE_SECONDS = 300;

/**
 * Refuses what cannot be a signed request by its headers alone, before its body is read: signature headers are missing, or the time that
 * they state is not now.
 * @throws RequestError `invalid_signature`
 */
export function checkSignatureHeaders(scheme: Scheme, header: HeaderLookup): void {
  const hmac = hmacScheme(scheme);
  if (hmac) readHmacHeaders(hmac, header);
  else readStandardHeaders(header);
}

/**
 * Checks a request against secrets. Any of them may have signed it, so that secrets can be changed without a gap.
 * @throws RequestError `invalid_signature`
 * @example
 * const { id } = await verifyWebhook("github", request, ["It's a Secret to Everybody"]);
 */
export function verifyWebhook(scheme: Scheme, request: SignedRequest, secrets: readonly string[]): Promise<Delivery> {
  const hmac = hmacScheme(scheme);
  return hmac ? verifyHmac(hmac, request, secrets) : verifyStandard(request, secrets);
}

/** @throws Error for a secret that the scheme cannot have */
export function checkSecret(scheme: Scheme, secret: string): void {
  if (secret === "") throw new Error("it is empty");
  if (scheme === "standard-webhooks") new Webhook(secret);
}

/** The identifier and the time are signed. */
async function verifyStandard({ body, header }: SignedRequest, secrets: readonly string[]): Promise<Delivery> {
  const headers = readStandardHeaders(header);
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
  throw invalid(failure);
}

const STANDARD_HEADERS = ["id", "timestamp", "signature"];

/** The three headers under their standard names; Svix and its customers send `svix-*`. */
function readStandardHeaders(header: HeaderLookup): Record<string, string> {
  const prefix = ["webhook", "svix"].find((prefix) => STANDARD_HEADERS.every((name) => header(`${prefix}-${name}`)));
  if (!prefix) throw invalid("the headers webhook-id, webhook-timestamp and webhook-signature are needed");
  checkTime(header(`${prefix}-timestamp`)!);
  return Object.fromEntries(STANDARD_HEADERS.map((name) => [`webhook-${name}`, header(`${prefix}-${name}`)!]));
}

/** Whoever has seen a delivery could send it again, but not with another body: the body's hash is what identifies it. */
async function verifyHmac(
  scheme: HmacScheme,
  { body, header }: SignedRequest,
  secrets: readonly string[],
): Promise<Delivery> {
  const { signatures, timestamp } = readHmacHeaders(scheme, header);
  if (body === "") throw invalid("there is no body");
  // A function, because a replacement text would interpret "$".
  const signed = scheme.signed.replace("{timestamp}", timestamp).replace("{body}", () => body);
  for (const secret of secrets) {
    if (await isSigned(signed, signatures, secret)) {
      const key = await sha256(new TextEncoder().encode(body));
      return { id: (scheme.id && header(scheme.id)) || key, key };
    }
  }
  throw invalid(`${scheme.signature.header} is not the signature of this body`);
}

/** The signatures' bytes, and the time that is signed with them. */
function readHmacHeaders(scheme: HmacScheme, header: HeaderLookup) {
  const signatures = readItems(scheme.signature, header).filter((value) => /^[0-9a-f]{64}$/.test(value));
  if (signatures.length === 0) throw invalid(`${scheme.signature.header} is missing, or is not a signature`);
  const timestamp = scheme.timestamp ? (readItems(scheme.timestamp, header)[0] ?? "") : "";
  if (scheme.timestamp) checkTime(timestamp);
  return { signatures: signatures.map(fromHexadecimal), timestamp };
}

/** The values of a header that stand behind the prefix. */
function readItems({ header: name, prefix, list }: HmacScheme["signature"], header: HeaderLookup): string[] {
  const value = header(name) ?? "";
  const items = list ? value.split(",").map((item) => item.trim()) : [value];
  return items.filter((item) => item.startsWith(prefix)).map((item) => item.slice(prefix.length));
}

/** @throws RequestError `invalid_signature` */
function checkTime(timestamp: string): void {
  if (!/^\d{1,12}$/.test(timestamp)) throw invalid("the timestamp is missing, or is not one");
  const now = Math.floor(Date.now() / 1000);
  if (Math.abs(now - Number(timestamp)) > TOLERANCE_SECONDS)
    throw invalid(`the timestamp is more than ${TOLERANCE_SECONDS} seconds off`);
}

async function isSigned(
  text: string,
  signatures: readonly Uint8Array<ArrayBuffer>[],
  secret: string,
): Promise<boolean> {
  const encode = (text: string) => new TextEncoder().encode(text);
  const key = await crypto.subtle.importKey("raw", encode(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "verify",
  ]);
  const checks = signatures.map((signature) => crypto.subtle.verify("HMAC", key, signature, encode(text)));
  return (await Promise.all(checks)).includes(true);
}

function fromHexadecimal(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

function invalid(message: string): RequestError {
  return new RequestError("invalid_signature", message);
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
