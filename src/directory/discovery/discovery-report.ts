import { AudienceManagerError } from '../../audience-manager/index.js';
import type { Logger } from '../../telemetry/logs.js';
import type { Metrics } from '../../telemetry/metrics.js';
import type { ListOutcome } from './discovery-state.js';

interface ReportServices {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Why a list could not be read, as it is kept and shown. */
export interface DiscoveryFailure {
  readonly code: string;
  readonly message: string;
  /** The wait that Audience Manager asked for, in milliseconds; 0 if it asked for none. */
  readonly retryAfterMs: number;
}

/** Maximum number of destinations that one log line names. */
const MAX_LOGGED = 20;

/** Counts a list that was read, and logs what it has changed: each change once. */
export function reportList(
  { logger, metrics }: ReportServices,
  customer: string,
  { isDoubted, added, missing, state }: ListOutcome,
  selected: number,
): void {
  metrics.discoveries.inc({ customer, outcome: isDoubted ? 'doubted' : 'ok' });
  if (isDoubted) {
    logger.warn(
      { customer, known: state.destinations.length },
      'Audience Manager lists no destination any more: that is doubted until the next list says the same; all stay as they are',
    );
    return;
  }
  if (added.length > 0) {
    const named = { customer, added: added.slice(0, MAX_LOGGED), count: added.length };
    logger.info(named, 'destinations discovered');
  }
  if (missing.length > 0) {
    const named = { customer, missing: missing.slice(0, MAX_LOGGED), count: missing.length };
    logger.warn(
      named,
      'Audience Manager lists these destinations no more: they are served as they were last read; exclude them in the configuration if they are to go',
    );
  }
  if (selected === 0 && (added.length > 0 || missing.length > 0 || state.revision === 0)) {
    logger.warn(
      { customer, listed: state.destinations.length },
      'no destination is served: check what this user may see, and include and exclude in the configuration',
    );
  }
}

/** Counts and logs that a list could not be read. */
export function reportFailure(
  { logger, metrics }: ReportServices,
  customer: string,
  error: unknown,
): DiscoveryFailure {
  const known = error instanceof AudienceManagerError ? error : null;
  if (known === null) {
    logger.error(
      { err: error },
      'internal error: a bug in the gateway; please report it with this log entry',
    );
  }
  const failure = {
    code: known?.code ?? 'INTERNAL_SERVER_ERROR',
    message: known?.message ?? 'There was an internal error; see the log of the gateway.',
    retryAfterMs: known?.retryAfterMs ?? 0,
  };
  metrics.discoveries.inc({ customer, outcome: failure.code });
  logger.warn(
    { customer, code: failure.code, error: failure.message },
    'the destinations of a customer could not be listed; those that are known stay',
  );
  return failure;
}
