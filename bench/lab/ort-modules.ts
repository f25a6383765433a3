// The compiled onnxruntime-web module on a page, which stands in for the project's own "#ort": fetched from where the page is.
export async function loadOrtModule(): Promise<WebAssembly.Module> {
  return WebAssembly.compileStreaming(fetch("/ort.wasm"));
}
