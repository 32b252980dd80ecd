import { useTexts, type Texts } from '../texts/index.js';

/** A status of a segment, as a word with a dot. Its title says what it means. */
export function StatusWord({ status }: { readonly status: keyof Texts['parts']['status'] }) {
  const { parts } = useTexts();
  return (
    <span class={`status status-${status.toLowerCase()}`} title={parts.statusMeaning[status]}>
      {parts.status[status]}
    </span>
  );
}

/** How current a destination is, as a word with a dot. */
export function SyncWord({ status }: { readonly status: keyof Texts['parts']['sync'] }) {
  const { parts } = useTexts();
  return <span class={`status status-${status.toLowerCase()}`}>{parts.sync[status]}</span>;
}

/** A kind of ID, in words. */
export function IdTypeWord({ idType }: { readonly idType: keyof Texts['parts']['idType'] }) {
  return <>{useTexts().parts.idType[idType]}</>;
}

/** A type of destination, in words. */
export function DestinationTypeWord({ type }: { readonly type: keyof Texts['parts']['destinationType'] }) {
  return <>{useTexts().parts.destinationType[type]}</>;
}
