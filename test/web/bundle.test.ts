import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const WEB = 'dist/web';

/** The files that a page loads, and those that these import, also later. */
async function filesOf(page: string): Promise<string[]> {
  const found = new Set<string>();
  const follow = async (text: string): Promise<void> => {
    for (const [, name = ''] of text.matchAll(
      /["'`](?:\/assets\/|assets\/|\.\/)([\w.-]+\.(?:js|css))["'`]/g,
    )) {
      if (found.has(name)) continue;
      found.add(name);
      await follow(await readFile(join(WEB, 'assets', name), 'utf8'));
    }
  };
  await follow(await readFile(join(WEB, page), 'utf8'));
  return [...found];
}

describe('the page', () => {
  it('has less than 150 kB of compressed JavaScript, with all views', async () => {
    const names = (await filesOf('index.html')).filter((name) => name.endsWith('.js'));
    const sizes = await Promise.all(
      names.map(async (name) => gzipSync(await readFile(join(WEB, 'assets', name))).length),
    );
    expect(names.length).toBeGreaterThan(5);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
  });

  it('contains nothing of the explorer', async () => {
    const text = await Promise.all(
      (await filesOf('index.html')).map((name) => readFile(join(WEB, 'assets', name), 'utf8')),
    );
    expect(text.join('\n')).not.toMatch(/monaco|graphiql|react-dom/i);
  });

  it('has compressed files with the same content', async () => {
    const names = await readdir(join(WEB, 'assets'));
    const compressed = names.filter((name) => /\.(?:br|gz)$/.test(name));
    expect(compressed.length).toBeGreaterThan(10);
    for (const name of compressed) {
      const content = await readFile(join(WEB, 'assets', name));
      const original = await readFile(join(WEB, 'assets', name.replace(/\.(?:br|gz)$/, '')));
      const unpacked = name.endsWith('.br') ? brotliDecompressSync(content) : gunzipSync(content);
      expect(unpacked.equals(original), name).toBe(true);
    }
  });
});
