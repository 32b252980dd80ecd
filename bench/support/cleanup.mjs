/** What has to be undone however a run ends: processes, folders, databases. */
const pending = new Set();

/**
 * Undoes it at the end, unless it is called before; a second call does nothing.
 *
 * @returns the function to call when it is no longer needed
 */
export function undoLater(undo) {
  const once = async () => {
    if (pending.delete(once)) await undo();
  };
  pending.add(once);
  return once;
}

/** Last come, first undone; one that fails keeps no other from being undone. */
export async function undoAll() {
  for (const undo of [...pending].reverse()) await undo().catch(() => undefined);
}
