import type { Clock } from '../base/clock.js';
import { Tracing } from './tracing.js';

interface TracingOptions {
  /** The OTLP endpoint that spans are posted to; `null`: no traces are made. */
  readonly url: string | null;
  readonly clock: Clock;
  /** Called when spans could not be exported, once a minute at most. */
  readonly onExportError: (error: Error, lostSpans: number) => void;
}

/** Opens tracing. The packages that make and export spans are only loaded if traces are to be sent somewhere. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { url } = options;
  if (url === null) return new Tracing(null);
  const { otlpBackend } = await import('./otlp-backend.js');
  return new Tracing(otlpBackend({ ...options, url }));
}
