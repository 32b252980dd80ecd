import { describe, it } from 'vitest';
import { postgresServer } from '../storage/support.js';
import { soakSettings } from './options.js';
import { soak } from './soak.js';

const { faults, kills, seed, storages, keepGoing, logs } = soakSettings(process.env);

/** Several minutes more than a fault takes, so that only a run that stands still ends for it. */
const TIMEOUT_MS = 300_000 + faults * 200;

describe.concurrent('while Audience Manager, the storage and gateways fail again and again', () => {
  for (const storage of storages) {
    it.skipIf(storage === 'postgres' && postgresServer === null)(
      `names stay true, with ${storage}`,
      { timeout: TIMEOUT_MS },
      async ({ expect }) => {
        const report = await soak({
          faults: Math.round(faults / storages.length),
          kills: Math.round(kills / storages.length),
          seed,
          storage,
          keepGoing,
          logs,
          onProgress: (line) => void process.stdout.write(`${line}\n`),
        });
        const { violations, ...counts } = report;
        process.stdout.write(`${storage}: ${JSON.stringify(counts)}\n`);
        expect(violations, `seed ${seed}: npm run soak -- --seed ${seed} --storage ${storage}`).toBe('');
      },
    );
  }
});
