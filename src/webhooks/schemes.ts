// How senders sign, as data: a sender that signs with an HMAC is one row here and one official vector in test/webhooks/signatures.test.ts.

/** A signature over the body, and perhaps the time, by a shared secret. */
export interface HmacScheme {
  /** Where the signature is, in hexadecimal after this prefix. `list` is for a header of several `name=value` items with commas between. */
  readonly signature: { readonly header: string; readonly prefix: string; readonly list?: true };
  /** What is signed. */
  readonly signed: "{body}" | `${string}{timestamp}${string}{body}`;
  /** Where the time of sending is, in seconds since 1970; undefined if it is not signed. */
  readonly timestamp?: { readonly header: string; readonly prefix: string; readonly list?: true };
  /** The header with the sender's name for a delivery, which is not signed. */
  readonly id?: string;
  /** The `type` of a payload whose `challenge` has to be sent back when an address is registered. */
  readonly challenge?: string;
}

export const HMAC_SCHEMES = {
  // docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
  github: {
    signature: { header: "x-hub-signature-256", prefix: "sha256=" },
    signed: "{body}",
    id: "x-github-delivery",
  },
  // docs.slack.dev/authentication/verifying-requests-from-slack
  slack: {
    signature: { header: "x-slack-signature", prefix: "v0=" },
    signed: "v0:{timestamp}:{body}",
    timestamp: { header: "x-slack-request-timestamp", prefix: "" },
    challenge: "url_verification",
  },
  // docs.stripe.com/webhooks#verify-manually
  stripe: {
    signature: { header: "stripe-signature", prefix: "v1=", list: true },
    signed: "{timestamp}.{body}",
    timestamp: { header: "stripe-signature", prefix: "t=", list: true },
  },
} as const satisfies Record<string, HmacScheme>;

export const SCHEMES = ["standard-webhooks", ...(Object.keys(HMAC_SCHEMES) as (keyof typeof HMAC_SCHEMES)[])] as const;
export type Scheme = "standard-webhooks" | keyof typeof HMAC_SCHEMES;

/** The row of a scheme; undefined for Standard Webhooks, which has a library of its own. */
export function hmacScheme(scheme: Scheme): HmacScheme | undefined {
  return scheme === "standard-webhooks" ? undefined : HMAC_SCHEMES[scheme];
}
