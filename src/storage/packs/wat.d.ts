/** A module in the text format of WebAssembly, which `build.js` translates. */
declare module '*.wat' {
  /** The binary, in base64. */
  const binary: string;
  export default binary;
}

/** What is used of Node.js's WebAssembly, which `@types/node` leaves to the types of browsers. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: unknown;
    constructor(module: Module);
  }
}
