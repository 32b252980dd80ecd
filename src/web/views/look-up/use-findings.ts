import { useClient, type Client } from '@urql/preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { useApp } from '../../app/app-context.js';
import { problemOf, problemOfCode, type Problem } from '../../app/problem.js';
import { useStore } from '../../app/store.js';
import {
  LookUpAnywhereDocument,
  LookUpInDestinationDocument,
  type LookUpAnywhereQuery,
  type LookUpInDestinationQuery,
  type LookUpSegmentFragment,
  type SegmentIdType,
} from '../../generated/operations.js';

/** How many IDs are asked for at once. The first names are there soon, and no request costs much. */
const AT_ONCE = 200;

/** Where IDs are looked up. */
export interface Scope {
  /** `null`: in all destinations. */
  readonly destinationId: string | null;
  /** `null`: of whichever customer has the destination. */
  readonly customerId: string | null;
}

/** A segment that an ID may stand for. */
export interface Match {
  readonly segment: LookUpSegmentFragment;
  readonly idType: SegmentIdType | null;
}

/** A destination that could not be looked into. */
export type Unread = NonNullable<LookUpAnywhereQuery['findSegments']>['unread'][number];

/** What was found out about an ID. */
export interface Finding {
  /**
   * `unknown`: no destination has it, as far as they were read last. `unchecked`: not all could be looked into, so nobody
   * can say.
   */
  readonly outcome: 'found' | 'ambiguous' | 'unknown' | 'unchecked' | 'failed';
  /** The segment, or those that it may be. The first of each segment come first. */
  readonly matches: readonly Match[];
  /** Number of different segments. */
  readonly segmentCount: number;
  /** Number of matches, also of those that are not in `matches`. */
  readonly matchCount: number;
  /** The destinations that could not be looked into for it: it may be the ID of a segment there too. */
  readonly unread: readonly Unread[];
  /** Why it could not be looked up. */
  readonly problem: Problem | null;
}

/** What was found out about IDs so far. */
export interface Findings {
  readonly byId: ReadonlyMap<string, Finding>;
  /** The destinations that could not be looked into for some of the IDs. */
  readonly unread: readonly Unread[];
  readonly isLoading: boolean;
  readonly problem: Problem | null;
  /** Looks those up that nothing is known of yet. */
  readonly goOn: () => void;
  /** Looks those up again for which some destinations could not be looked into. */
  readonly retryUnread: () => void;
  /** Looks all of them up again. */
  readonly refresh: () => void;
}

type Known = ReadonlyMap<string, Finding>;

const NOTHING: Known = new Map();

const NONE: readonly Unread[] = [];

/** Looks IDs up, some at once. What was found is kept while further IDs are added. */
export function useFindings(ids: readonly string[], { destinationId, customerId }: Scope): Findings {
  const client = useClient();
  const { connection } = useApp();
  const returns = useStore(connection.returns);
  const [round, setRound] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const place = JSON.stringify([destinationId, customerId, round]);
  const [state, setState] = useState({ place, client, known: NOTHING });
  const [isLoading, setLoading] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const known = state.place === place && state.client === client ? state.known : NOTHING;
  const asked = ids.join('\n');

  useEffect(() => {
    const missing = ids.filter((id) => !known.has(id));
    setProblem(null);
    if (missing.length === 0) {
      setLoading(false);
      return;
    }
    let isGivenUp = false;
    setLoading(true);
    let sum = known;
    /** @returns whether all of them were looked up */
    const lookAll = async (wanted: readonly string[]): Promise<boolean> => {
      for (let from = 0; from < wanted.length; from += AT_ONCE) {
        const found = await lookUp(client, wanted.slice(from, from + AT_ONCE), { destinationId, customerId });
        if (isGivenUp) return false;
        if ('problem' in found) {
          setProblem(found.problem);
          return false;
        }
        sum = new Map([...sum, ...found.byId]);
        setState({ place, client, known: sum });
      }
      return true;
    };
    const look = async (): Promise<void> => {
      if (await lookAll(missing)) await lookAll(readSince(missing, sum));
      if (!isGivenUp) setLoading(false);
    };
    void look();
    return () => {
      isGivenUp = true;
    };
  }, [asked, place, client, returns, attempt]);

  const goOn = (): void => setAttempt(attempt + 1);
  return {
    byId: known,
    unread: useMemo(() => unreadFor(ids, known), [ids, known]),
    isLoading,
    problem,
    goOn,
    retryUnread: () => {
      setState({ place, client, known: new Map([...known].filter(([, { unread }]) => unread.length === 0)) });
      goOn();
    },
    refresh: () => setRound(round + 1),
  };
}

