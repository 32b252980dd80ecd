import { SpanKind, type Tracing } from '../telemetry/tracing.js';
import type { Storage } from './types.js';

/** The calls that get a span: those that a request, a listing or a change waits for. */
const TRACED: ReadonlySet<string> = new Set<keyof Storage>([
  'states',
  'state',
  'read',
  'write',
  'saveState',
  'claim',
  'search',
  'findByIdentifiers',
  'destinationsWithAddresses',
  'revisions',
  'changesByDay',
  'histories',
  'revisionsByNumber',
  'revisionsAt',
  'imports',
  'importById',
  'importChanges',
]);

/** The same storage, with a span for each call that somebody waits for. Without tracing it is the storage itself. */
export function tracedStorage(storage: Storage, tracing: Tracing): Storage {
  if (!tracing.isOn) return storage;
  const attributes = { 'db.system.name': storage.engine === 'postgres' ? 'postgresql' : 'sqlite' };
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const call = (...args: unknown[]): unknown => Reflect.apply(member, target, args);
      if (typeof name !== 'string' || !TRACED.has(name)) return call;
      return (...args: unknown[]): Promise<unknown> =>
        tracing.span(`storage.${name}`, attributes, () => call(...args) as Promise<unknown>, SpanKind.CLIENT);
    },
  });
}
