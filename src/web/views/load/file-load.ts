import type { Client } from '@urql/preact';
import type { AppParts } from '../../app/app-context.js';
import { problemOf, type Problem } from '../../app/problem.js';
import { Store } from '../../app/store.js';
import { LoadRecentImportsDocument, type LoadRecentImportsQuery } from '../../generated/operations.js';
import { isUnchanged, readChosen, type ChosenFile, type FileMistake } from './chosen-file.js';
import type { FileHeader, ImportAnswer, ImportCounts } from './import-answer.js';
import { sendFile, type Choices, type Progress, type Sent } from './send-file.js';

/** Where a file is loaded. */
export interface LoadDestination {
  readonly customerId: string;
  readonly destinationId: string;
}

/** What an import has done. */
export interface LoadOutcome {
  readonly importId: string | null;
  readonly counts: ImportCounts;
  /** What the gateway said; `null`: the answer was lost, and the import was found in the list. */
  readonly answer: ImportAnswer | null;
}

/** What came of an import whose answer was lost. `missing`: it is not in the list of imports. */
export type Lost = 'looking' | 'missing' | 'hidden' | 'unreachable';

/** What a person has chosen so far, and what the gateway says of it. */
export interface LoadState {
  readonly destination: LoadDestination | null;
  readonly file: ChosenFile | null;
  readonly isReading: boolean;
  readonly mistake: FileMistake | null;
  readonly choices: Choices;
  /** What would happen. Of earlier choices while it is asked for anew. */
  readonly preview: ImportAnswer | null;
  /** The columns and sheets of the file, as far as the gateway has told them. */
  readonly header: FileHeader | null;
  /** Whether the columns are not clear. */
  readonly isHeaderUnclear: boolean;
  readonly work: { readonly is: 'preview' | 'import'; readonly progress: Progress } | null;
  /** Why the file was not previewed or imported. */
  readonly problem: { readonly of: 'preview' | 'import'; readonly problem: Problem } | null;
  /** Whether the file on the disk is not the one of the preview any more. */
  readonly isChanged: boolean;
  readonly lost: Lost | null;
  readonly outcome: LoadOutcome | null;
}

const USUAL: Choices = {
  mode: 'MERGE',
  skipBad: false,
  force: false,
  sheet: null,
  idColumn: null,
  nameColumn: null,
  idType: null,
  encoding: null,
};

/** Of a file that is not known yet. */
const UNKNOWN = {
  preview: null,
  header: null,
  isHeaderUnclear: false,
  problem: null,
  isChanged: false,
  lost: null,
  outcome: null,
} satisfies Partial<LoadState>;

const EMPTY: LoadState = {
  destination: null,
  file: null,
  isReading: false,
  mistake: null,
  choices: USUAL,
  work: null,
  ...UNKNOWN,
};

/** Loads one file: previews it with each choice, and imports it once. */
export class FileLoad {
  readonly state = new Store<LoadState>(EMPTY);
  readonly #app: AppParts;
  /** Stops what is under way; `null`: nothing is. */
  #stop: AbortController | null = null;
  /** Whether anything of it was sent already. */
  #isSent = false;
  /** Goes up with each file that is chosen or forgotten: only the last one counts, whichever is read first. */
  #choice = 0;

  constructor(app: AppParts) {
    this.#app = app;
  }

  /** Begins again, with the destination only. */
  reset(): void {
    const { destination } = this.state.value;
    this.forget();
    this.#set({ destination });
  }

  /** Forgets everything. */
  forget(): void {
    this.#choice += 1;
    this.#abandon();
    this.state.set(EMPTY);
  }

  setDestination(destination: LoadDestination | null): void {
    const { destination: before } = this.state.value;
    const isSame =
      before?.customerId === destination?.customerId && before?.destinationId === destination?.destinationId;
    if (isSame || this.isImporting) return;
    this.#set({ ...UNKNOWN, destination, choices: { ...this.state.value.choices, force: false } });
    void this.preview();
  }

