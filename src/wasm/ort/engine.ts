// Starts onnxruntime-web's plain wasm build, unforked, from an already compiled module, and says how much memory it holds.
// There is one engine to an isolate and all its sessions share one memory. It knows nothing of models: see ort-session.ts.
import { loadOrt } from "#ort";

/** Bytes of a wasm page. */
const PAGE = 65536;
/** The maximum with which onnxruntime-web's own glue makes its memory. */
const ADDRESS_SPACE = 65536 * PAGE;

/** onnxruntime-web, not yet started, and its compiled module. */
type Ort = Awaited<ReturnType<typeof loadOrt>>;

/** The running engine, of which an isolate has one. */
export interface OrtEngine {
  /** onnxruntime-web's own session class, ready to be used. */
  readonly Session: Ort["InferenceSession"];
  /** Bytes of wasm memory held now. Wasm memory never shrinks: what is freed stays for the next session. */
  readonly bytes: number;
  /** Each live session's maximum; the memory grows no further than the smallest. */
  readonly limits: Set<{ readonly maximum: number }>;
  /** The smallest of `limits`. */
  readonly maximum: number;
}

let engine: Promise<OrtEngine> | undefined;
let last: Promise<unknown> = Promise.resolve();

/** The engine, started by whoever asks first. */
export function ortEngine(): Promise<OrtEngine> {
  engine ??= start().catch((error: unknown) => {
    engine = undefined;
    throw error;
  });
  return engine;
}

/**
 * Runs `work` when all work before it is done. onnxruntime-web keeps addresses on the wasm stack across its own awaits, so two
 * runs that interleave would overwrite each other's.
 */
export function exclusively<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(work);
  last = result.catch(() => {});
  return result;
}

async function start(): Promise<OrtEngine> {
  const ort = await loadOrt();
  const memory = await instantiate(ort);
  const limits = new Set<{ readonly maximum: number }>();
  const running: OrtEngine = {
    Session: ort.InferenceSession,
    limits,
    get bytes() {
      return memory.buffer.byteLength;
    },
    get maximum() {
      return Math.min(ADDRESS_SPACE, ...Array.from(limits, (limit) => limit.maximum));
    },
  };
  // The glue asks for a fifth more than it needs, then for less, and reports std::bad_alloc when every request is refused.
  const grow = memory.grow.bind(memory);
  memory.grow = (pages) => {
    if (running.bytes + pages * PAGE > running.maximum) throw new RangeError("the session's maximum is reached");
    return grow(pages);
  };
  return running;
}

/** Has onnxruntime-web set itself up around `module`, and gives the memory that it made. */
async function instantiate({ module, env, InferenceSession }: Ort): Promise<WebAssembly.Memory> {
  // The package takes bytes only, and a Worker may not compile any. It is handed these instead, which also choose the glue
  // inside the package's bundle; whoever instantiates them gets the module. All other callers pass through.
  const placeholder = new ArrayBuffer(8);
  env.wasm.wasmBinary = placeholder;
  env.wasm.numThreads = 1;
  env.wasm.proxy = false;
  env.logLevel = "fatal";

  let memory: WebAssembly.Memory | undefined;
  const native = WebAssembly.instantiate;
  const shim = new Proxy(native, {
    apply(target, receiver, parameters: [source: unknown, imports?: WebAssembly.Imports]) {
      const [source, imports = {}] = parameters;
      if (!(source instanceof Uint8Array) || source.buffer !== placeholder) {
        return Reflect.apply(target, receiver, parameters);
      }
      restore();
      memory = Object.values(imports)
        .flatMap((namespace) => Object.values(namespace))
        .find((value) => value instanceof WebAssembly.Memory);
      // Not the asynchronous form: in a Worker, a request that ends in the middle would leave every other one waiting.
      return Promise.resolve({ module, instance: new WebAssembly.Instance(module, imports) });
    },
  });
  const restore = () => {
    if (WebAssembly.instantiate === shim) Reflect.set(WebAssembly, "instantiate", native);
  };

  let failure: unknown;
  Reflect.set(WebAssembly, "instantiate", shim);
  try {
    // Creating a session is the package's only way to start; no bytes make no session, once the engine runs.
    await InferenceSession.create(new Uint8Array(0));
  } catch (error) {
    failure = error;
  } finally {
    restore();
  }
  if (!memory) throw failure;
  return memory;
}
