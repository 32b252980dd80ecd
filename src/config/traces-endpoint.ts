/**
 * Where OpenTelemetry's own environment variables send traces; `null`: they do not say it, or turn traces off.
 * Source: OpenTelemetry's specifications "Environment Variable" and "OTLP Exporter".
 */
export function tracesEndpoint(env: NodeJS.ProcessEnv): string | null {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none')
    return null;
  const traces = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? '';
  if (isUrl(traces)) return traces;
  const base = env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '';
  return isUrl(base) ? `${base.replace(/\/$/, '')}/v1/traces` : null;
}

/** A value that is no URL is ignored: other programs on the machine may use the variable in another way. */
function isUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
