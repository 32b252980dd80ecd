import type { AccessConfig } from './types.js';

/** What a reloaded file would take away from the protection that is in force. */
interface KeptAccess {
  /** The access control to use: that of the new file, with what it may not take away. */
  readonly access: AccessConfig | null;
  /** The configuration keys that stay as they were until the next start. */
  readonly kept: readonly string[];
}

/**
 * The access control after a reload. A line that is missing from the file must not open a running gateway to more callers
 * or operations: access control itself ends only at the next start, and so does the restriction to trusted documents,
 * unless the file says `only: false`. Everything else takes effect at once: new and removed keys, their rights, and
 * tokens that are accepted or no longer accepted.
 *
 * @param before what is in force; `null`: everybody may call
 * @param after what the new file says
 */
export function keepAccess(before: AccessConfig | null, after: AccessConfig | null): KeptAccess {
  if (before === null) return { access: after, kept: [] };
  if (after === null) return { access: before, kept: ['access'] };
  const { trustedDocuments } = before;
  if (trustedDocuments?.only !== true || after.trustedDocuments?.statesOnly === true) {
    return { access: after, kept: [] };
  }
  return {
    access: { ...after, trustedDocuments: { ...(after.trustedDocuments ?? trustedDocuments), only: true } },
    kept: ['access.trustedDocuments.only'],
  };
}
