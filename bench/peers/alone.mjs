import { median } from '../support/statistics.mjs';
import { atMost } from './cold.mjs';
import { measurePeaks, targetOf } from './throughput.mjs';

const MAX_TAIL = 3;
const MAX_LOOKUPS = 1.2;

/**
 * What the same IDs cost as keys of `lookupSegments`, and how long answers take at four fifths of the gateway's own
 * peak. The bare server at the same load shows what of that is the load generator's.
 *
 * @param gateway with the requests of both `workloads`, of which the first is vary-100
 * @param peak requests a second of vary-100 that the gateway has answered
 */
export async function measureAlone(load, { gateway, bare, workloads, peak }, { rounds, seconds, progress }) {
  const peaks = await measurePeaks(load, [gateway], workloads, { rounds, seconds, progress });
  const [segments, lookups] = workloads.map(({ name }) => peaks.get(name).get(gateway.key).capacities);
  const ratio = median(segments.map((one, round) => one / lookups[round]));

  const rate = 0.8 * peak;
  const [{ name }] = workloads;
  const tail = async (contender) => {
    const times = [];
    for (let round = 0; round < rounds; round++) {
      times.push(await load.atRate(targetOf(contender, name), rate, seconds, round * 131));
    }
    return { p50: median(times.map(({ p50 }) => p50)), p99: median(times.map(({ p99 }) => p99)) };
  };
  const own = await tail(gateway);
  const floor = await tail(bare);
  progress("the gateway's own peak done");
  const at = `${name}, ${Math.round(rate)} requests/s`;
  return [
    { what: `${name}: processor time`, unit: 'µs', gateway: 1e6 / median(segments) },
    {
      what: 'the same as keys of lookupSegments: processor time',
      unit: 'µs',
      gateway: 1e6 / median(lookups),
    },
    { what: 'lookupSegments to segments', unit: '×', gateway: ratio, goal: atMost(ratio, MAX_LOOKUPS) },
    { what: `${at}, four fifths of the peak: p50`, unit: 'ms', gateway: own.p50 },
    { what: `${at}: p99`, unit: 'ms', gateway: own.p99 },
    { what: 'p99 to p50', unit: '×', gateway: own.p99 / own.p50, goal: atMost(own.p99 / own.p50, MAX_TAIL) },
    { what: `${at}, the bare server: p50`, unit: 'ms', gateway: floor.p50 },
    { what: `${at}, the bare server: p99`, unit: 'ms', gateway: floor.p99 },
  ];
}
