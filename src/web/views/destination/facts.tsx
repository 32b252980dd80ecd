import type { ComponentChildren } from 'preact';
import type { DestinationHeadQuery } from '../../generated/operations.js';
import { Ago } from '../../parts/freshness.js';
import { Name } from '../../parts/name.js';
import { DestinationTypeWord, IdTypeWord, SyncWord } from '../../parts/words.js';
import { useFormat, useTexts } from '../../texts/index.js';

type HeadDestination = NonNullable<DestinationHeadQuery['destination']>;

/** What kind of destination it is, and how current. */
export function Facts({ destination }: { readonly destination: HeadDestination }) {
  const { destination: texts } = useTexts();
  const format = useFormat();
  const { type, active, sync, segmentIdType, destinationId } = destination;
  return (
    <dl class="destination-facts">
      <Fact label={texts.facts.type} more={texts.typeMeaning[type]} isWide>
        <strong>
          <DestinationTypeWord type={type} />
        </strong>
        {active === false && <span class="destination-inactive"> {texts.inactive}</span>}
      </Fact>
      <Fact
        label={texts.facts.freshness}
        more={sync.lastSuccessAt !== null && <LastRead time={sync.lastSuccessAt} />}
      >
        <SyncWord status={sync.status} />
      </Fact>
      {sync.status !== 'MANUAL' && (
        <Fact label={texts.facts.next}>
          {sync.nextAttemptAt === null ? texts.noSchedule : <Ago time={sync.nextAttemptAt} />}
        </Fact>
      )}
      <Fact label={texts.facts.segments} more={texts.deletedToo}>
        {format.number(sync.segmentCount)}
      </Fact>
      <Fact label={texts.facts.ids}>
        {segmentIdType === 'AUTO' ? texts.idsUnstated : <IdTypeWord idType={segmentIdType} />}
      </Fact>
      <Fact label={texts.facts.number}>
        <span class="mono">
          <Name text={destinationId} longest={40} />
        </span>
      </Fact>
    </dl>
  );
}

interface FactProps {
  readonly label: string;
  /** What it means, in a smaller type. */
  readonly more?: ComponentChildren;
  readonly isWide?: boolean;
  readonly children: ComponentChildren;
}

function Fact({ label, more, isWide = false, children }: FactProps) {
  return (
    <div class={isWide ? 'destination-fact destination-fact-wide' : 'destination-fact'}>
      <dt>{label}</dt>
      <dd>
        {children}
        {more !== undefined && more !== false && <span class="destination-more">{more}</span>}
      </dd>
    </div>
  );
}

function LastRead({ time }: { readonly time: string }) {
  const { parts } = useTexts();
  return <Ago time={time} text={parts.freshness.read} />;
}
