import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DeliveryError } from '../delivery/delivery-error.js';
import { readFileName } from '../delivery/file-name.js';
import { checkDelivery, listedAs, unpackedName, type ArrivedFile } from '../delivery/info-check.js';
import { MAX_INFO_LENGTH, readInfoFile, type DeliveryInfo } from '../delivery/info-file.js';
import { CommandError } from './command-error.js';

/** An `.info` file, and the files of its delivery that were read to their end. */
interface Delivery {
  readonly path: string;
  readonly info: DeliveryInfo;
  readonly read: { readonly path: string; readonly file: ArrivedFile }[];
}

/** What the deliveries are, in sentences. */
export interface DeliveriesChecked {
  /** What is wrong with them, or cannot be checked. */
  readonly wrong: readonly string[];
  /** What is well, and how far that was looked at. */
  readonly well: readonly string[];
}

/** Checks files against the `.info` files that came with them. */
export class Deliveries {
  readonly #deliveries: readonly Delivery[];
  /** Why `.info` files that nobody named cannot be used. */
  readonly #unreadable: readonly string[];

  private constructor(deliveries: readonly Delivery[], unreadable: readonly string[]) {
    this.#deliveries = deliveries;
    this.#unreadable = unreadable;
  }

  /**
   * Reads the `.info` files that are named, and those that lie beside the files with the same root name. One that was only
   * found there and cannot be read is no reason not to annotate the files.
   *
   * @throws {CommandError} if one is named that cannot be read
   */
  static async of(files: readonly string[], named: readonly string[]): Promise<Deliveries> {
    const beside = new Set<string>();
    for (const folder of new Set(files.map((file) => dirname(file)))) {
      const roots = new Set(
        files.filter((file) => dirname(file) === folder).map((file) => readFileName(file)?.root),
      );
      for (const name of await namesIn(folder)) {
        const found = readFileName(name);
        if (found?.content === 'INFO' && roots.has(found.root)) beside.add(join(folder, name));
      }
    }
    const deliveries = await Promise.all(Array.from(new Set(named), (path) => readDelivery(path)));
    const unreadable: string[] = [];
    for (const path of beside) {
      if (named.some((each) => join(each) === path)) continue;
      try {
        deliveries.push(await readDelivery(path));
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        unreadable.push(`${error.message} The delivery cannot be checked with it.`);
      }
    }
    return new Deliveries(deliveries, unreadable);
  }

  /** Whether a file is listed, so that its checksum is of use. */
  isListed(path: string): boolean {
    return this.#deliveryOf(path) !== undefined;
  }

  /** Whether a file has the size that a list says, so that nothing of it is cut off. */
  hasListedSize(path: string, bytes: number): boolean {
    const delivery = this.#deliveryOf(path);
    return delivery !== undefined && listedAs(delivery.info, basename(path))?.bytes === bytes;
  }

  /** Notes a file that was read to its end. */
  add(path: string, file: Omit<ArrivedFile, 'name'>): void {
    this.#deliveryOf(path)?.read.push({ path, file: { name: basename(path), ...file } });
  }

  /** Compares what is there with the lists. Of files that were not read, the size is compared. */
  async check(): Promise<DeliveriesChecked> {
    const wrong = [...this.#unreadable];
    const well: string[] = [];
    for (const { path, info, read } of this.#deliveries) {
      const unread = await unreadFiles(path, info, read);
      const problems = checkDelivery(info, [...read.map(({ file }) => file), ...unread]);
      wrong.push(...problems.map((problem) => `${path}: ${problem}`));
      if (problems.length > 0) continue;
      well.push(
        unread.length === 0
          ? 'The delivery is complete, as its .info file lists it.'
          : `All files that ${basename(path)} lists are there. Not read, so that only their sizes were compared: ${unread.map(({ name }) => name).join(', ')}.`,
      );
    }
    return { wrong, well };
  }

  #deliveryOf(path: string): Delivery | undefined {
    const name = basename(path);
    // The same names may be in several folders.
    const near = this.#deliveries.filter((delivery) => dirname(delivery.path) === dirname(path));
    const all = [...near, ...this.#deliveries];
    const listing = all.find(({ info }) => listedAs(info, name) !== undefined);
    if (listing !== undefined) return listing;
    const root = readFileName(name)?.root;
    return root === undefined
      ? undefined
      : all.find((delivery) => readFileName(delivery.path)?.root === root);
  }
}

/** The listed files that are there and were not read. */
async function unreadFiles(path: string, info: DeliveryInfo, read: Delivery['read']): Promise<ArrivedFile[]> {
  const known = new Set(read.map(({ file }) => unpackedName(file.name)));
  const folders = new Set([path, ...read.map((each) => each.path)].map((each) => dirname(each)));
  const unread: ArrivedFile[] = [];
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      if (known.has(unpackedName(name)) || listedAs(info, name) === undefined) continue;
      const found = await stat(join(folder, name)).catch(() => null);
      if (found?.isFile() !== true) continue;
      known.add(unpackedName(name));
      unread.push({ name, bytes: found.size, lines: null, headers: 0, md5: null });
    }
  }
  return unread;
}

async function readDelivery(path: string): Promise<Delivery> {
  try {
    if ((await stat(path)).size > MAX_INFO_LENGTH) {
      throw new DeliveryError('it is too long for an .info file');
    }
    return { path, info: readInfoFile(await readFile(path, 'utf8')), read: [] };
  } catch (error) {
    if (error instanceof DeliveryError) {
      const { message } = error;
      throw new CommandError(`${path}: ${message}${/[.?]$/.test(message) ? '' : '.'}`);
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new CommandError(`${path} cannot be read (${code}): check the path and its permissions.`);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch(() => []);
}
