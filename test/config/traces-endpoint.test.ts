import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/index.js';

function tracesOf(env: NodeJS.ProcessEnv, more = ''): string | null {
  const text = `customers: [{ id: acme }]\n${more}`;
  return parseConfig(text, { file: '/etc/gateway/gateway.yaml', env }).telemetry.traces;
}

describe('where traces are sent', () => {
  it.each([
    [{}, null],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, 'http://collector:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }, 'http://collector:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/in' }, 'https://traces.example/in'],
    [
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b:2/v1/traces',
      },
      'http://b:2/v1/traces',
    ],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, null],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, null],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_SDK_DISABLED: 'true' }, null],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_TRACES_EXPORTER: 'none' }, null],
  ])('is, with the environment %o, %s', (env, expected) => {
    expect(tracesOf(env)).toBe(expected);
  });

  it('is what the file says, whatever the environment says', () => {
    expect(
      tracesOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1' }, 'telemetry: { traces: http://c:3/v1/traces }'),
    ).toBe('http://c:3/v1/traces');
  });
});