/** The IDs for which a destination could not be looked into that was read while further IDs were looked up. */
function readSince(ids: readonly string[], known: Known): string[] {
  const last = known.get(ids.at(-1) ?? '')?.unread ?? NONE;
  const stillUnread = new Set(last.map(({ id }) => id));
  return ids.filter((id) => known.get(id)?.unread.some((each) => !stillUnread.has(each.id)) === true);
}

function unreadFor(ids: readonly string[], known: Known): readonly Unread[] {
  // IDs that were looked up together share their list.
  const lists = new Set(ids.map((id) => known.get(id)?.unread ?? NONE));
  return [...new Map([...lists].flat().map((each) => [each.id, each])).values()];
}

async function lookUp(
  client: Client,
  ids: string[],
  scope: Scope,
): Promise<{ readonly byId: Known } | { readonly problem: Problem }> {
  const { destinationId, customerId } = scope;
  if (destinationId === null) {
    const { data, error } = await client
      .query(LookUpAnywhereDocument, { ids }, { requestPolicy: 'network-only' })
      .toPromise();
    const found = data?.findSegments;
    if (found === undefined || found === null) return { problem: problemOfFailure(error) };
    const { results, unread } = found;
    return {
      byId: inOrder(
        ids,
        results.map((result) => findingAnywhere(result, unread)),
      ),
    };
  }
  const keys = ids.map((segmentId) => ({ segmentId, destinationId, customerId }));
  const { data, error } = await client
    .query(LookUpInDestinationDocument, { keys }, { requestPolicy: 'network-only' })
    .toPromise();
  const results = data?.lookupSegments;
  if (results === undefined || results === null) return { problem: problemOfFailure(error) };
  return { byId: inOrder(ids, results.map(findingInDestination)) };
}

/** What was found of IDs, by them. Answers are in the order of the IDs, and repeat only the beginning of a long one. */
function inOrder(ids: readonly string[], findings: readonly Finding[]): Known {
  return new Map(findings.map((finding, index) => [ids[index] ?? '', finding]));
}

function problemOfFailure(error: Parameters<typeof problemOf>[0] | undefined): Problem {
  return error === undefined ? problemOfCode(null, null) : problemOf(error);
}

type Anywhere = NonNullable<LookUpAnywhereQuery['findSegments']>['results'][number];

function findingAnywhere(
  { segmentCount, matchCount, matches, error }: Anywhere,
  unread: readonly Unread[],
): Finding {
  const counts = { matches, segmentCount, matchCount, unread };
  if (error !== null)
    return { ...counts, outcome: 'failed', problem: problemOfCode(error.code, error.message) };
  return { ...counts, outcome: outcomeOf(segmentCount, unread), problem: null };
}

function outcomeOf(segmentCount: number, unread: readonly Unread[]): Finding['outcome'] {
  if (segmentCount === 0) return unread.length > 0 ? 'unchecked' : 'unknown';
  return segmentCount === 1 ? 'found' : 'ambiguous';
}

type InDestination = NonNullable<LookUpInDestinationQuery['lookupSegments']>[number];

const OUTCOMES = {
  FOUND: 'found',
  AMBIGUOUS: 'ambiguous',
  UNKNOWN: 'unknown',
  UNCHECKED: 'unchecked',
  FAILED: 'failed',
} as const;

function findingInDestination({ status, segment, idType, candidates, error }: InDestination): Finding {
  const segments = segment === null ? candidates : [segment];
  return {
    outcome: OUTCOMES[status],
    matches: segments.map((each) => ({ segment: each, idType })),
    segmentCount: segments.length,
    matchCount: segments.length,
    unread: NONE,
    problem: error === null ? null : problemOfCode(error.code, error.message),
  };
}
