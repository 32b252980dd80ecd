import { ExportResultCode, W3CTraceContextPropagator, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Clock } from '../base/clock.js';
import { programVersion } from '../base/program-files.js';
import type { TracingBackend } from './tracing.js';

interface OtlpOptions {
  /** URL that spans are posted to, such as `http://localhost:4318/v1/traces`. */
  readonly url: string;
  readonly clock: Clock;
  readonly onExportError: (error: Error, lostSpans: number) => void;
}

const SERVICE = 'aam-segment-gateway';

/** Minimum time between two reports of failed exports, in milliseconds. */
const REPORT_INTERVAL_MS = 60_000;

/** Time limit of one export, in milliseconds. */
const EXPORT_TIMEOUT_MS = 5_000;

/**
 * Makes spans and exports them in batches over OTLP (HTTP, JSON). The sampler, limits and the exporter's headers come
 * from OpenTelemetry's own environment variables, such as `OTEL_TRACES_SAMPLER`.
 */
export function otlpBackend({ url, clock, onExportError }: OtlpOptions): TracingBackend {
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
  const reporting = new ReportingExporter(exporter, clock, onExportError);
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': SERVICE, 'service.version': programVersion }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(reporting)],
  });
  return {
    tracer: provider.getTracer(SERVICE, programVersion),
    propagator: new W3CTraceContextPropagator(),
    close: () => provider.shutdown().catch(() => undefined),
  };
}

/** Reports failed exports, which OpenTelemetry keeps to itself. */
class ReportingExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #clock: Clock;
  readonly #onError: (error: Error, lostSpans: number) => void;
  #lost = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;

  constructor(exporter: SpanExporter, clock: Clock, onError: (error: Error, lostSpans: number) => void) {
    this.#exporter = exporter;
    this.#clock = clock;
    this.#onError = onError;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.#exporter.export(spans, (result) => {
      if (result.code === ExportResultCode.FAILED) this.#failed(result, spans.length);
      done(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }

  #failed({ error }: ExportResult, spans: number): void {
    this.#lost += spans;
    const now = this.#clock.elapsed();
    if (now - this.#reportedAt < REPORT_INTERVAL_MS) return;
    this.#onError(error ?? new Error('unknown error'), this.#lost);
    this.#reportedAt = now;
    this.#lost = 0;
  }
}
