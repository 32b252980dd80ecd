import type { Destination, Directory } from '../../directory/index.js';
import type { NameScope, NameSource, NameSources, Named } from '../../delivery/name-source.js';
import type { Redactor } from '../../telemetry/redaction.js';
import { CommandError } from '../command-error.js';
import { requireDestination, withDirectory } from '../with-directory.js';

/**
 * Runs `work` with the names in the storage of a configuration. A destination that was never read is read, as the gateway
 * would.
 *
 * @param configFlag value of `--config`
 * @throws {CommandError}
 */
export async function withStoredNames<T>(
  configFlag: string | undefined,
  redactor: Redactor,
  work: (names: NameSources) => Promise<T>,
): Promise<T> {
  return await withDirectory(configFlag, redactor, async (directory) =>
    work({
      open: (scope) => Promise.resolve(namesOf(destinationOf(directory, scope))),
    }),
  );
}

function destinationOf(directory: Directory, { customerId, destinationId }: NameScope): Destination {
  if (customerId !== null) return requireDestination(directory, customerId, destinationId);
  const [only, ...others] = directory.destinationsWithId(destinationId);
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) {
    throw new CommandError(
      `The configuration has no destination ${destinationId}: state the right one with --destination.`,
    );
  }
  const customers = [only, ...others].map((each) => each.customerId).join(', ');
  throw new CommandError(
    `Several customers have a destination ${destinationId}: state one of ${customers} with --customer.`,
  );
}

function namesOf(destination: Destination): NameSource {
  const { segmentIdType, format } = destination.settings;
  return {
    segmentIdType,
    format,
    lookUp: async (ids, idType) => {
      // Nobody waits for a single answer: a first listing may take its time.
      const snapshot = destination.present() ?? (await destination.load('lookup'));
      const { results } = await destination.find(snapshot, ids, await destination.kinds(idType ?? null));
      return results.map((found, index): Named => {
        const id = ids[index] ?? '';
        if (found.status !== 'FOUND') return { id, outcome: found.status };
        const { name, status } = found.segment;
        return { id, outcome: 'FOUND', name, status, idType: found.idType };
      });
    },
  };
}
