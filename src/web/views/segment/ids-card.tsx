import { CopyButton } from '../../parts/copy-button.js';
import { Name } from '../../parts/name.js';
import { useTexts } from '../../texts/index.js';
import type { SegmentData } from './segment-data.js';

interface IdsCardProps {
  readonly segment: SegmentData;
  /** The ID by which it is known, if nobody has stated of which kind it is. */
  readonly given: string | null;
}

/** All identifiers of a segment, each to be copied. */
export function IdsCard({ segment, given }: IdsCardProps) {
  const { ids: texts } = useTexts().segment;
  const { mappingId, sid, alias, value, url, secureUrl, isTrait } = segment;
  const ids = [
    [isTrait ? texts.traitSid : texts.sid, sid],
    [texts.mappingId, mappingId],
    [texts.alias, alias],
    [texts.value, value],
    [texts.url, url],
    [texts.secureUrl, secureUrl],
    [texts.given, given],
  ] as const;
  return (
    <section class="segment-card" aria-labelledby="segment-ids">
      <h2 id="segment-ids">{texts.title}</h2>
      {isTrait && <p class="segment-meaning">{texts.trait}</p>}
      <dl class="segment-list segment-ids">
        {ids.map(
          ([label, id]) =>
            id !== null && (
              <div key={label}>
                <dt>{label}</dt>
                <dd>
                  <span class="mono">
                    <Name text={id} />
                  </span>
                  <CopyButton text={() => id} />
                </dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}
