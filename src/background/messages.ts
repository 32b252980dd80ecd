import type { HttpRequest, MappingsPage, SendResult, SenderOptions } from '../audience-manager/index.js';
import type { ChangesParts, SnapshotParts } from '../directory/index.js';
import type { PackedParts } from '../segments/index.js';
import type { ThreadResponse } from '../base/thread-session.js';
import type { NetworkDefaults } from './network-defaults.js';

/** What the thread is started with. */
export interface BackgroundData {
  readonly sender: SenderOptions;
  readonly network: NetworkDefaults;
}

/** What the thread is asked to do. */
export type BackgroundRequest =
  | { readonly id: number; readonly type: 'parse'; readonly body: Uint8Array<ArrayBuffer> }
  | { readonly id: number; readonly type: 'join'; readonly pages: readonly PackedParts[] }
  | {
      readonly id: number;
      readonly type: 'diff';
      readonly mappings: PackedParts;
      readonly skipped: number;
      readonly previous: SnapshotParts | null;
      readonly asOf: number;
      /** Whether what comes of it is to be in memory that threads share. */
      readonly isShared: boolean;
    }
  | {
      readonly id: number;
      readonly type: 'send';
      /** By which it can be ended. */
      readonly key: number;
      readonly request: HttpRequest;
      readonly maxBytes: number;
    }
  | { readonly id: number; readonly type: 'abort'; readonly key: number };

/** A page of a listing on its way between threads. */
export type PageParts = Omit<MappingsPage, 'mappings'> & { readonly mappings: PackedParts };

/** A snapshot and what is new in it. */
export interface SnapshotUpdateParts {
  readonly snapshot: SnapshotParts;
  readonly changes: ChangesParts;
}

/** What comes of a request: the field of its type. */
export interface BackgroundAnswer {
  readonly page?: PageParts;
  /** `null`: an ID stands twice. */
  readonly joined?: PackedParts | null;
  /** `null`: the segments are those of the snapshot before. */
  readonly update?: SnapshotUpdateParts | null;
  readonly sent?: SendResult;
}

export type BackgroundResponse = ThreadResponse<BackgroundAnswer>;
