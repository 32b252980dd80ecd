import type { LogSink } from './log-sink.js';

/** Maximum length of a batch in characters. Longer batches are written at once. */
const MAX_BATCH_LENGTH = 64 * 1024;

/**
 * A sink that writes all lines of one turn of the event loop with one call, because every call is a system
 * call. Lines that are still buffered when the process exits are written then.
 */
export function batchingSink(target: LogSink): LogSink {
  let batch = '';
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    process.off('exit', flush);
    if (batch === '') return;
    const lines = batch;
    batch = '';
    target.write(lines);
  };
  return {
    write: (line) => {
      batch += line;
      if (batch.length >= MAX_BATCH_LENGTH) flush();
      else if (!isScheduled) {
        isScheduled = true;
        process.once('exit', flush);
        setImmediate(flush);
      }
    },
  };
}
