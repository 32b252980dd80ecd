import { equal, ok } from 'node:assert/strict';
import { median } from '../support/statistics.mjs';

const MIN_REQUESTS = 100;

/**
 * Requests a second of every contender in every workload, round by round: all take their turns within a round,
 * beginning with another one each time, so that what else the machine does falls on all alike.
 *
 * @returns by workload and contender, a value a round: `rates`, by the clock, and `capacities`, the requests that
 * a second of the server's own processor time is enough for. The two differ where other programs took its core,
 * or the load generator could not keep it busy. Where processor time cannot be read, both are by the clock
 */
export async function measurePeaks(load, contenders, workloads, { rounds, seconds, progress }) {
  const measured = tableOf(contenders, workloads, () => ({ rates: [], capacities: [] }));
  for (const { name } of workloads) {
    for (const contender of contenders) await load.peak(targetOf(contender, name), seconds);
  }
  progress('warmed up');
  for (let round = 0; round < rounds; round++) {
    for (const { name } of workloads) {
      for (const contender of rotated(contenders, round)) {
        const { rates, capacities } = measured.get(name).get(contender.key);
        const { rate, capacity } = await peakOnce(load, contender, name, seconds, round * 131);
        rates.push(rate);
        capacities.push(capacity);
      }
    }
    progress(`peaks: round ${round + 1} of ${rounds}`);
  }
  return measured;
}

/**
 * How long answers take while all contenders get the same load: four fifths of the slowest one's peak.
 *
 * @returns by workload: the `rate`, and by contender p50 and p99 in milliseconds, medians over the rounds
 */
export async function measureLatencies(load, contenders, workloads, peaks, { rounds, seconds, progress }) {
  const times = tableOf(contenders, workloads, () => ({ p50: [], p99: [] }));
  const rateOf = (name) =>
    0.8 * Math.min(...contenders.map(({ key }) => median(peaks.get(name).get(key).rates)));
  for (let round = 0; round < rounds; round++) {
    for (const { name } of workloads) {
      const rate = rateOf(name);
      const long = Math.min(Math.max(seconds, MIN_REQUESTS / rate), 4 * seconds);
      for (const contender of rotated(contenders, round)) {
        const { p50, p99 } = await load.atRate(targetOf(contender, name), rate, long, round * 131);
        times.get(name).get(contender.key).p50.push(p50);
        times.get(name).get(contender.key).p99.push(p99);
      }
    }
    progress(`equal load: round ${round + 1} of ${rounds}`);
  }
  return new Map(
    workloads.map(({ name }) => {
      const medians = contenders.map(({ key }) => {
        const { p50, p99 } = times.get(name).get(key);
        return [key, { p50: median(p50), p99: median(p99) }];
      });
      return [name, { rate: rateOf(name), times: new Map(medians) }];
    }),
  );
}

async function peakOnce(load, contender, workload, seconds, offset) {
  const before = await contender.processorSeconds();
  const result = await load.peak(targetOf(contender, workload), seconds, offset);
  const after = await contender.processorSeconds();
  const what = `${contender.title}, ${workload}`;
  equal(result.failed, 0, `${what}: ${result.failed} requests failed`);
  const bytes = result.bytes / result.requests;
  ok(
    bytes >= 0.9 * contender.workloads.get(workload).bytes,
    `${what}: answers of ${Math.round(bytes)} bytes`,
  );
  const rate = result.requests / result.seconds;
  return { rate, capacity: before === null ? rate : result.requests / (after - before) };
}

/** What a `Load` is given to send the requests of a workload to a contender. */
export function targetOf({ port, headers, workloads }, workload) {
  const { file, fresh } = workloads.get(workload);
  return { port, headers, file, fresh };
}

function tableOf(contenders, workloads, create) {
  return new Map(workloads.map(({ name }) => [name, new Map(contenders.map(({ key }) => [key, create()]))]));
}

function rotated(items, by) {
  const from = by % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}
