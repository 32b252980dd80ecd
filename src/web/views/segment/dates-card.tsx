import { Ago } from '../../parts/freshness.js';
import { useFormat, useTexts } from '../../texts/index.js';
import type { SegmentData } from './segment-data.js';

/** When a segment is sent, and when it was changed and confirmed. */
export function DatesCard({ segment }: { readonly segment: SegmentData }) {
  const { dates: texts } = useTexts().segment;
  const format = useFormat();
  const { startDate, endDate, createdAt, updatedAt, asOf, source, listed } = segment;
  const unknown = <span class="muted">{texts.unknown}</span>;
  const isByHand = source === 'MANUAL';
  // Of a segment that Audience Manager never had, nothing else is known.
  const fromAudienceManager = [
    [texts.start, startDate === null ? unknown : format.day(startDate)],
    [texts.end, endDate === null ? <span class="muted">{texts.open}</span> : format.day(endDate)],
    [texts.createdAt, createdAt === null ? unknown : format.moment(createdAt)],
    [texts.updatedAt, updatedAt === null ? unknown : format.moment(updatedAt)],
  ] as const;
  const rows = [
    ...(isByHand && listed === null ? [] : fromAudienceManager),
    [isByHand ? texts.given : texts.asOf, <Ago key="as-of" time={asOf} />] as const,
  ];
  return (
    <section class="segment-card" aria-labelledby="segment-dates">
      <h2 id="segment-dates">{texts.title}</h2>
      <dl class="segment-list">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
