// What differs between runtimes. package.json ("#runtime") chooses one of the files beside this one, each of which exports exactly this.

export interface Runtime {
  /** Variables, secrets and bindings, known before the first request. */
  readonly environment: Readonly<Record<string, unknown>>;
  /** Keeps the request that is being served alive for this promise, even after its client has gone. */
  readonly waitUntil: (promise: Promise<unknown>) => void;
  readonly Sha256: new () => StreamingHash;
}

/** SHA-256 of bytes that arrive in pieces. */
export interface StreamingHash {
  update(bytes: Uint8Array): Promise<void>;
  /** In hexadecimal. */
  digest(): Promise<string>;
}
