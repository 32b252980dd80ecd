import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** A file of the program that runs, or has run. */
interface LoadedFile {
  readonly module: { exports: unknown; readonly require: (id: string) => unknown };
  readonly script: Script;
  readonly source: Buffer;
}

type Wrapper = (
  exports: unknown,
  require: (id: string) => unknown,
  module: LoadedFile['module'],
  filename: string,
  folder: string,
) => void;

/** Two checksums: of the source that was compiled, and of what follows. */
const HEADER_BYTES = 8;

/**
 * Loads the files of the built program, which are CommonJS, with the code that V8 compiled of them before: `X.cache` beside
 * `X`, as `saveCompiled` writes it. Compiling takes more than half of a start, and Node.js 20 caches nothing by itself.
 *
 * What is not there, is damaged, or is of another source, Node.js or processor is not used: then V8 compiles the source. Only
 * the build writes, so compiled code is trusted as much as the source beside it. See decision 0052.
 */
export class CompiledProgram {
  readonly #files = new Map<string, LoadedFile>();
  readonly #requirePackage: (id: string) => unknown;

  /** @param folder absolute path of the folder with the built program */
  constructor(readonly folder: string) {
    this.#requirePackage = createRequire(join(folder, 'package.json'));
  }

  /**
   * Runs a file, once.
   *
   * @param path in the folder
   * @returns what it exports
   */
  load(path: string): unknown {
    return this.#load(join(this.folder, path));
  }

  /** Writes the code that has been compiled of the files that are loaded: also of functions that have been called. */
  saveCompiled(): void {
    for (const [file, { script, source }] of this.#files) writeCompiled(file, script, source);
  }

  /** Compiles a file without running it, and writes what was compiled. */
  compileOnly(path: string): void {
    const file = join(this.folder, path);
    const { script, source } = compile(file);
    writeCompiled(file, script, source);
  }

  #load(file: string): unknown {
    const known = this.#files.get(file);
    if (known !== undefined) return known.module.exports;
    const folder = dirname(file);
    const require = (id: string): unknown =>
      id.startsWith('.') ? this.#load(join(folder, id)) : this.#requirePackage(id);
    const module: LoadedFile['module'] = { exports: {}, require };
    const { script, source } = compile(file);
    // Before it runs, because files that need each other get what is exported so far.
    this.#files.set(file, { module, script, source });
    const wrapper = script.runInThisContext() as Wrapper;
    try {
      wrapper.call(module.exports, module.exports, require, module, file, folder);
    } catch (error) {
      // Who loads it again gets the error again, not what it exported before.
      this.#files.delete(file);
      throw error;
    }
    return module.exports;
  }
}

function compile(file: string): Pick<LoadedFile, 'script' | 'source'> {
  const source = readFileSync(file);
  const cachedData = readCompiled(file, source);
  // In the first line of the source, so that stack traces have the lines of the file.
  const text = `(function (exports, require, module, __filename, __dirname) {${source.toString()}\n})`;
  const script = new Script(text, {
    filename: file,
    ...(cachedData === null ? {} : { cachedData }),
  });
  return { script, source };
}

/** @returns `null` if there is none of this source. V8 itself refuses what another version has compiled. */
function readCompiled(file: string, source: Buffer): Buffer | null {
  let data: Buffer;
  try {
    data = readFileSync(`${file}.cache`);
  } catch {
    return null;
  }
  if (data.length <= HEADER_BYTES || data.readUInt32LE(0) !== crc32(source)) return null;
  const compiled = data.subarray(HEADER_BYTES);
  return data.readUInt32LE(4) === crc32(compiled) ? compiled : null;
}

function writeCompiled(file: string, script: Script, source: Buffer): void {
  const compiled = script.createCachedData();
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(crc32(source), 0);
  header.writeUInt32LE(crc32(compiled), 4);
  writeFileSync(`${file}.cache`, Buffer.concat([header, compiled]));
}
