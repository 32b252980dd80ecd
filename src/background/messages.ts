import type {
  BudgetParts,
  HttpRequest,
  PageBody,
  SendResult,
  SenderOptions,
} from '../audience-manager/index.js';
import type { ChangesParts, IdKinds, SnapshotParts } from '../directory/index.js';
import type { PackedParts } from '../segments/index.js';
import type { ThreadResponse } from '../base/thread-session.js';
import type { NetworkDefaults } from './network-defaults.js';

/** Data that the worker is started with. */
export interface BackgroundData {
  readonly sender: SenderOptions;
  readonly network: NetworkDefaults;
}

/** An HTTP request for the worker to send. */
interface CallParts {
  readonly id: number;
  /** Identifies the call in an `abort` message. */
  readonly key: number;
  readonly request: HttpRequest;
  /** Maximum size of the decompressed body, in bytes. */
  readonly maxBytes: number;
}

/** A request to the worker. */
export type BackgroundRequest =
  | (CallParts & { readonly type: 'send' })
  | (CallParts & { readonly type: 'fetchPage'; readonly budget: BudgetParts | null })
  | { readonly id: number; readonly type: 'abort'; readonly key: number }
  | { readonly id: number; readonly type: 'join'; readonly pages: readonly PackedParts[] }
  | {
      readonly id: number;
      readonly type: 'diff';
      readonly mappings: PackedParts;
      readonly skipped: number;
      readonly previous: SnapshotParts | null;
      readonly asOf: number;
      readonly kinds: IdKinds | null;
    };

/** `PageBody` with the mappings as buffers that can be transferred between threads. */
export type PageBodyParts =
  | { readonly page: Omit<PageOf<PageBody>, 'mappings'> & { readonly mappings: PackedParts } }
  | Exclude<PageBody, { readonly page: unknown }>;

type PageOf<T> = T extends { readonly page: infer P } ? P : never;

/** `SnapshotUpdate` as buffers that can be transferred between threads. */
interface SnapshotUpdateParts {
  readonly snapshot: SnapshotParts;
  readonly changes: ChangesParts;
}

/** The answer to a request: the field that belongs to the type of the request. */
export interface BackgroundAnswer {
  readonly sent?: SendResult;
  readonly fetched?: SendResult<PageBodyParts>;
  /** `null`: two pages contain the same ID. */
  readonly joined?: PackedParts | null;
  /** `null`: the segments are the same as in the previous snapshot. */
  readonly update?: SnapshotUpdateParts | null;
}

export type BackgroundResponse = ThreadResponse<BackgroundAnswer>;
