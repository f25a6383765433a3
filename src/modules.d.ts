// What a Worker's bundler makes of imported files (the rules in wrangler.toml).
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
declare module "*.safetensors" {
  const bytes: ArrayBuffer;
  export default bytes;
}
declare module "*.onnx" {
  const bytes: ArrayBuffer;
  export default bytes;
}