  async choose(file: File, maxBytes: number): Promise<void> {
    if (this.isImporting) return;
    this.#choice += 1;
    const choice = this.#choice;
    this.#abandon();
    this.#set({ ...UNKNOWN, file: null, mistake: null, isReading: true, choices: this.#choicesFor(file) });
    const read = await readChosen(file, maxBytes);
    if (choice !== this.#choice) return;
    if ('why' in read) this.#set({ mistake: read, isReading: false });
    else this.#set({ file: read, isReading: false });
    await this.preview();
  }

  setChoices(choices: Partial<Choices>): void {
    if (this.isImporting) return;
    this.#set({ choices: { ...this.state.value.choices, ...choices } });
    // Which rows are passed over changes nothing of what is shown of them.
    if (Object.keys(choices).some((name) => name !== 'skipBad')) void this.preview();
  }

  /** Asks what would happen. */
  async preview(): Promise<void> {
    if (this.isImporting) return;
    const sent = await this.#send('preview', this.#begin());
    if (sent === null || sent.is === 'stopped') return;
    if (sent.is === 'answered') {
      const { answer } = sent;
      this.#set({ work: null, preview: answer, header: answer, isHeaderUnclear: false, problem: null });
    } else {
      const header = sent.is === 'refused' ? sent.header : null;
      this.#set({
        work: null,
        preview: null,
        problem: { of: 'preview', problem: sent.problem },
        header: header ?? this.state.value.header,
        isHeaderUnclear: header !== null,
      });
    }
  }

  /**
   * Imports what was previewed. Does nothing while an import is under way, so that no file is sent twice by mistake.
   *
   * @param client asks for the list of imports; `null`: the caller may not see it
   * @param evenIfChanged whether the file is imported as it was previewed although it is another one on the disk now
   */
  async import(client: Client | null, evenIfChanged = false): Promise<void> {
    const { file, preview, work, outcome } = this.state.value;
    if (work !== null || file === null || preview === null || outcome !== null) return;
    const stop = this.#begin();
    this.#set({
      work: { is: 'import', progress: { phase: 'SENDING', percent: null } },
      problem: null,
      lost: null,
      isChanged: false,
    });
    const isSame = evenIfChanged || (await isUnchanged(file));
    if (this.#stop !== stop) return;
    if (!isSame) {
      this.#abandon();
      this.#set({ isChanged: true });
      return;
    }
    const newest = await this.#recent(client);
    if (this.#stop !== stop) return;
    if (newest.problem !== null) {
      this.#abandon();
      this.#set({ problem: { of: 'import', problem: newest.problem } });
      return;
    }
    const sent = await this.#send('import', stop);
    if (sent === null) return;
    this.#set({ work: null });
    if (sent.is === 'answered') this.#finish(sent.answer);
    else if (sent.is === 'refused') this.#set({ problem: { of: 'import', problem: sent.problem } });
    else {
      this.#before = newest.imports[0]?.id ?? null;
      await this.lookForLost(client);
    }
  }

  /** Stops what is under way. Nothing is imported, unless it was being stored already. */
  stop(): void {
    if (this.#isSent) this.#stop?.abort();
    else this.#abandon();
  }

  /** The newest import before the one that was lost. */
  #before: string | null = null;

  /** Looks whether an import whose answer was lost is in the list of imports. */
  async lookForLost(client: Client | null): Promise<void> {
    if (client === null) {
      this.#set({ lost: 'hidden' });
      return;
    }
    this.#set({ lost: 'looking' });
    const { imports, problem } = await this.#recent(client);
    if (this.state.value.lost !== 'looking') return;
    if (problem !== null) {
      this.#set({ lost: 'unreachable' });
      return;
    }
    const end = imports.findIndex(({ id }) => id === this.#before);
    const since = end < 0 ? imports : imports.slice(0, end);
    const found = since.find(({ fileName }) => fileName === this.state.value.file?.file.name);
    if (found === undefined) this.#set({ lost: 'missing' });
    else this.#set({ lost: null, outcome: { importId: found.id, counts: found.counts, answer: null } });
  }

  /** Whether the import is under way, so that nothing may be changed. */
  get isImporting(): boolean {
    return this.state.value.work?.is === 'import';
  }

  #finish(answer: ImportAnswer): void {
    if (answer.applied) {
      this.#set({ outcome: { importId: answer.importId, counts: answer, answer }, problem: null });
    } else {
      // Its rows turned out to have mistakes with what is known by now.
      this.#set({ preview: answer, header: answer });
    }
  }

  /** Begins something instead of what is under way. @returns what stops it */
  #begin(): AbortController {
    this.#abandon();
    const stop = new AbortController();
    this.#stop = stop;
    return stop;
  }

  /** @returns `null`: there is nothing to send, or something newer is sent instead */
  async #send(is: 'preview' | 'import', stop: AbortController): Promise<Sent | null> {
    const { destination, file, choices } = this.state.value;
    if (destination === null || file === null) {
      this.#abandon();
      return null;
    }
    this.#isSent = true;
    const onProgress = (progress: Progress): void => {
      if (this.#stop === stop) this.#set({ work: { is, progress } });
    };
    const { bytes } = file;
    const fileName = file.file.name;
    const isDryRun = is === 'preview';
    const sent = await sendFile(
      this.#app.session.fetch,
      { destination, bytes, fileName, choices, isDryRun },
      { signal: stop.signal, onProgress },
    );
    if (this.#stop !== stop) return null;
    this.#stop = null;
    this.#isSent = false;
    if (sent.is === 'lost') this.#app.connection.failed();
    if (sent.is === 'stopped') this.#set({ work: null });
    return sent;
  }

  #abandon(): void {
    const stop = this.#stop;
    this.#stop = null;
    this.#isSent = false;
    stop?.abort();
    if (stop !== null) this.#set({ work: null });
  }

  async #recent(client: Client | null): Promise<{ imports: Imports; problem: Problem | null }> {
    const { destination } = this.state.value;
    if (client === null || destination === null) return { imports: [], problem: null };
    const { data, error } = await client
      .query(LoadRecentImportsDocument, { ...destination }, { requestPolicy: 'network-only' })
      .toPromise();
    const imports = data?.imports?.nodes ?? [];
    return { imports, problem: error === undefined ? null : problemOf(error) };
  }

  /** A file of the same name is usually the corrected one, which is read in the same way. */
  #choicesFor({ name }: File): Choices {
    const { file, choices } = this.state.value;
    if (file?.file.name === name) return choices;
    return { ...USUAL, mode: choices.mode };
  }

  #set(changes: Partial<LoadState>): void {
    this.state.set({ ...this.state.value, ...changes });
  }
}

type Imports = NonNullable<LoadRecentImportsQuery['imports']>['nodes'];
