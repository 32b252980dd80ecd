import { seededRandom } from '../sample-segments.js';
import type { SimulatorDestination } from '../types.js';
import type { OutboundUser, Qualification } from './types.js';

/** Which users are made up. */
export interface UserOptions {
  readonly count: number;
  /** Starts the random numbers: the same seed gives the same users. */
  readonly seed: number;
  /** The time of the latest qualification, in milliseconds since the epoch. */
  readonly at: number;
  /** Whether users leave segments too. */
  readonly leaving: boolean;
}

const HOUR_MS = 3_600_000;
const MAX_ENTERED = 5;
const MAX_LEFT = 2;
const GOOGLE_DPID = 20914;
const APPLE_DPID = 20915;

/** A test segment of Audience Lab: it has an ID of its own, and no listing of a destination has it. */
const LAB_SEGMENT = 9_000_001;

/**
 * Makes up users with segments of a destination. Each enters at least one. About one in ten has a segment that no listing
 * has, as a test segment of Audience Lab.
 */
export function sampleUsers(destination: SimulatorDestination, options: UserOptions): OutboundUser[] {
  const random = seededRandom(options.seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const ids = sentIds(destination);
  const at = (): number => options.at - below(HOUR_MS);
  const sends = (id: string, entered: boolean): Qualification => ({ id, entered, at: at() });
  return Array.from({ length: options.count }, () => {
    const wanted = 1 + below(MAX_ENTERED) + (options.leaving ? below(MAX_LEFT + 1) : 0);
    const chosen = new Set<string>();
    for (let tries = 0; tries < wanted && ids.length > 0; tries++) chosen.add(ids[below(ids.length)] ?? '');
    const lab = random() < 0.1 ? [labId(destination)] : [];
    const all = [...chosen, ...lab];
    const entered = options.leaving ? Math.max(1, all.length - below(MAX_LEFT + 1)) : all.length;
    return {
      uuid: digits(38, random),
      partnerId: partnerId(destination.outbound?.masterDpid ?? GOOGLE_DPID, random),
      segments: all.map((id, index) => sends(id, index < entered)),
    };
  });
}

/** The identifiers that the data of a destination carry. Deleted segments are not sent. */
export function sentIds({ outbound, mappings }: SimulatorDestination): string[] {
  return mappings.flatMap(({ mappingId, sid, alias, status }) => {
    const byKind = { sid, alias, mapping: mappingId };
    const id = byKind[outbound?.ids ?? 'sid'] ?? '';
    return status === 'deleted' || id === '' ? [] : [String(id)];
  });
}

function labId({ outbound }: SimulatorDestination): string {
  return outbound?.ids === 'alias' ? `lab-${LAB_SEGMENT}` : String(LAB_SEGMENT);
}

function partnerId(masterDpid: number, random: () => number): string {
  if (masterDpid !== GOOGLE_DPID && masterDpid !== APPLE_DPID) return `u${digits(12, random)}`;
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  const id = hex.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return masterDpid === APPLE_DPID ? id.toUpperCase() : id;
}

function digits(length: number, random: () => number): string {
  return Array.from({ length }, () => Math.floor(random() * 10)).join('');
}
