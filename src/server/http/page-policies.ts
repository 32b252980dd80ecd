/**
 * The content security policy of the page: its own files, its own API, and nothing else. Scripts and styles in its HTML
 * are not executed, so that a name that got into the HTML could do nothing.
 */
export const PAGE_POLICY = policyOf({
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'manifest-src': "'self'",
});

/** The content security policy of the explorer. Its editor makes style elements and style attributes, and workers. */
export const EXPLORER_POLICY = policyOf({
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'worker-src': "'self'",
});

function policyOf(sources: Readonly<Record<string, string>>): string {
  return [
    "default-src 'none'",
    ...Object.entries(sources).map(([directive, source]) => `${directive} ${source}`),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
