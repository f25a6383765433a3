// The version of this library. A test holds it to package.json, which a bundler would carry whole.
export const VERSION = "0.1.0";
