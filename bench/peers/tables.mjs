import { median } from '../support/statistics.mjs';

/** What a core is enough for: requests a second of the bare server, of the others their share of that. */
export function peakTable(contenders, workloads, peaks) {
  const others = contenders.filter(({ key }) => key !== 'bare');
  return {
    title:
      'Requests that a second of processor time is enough for, as a share of what the bare server answers',
    columns: [
      { key: 'bare', title: 'bare node:http, requests' },
      ...others.map(({ key, title }) => ({ key, title })),
      { key: 'best', title: 'gateway to best peer' },
      GOAL,
    ],
    rows: workloads.map(({ name, goal }) => {
      const capacities = (key) => peaks.get(name).get(key).capacities;
      const share = (key, of) => median(capacities(key).map((one, round) => one / capacities(of)[round]));
      const best = others
        .filter(({ key }) => key !== 'gateway')
        .reduce((one, other) => (share(other.key, 'bare') > share(one.key, 'bare') ? other : one));
      const toBare = share('gateway', 'bare');
      const toBest = share('gateway', best.key);
      const rivals = goal.javascript ? others.filter(({ key }) => key !== 'tailcall') : others;
      const toPeer = Math.min(
        ...rivals.filter(({ key }) => key !== 'gateway').map(({ key }) => share('gateway', key)),
      );
      const peer = goal.javascript ? 'best JavaScript peer' : 'best peer';
      const missed = [...(toBare < goal.bare ? ['bare'] : []), ...(toPeer < goal.peer ? [peer] : [])];
      return {
        what: name,
        bare: median(capacities('bare')),
        ...Object.fromEntries(others.map(({ key }) => [key, share(key, 'bare')])),
        best: `${Number(toBest.toPrecision(2))} × ${best.title}`,
        goal: {
          text: `≥ ${goal.bare} of bare, ≥ ${goal.peer} × ${peer}`,
          missed: missed.length === 0 ? '' : `missed: ${missed.join(', ')}`,
        },
      };
    }),
  };
}

/** The medians behind that table, and what was answered by the clock; kept, not shown. */
export function ratesOf(peaks) {
  const medians = ({ capacities, rates }) => ({
    requestsByProcessorSecond: median(capacities),
    requestsBySecond: median(rates),
  });
  return Object.fromEntries(
    [...peaks].map(([name, of]) => [
      name,
      Object.fromEntries([...of].map(([key, values]) => [key, medians(values)])),
    ]),
  );
}

/** Milliseconds at the same load. */
export function latencyTable(contenders, workloads, latencies) {
  return {
    title: 'How long an answer takes while each server gets four fifths of what the slowest one can answer',
    columns: [...contenders.map(({ key, title }) => ({ key, title })), UNIT],
    rows: workloads.flatMap(({ name }) => {
      const { rate, times } = latencies.get(name);
      const row = (which) => ({
        what: `${name}, ${Math.round(rate)} requests/s: ${which}`,
        unit: 'ms',
        ...Object.fromEntries(contenders.map(({ key }) => [key, times.get(key)[which]])),
      });
      return [row('p50'), row('p99')];
    }),
  };
}

/** What concerns the gateway alone. */
export function aloneTable(title, rows) {
  return { title, columns: [{ key: 'gateway', title: 'gateway' }, UNIT, GOAL], rows };
}

const UNIT = { key: 'unit', title: '' };
const GOAL = { key: 'goal', title: 'goal' };
