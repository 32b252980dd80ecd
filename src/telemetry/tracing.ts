import { AsyncLocalStorage } from 'node:async_hooks';
import {
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  isSpanContextValid,
  trace,
  type Attributes,
  type Context,
  type Span,
  type TextMapPropagator,
  type Tracer,
} from '@opentelemetry/api';

import type { SteadyClock } from '../base/clock.js';

export { SpanKind, type Attributes, type Context, type Span } from '@opentelemetry/api';

/** Headers of a request, by lower-case name. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What makes and exports spans. */
export interface TracingBackend {
  readonly tracer: Tracer;
  /** Reads and writes the header `traceparent`. Source: W3C Trace Context. */
  readonly propagator: TextMapPropagator;
  /** Exports the spans that wait, and stops. Never rejects. */
  readonly close: () => Promise<void>;
}

/**
 * Makes OpenTelemetry spans: of a request, of what it waits for, and of calls to Audience Manager and to the storage.
 *
 * It keeps the present span itself instead of using OpenTelemetry's global objects, so that several gateways can run in
 * one process. Without a backend all of it does nothing.
 */
export class Tracing {
  readonly #backend: TracingBackend | null;
  readonly #present = new AsyncLocalStorage<Context>();

  /** @param backend `null`: no spans are made */
  constructor(backend: TracingBackend | null) {
    this.#backend = backend;
  }

  /** Whether spans are made. Callers use it to leave out work that only spans need. */
  get isOn(): boolean {
    return this.#backend !== null;
  }

  /**
   * Runs work in a span, as a child of the present one. The span ends when the work does; a failure is noted by its code
   * or class, never by its message, which could hold names or addresses.
   */
  span<T>(
    name: string,
    attributes: Attributes,
    work: (span: Span) => Promise<T>,
    kind = SpanKind.INTERNAL,
  ): Promise<T> {
    const backend = this.#backend;
    if (backend === null) return work(NO_SPAN);
    const parent = this.#present.getStore() ?? ROOT_CONTEXT;
    const span = backend.tracer.startSpan(name, { kind, attributes }, parent);
    return this.#present.run(trace.setSpan(parent, span), () => settled(span, () => work(span)));
  }

  /**
   * Starts the span of a request that has arrived.
   *
   * @param headers may name the caller's own span in `traceparent`
   * @param startTime in milliseconds since the epoch; left out: now
   */
  startRequest(
    name: string,
    headers: Headers,
    attributes: Attributes,
    startTime?: number,
  ): RequestTrace | null {
    const backend = this.#backend;
    if (backend === null) return null;
    const parent = backend.propagator.extract(ROOT_CONTEXT, headers, HEADER_GETTER);
    const options = { kind: SpanKind.SERVER, attributes, ...(startTime === undefined ? {} : { startTime }) };
    const span = backend.tracer.startSpan(name, options, parent);
    return { span, context: trace.setSpan(parent, span) };
  }

  /** Runs work in the span of a request. */
  within<T>({ context }: RequestTrace, work: () => T): T {
    return this.#present.run(context, work);
  }

  /**
   * A clock whose timers belong to no span. Node.js runs a timer in the span in which it was set, so that a request which
   * has a refresh scheduled would own all refreshes that follow.
   */
  withTimersOfTheirOwn(clock: SteadyClock): SteadyClock {
    if (this.#backend === null) return clock;
    return {
      now: () => clock.now(),
      elapsed: () => clock.elapsed(),
      get setBackMs() {
        return clock.setBackMs;
      },
      schedule: (callback, ms) => clock.schedule(() => this.#present.exit(callback), ms),
    };
  }

  /** The headers that tell another server of the present span. */
  outgoingHeaders(): Readonly<Record<string, string>> {
    const headers: Record<string, string> = {};
    const present = this.#present.getStore();
    if (present !== undefined) this.#backend?.propagator.inject(present, headers, HEADER_SETTER);
    return headers;
  }

  /** The fields of a log line that name the present span. */
  logFields(): object {
    const present = this.#present.getStore();
    return present === undefined ? {} : traceFields(present);
  }

  /** Exports the spans that wait, and stops. Never rejects. */
  async close(): Promise<void> {
    await this.#backend?.close();
  }
}

/** Takes attributes and forgets them. */
const NO_SPAN = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

/** The span of a request. */
export interface RequestTrace {
  readonly span: Span;
  readonly context: Context;
}

/** The fields of a log line that name a span. Their names are those of OpenTelemetry's own log format. */
function traceFields(context: Context): object {
  const spanContext = trace.getSpanContext(context);
  if (spanContext === undefined || !isSpanContextValid(spanContext)) return {};
  return { trace_id: spanContext.traceId, span_id: spanContext.spanId };
}

async function settled<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    span.setAttribute('error.type', errorType(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function errorType(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

const HEADER_GETTER = {
  keys: (headers: Headers): string[] => Object.keys(headers),
  get: (headers: Headers, name: string): string | string[] | undefined => {
    const value = headers[name];
    return typeof value === 'string' || value === undefined ? value : [...value];
  },
};

const HEADER_SETTER = {
  set: (headers: Record<string, string>, name: string, value: string): void => {
    headers[name] = value;
  },
};
