import { useTexts } from '../texts/index.js';

/** Says that something is awaited. Appears after a moment, so that quick answers do not flicker. */
export function Loading({ text }: { readonly text?: string }) {
  const { parts } = useTexts();
  return (
    <p class="loading" role="status">
      {text ?? parts.loading}
    </p>
  );
}
