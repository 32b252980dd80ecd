/**
 * `npm run soak -- [--faults N] [--kills N] [--seed N] [--storage sqlite|postgres|both] [--keep-going] [--logs FOLDER]`: a
 * long run of chaos.test.ts. Exit code 1 if something was found.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    faults: { type: 'string', default: '18000' },
    kills: { type: 'string', default: '370' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    storage: { type: 'string', default: 'both' },
    'keep-going': { type: 'boolean', default: false },
    logs: { type: 'string' },
  },
});
const { faults, kills, seed, storage } = values;
process.stdout.write(`${faults} faults and ${kills} kills with seed ${seed}, storage: ${storage}\n`);
if (values.logs !== undefined) mkdirSync(values.logs, { recursive: true });
const { status } = spawnSync(
  'npx',
  ['vitest', 'run', '--project', 'chaos', 'test/soak/chaos.test.ts', '--disable-console-intercept'],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      SOAK_FAULTS: faults,
      SOAK_KILLS: kills,
      SOAK_SEED: seed,
      SOAK_STORAGE: storage,
      SOAK_KEEP_GOING: String(values['keep-going']),
      ...(values.logs !== undefined && { SOAK_LOGS: values.logs }),
    },
  },
);
process.exitCode = status ?? 1;
