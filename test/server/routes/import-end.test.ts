import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ClientLeft, FileRefusal } from '../../../src/server/http/receive-file.js';
import { ImportEnd } from '../../../src/server/routes/import-end.js';
import { FakeClock } from '../../support/fake-clock.js';

const MINUTE_MS = 60_000;

describe('an import', () => {
  it('has 15 minutes from when its turn has come, and is told so', () => {
    const clock = new FakeClock();
    const { signal, ...end } = open(clock);
    clock.advance(60 * MINUTE_MS);
    expect(signal.aborted).toBe(false);
    end.startTime();
    clock.advance(15 * MINUTE_MS - 1);
    expect(signal.aborted).toBe(false);
    clock.advance(1);
    const reason = signal.reason as FileRefusal;
    expect(reason).toBeInstanceOf(FileRefusal);
    expect(reason).toMatchObject({ status: 503, code: 'IMPORT_TIMEOUT' });
    expect(reason.message).toContain('took more than 15 minutes');
  });

  it('has no limit any more when it is done', () => {
    const clock = new FakeClock();
    const { signal, ...end } = open(clock);
    end.startTime();
    end.stopTime();
    expect(clock.pending()).toEqual([]);
    clock.advance(15 * MINUTE_MS);
    expect(signal.aborted).toBe(false);
  });

  it('ends when its client leaves', () => {
    const response = new EventEmitter();
    const { signal } = open(new FakeClock(), response);
    response.emit('close');
    expect(signal.reason).toBeInstanceOf(ClientLeft);
  });

  function open(clock: FakeClock, response = new EventEmitter()) {
    const end = new ImportEnd(response as never, clock);
    return {
      signal: end.signal,
      startTime: () => end.startTime(),
      stopTime: () => end.stopTime(),
    };
  }
});
