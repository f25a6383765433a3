// What a Worker's bundler makes of the packed file (the rule for *.safetensors in wrangler.toml).
declare const bytes: ArrayBuffer;
export default bytes;
