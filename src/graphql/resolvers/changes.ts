import type { Permission } from '../../config/index.js';
import { DirectoryError, type Destination } from '../../directory/index.js';
import { checkId } from '../arguments.js';
import type { AuditEntry, GatewayContext } from '../request/context.js';
import { gatewayError } from '../request/errors.js';

interface DestinationArguments {
  readonly customerId: string | null | undefined;
  readonly destinationId: string;
  /** Name of the argument that holds both IDs, with a dot, for error messages. Default: none. */
  readonly prefix?: string;
}

/** Checks that the caller has the permission and may see the destination. @throws GraphQLError, DirectoryError */
export async function authorizedDestination(
  context: GatewayContext,
  permission: Permission,
  { customerId, destinationId, prefix = '' }: DestinationArguments,
): Promise<Destination> {
  if (typeof customerId === 'string') checkId(`${prefix}customerId`, customerId);
  checkId(`${prefix}destinationId`, destinationId);
  requirePermission(context, permission);
  const { loader } = context;
  await loader.lookFor([{ customerId, destinationId }]);
  return loader.requireDestination(customerId, destinationId);
}

/** @throws GraphQLError FORBIDDEN */
export function requirePermission({ caller }: GatewayContext, permission: Permission): void {
  if (caller.may(permission)) return;
  throw gatewayError('FORBIDDEN', `This needs the permission ${permission}.`);
}

/**
 * Runs a change and writes an audit entry with its outcome. Fields that follow in the same document see the effect.
 *
 * @param details fields of the audit entry
 * @param describe further fields of the audit entry, made from the result
 */
export async function audited<T>(
  context: GatewayContext,
  action: AuditEntry['audit'],
  destination: Destination,
  details: object,
  change: () => Promise<T>,
  describe: (result: T) => object = () => ({}),
): Promise<T> {
  const { customerId: customer, id } = destination;
  const entry = { audit: action, customer, destination: id, ...details };
  try {
    const result = await change();
    context.audit({ ...entry, outcome: 'ok', ...describe(result) });
    return result;
  } catch (error) {
    context.audit({ ...entry, outcome: error instanceof DirectoryError ? error.code : 'failed' });
    throw visibleError(context, error);
  } finally {
    context.loader.forgetSnapshots();
  }
}

/** The message about an ambiguous ID names segments, which callers without the permission `read` may not see. */
function visibleError({ caller }: GatewayContext, error: unknown): unknown {
  const isHidden = error instanceof DirectoryError && error.code === 'AMBIGUOUS_ID' && !caller.may('read');
  return isHidden
    ? gatewayError('AMBIGUOUS_ID', 'The ID stands for several segments; say which kind it is, with idType.')
    : error;
}
