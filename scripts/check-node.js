// Stops with a sentence if Node.js is too old to run the TypeScript files beside it. Plain JavaScript, so that any Node.js can say so.
const needed = [22, 18];
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  console.error(`bertlet's scripts need Node.js ${needed.join(".")} or newer, and this is ${process.version}.`);
  process.exit(1);
}
