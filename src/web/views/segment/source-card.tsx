import type { ComponentChildren } from 'preact';
import { Name } from '../../parts/name.js';
import { Table, type Column } from '../../parts/table.js';
import { StatusWord } from '../../parts/words.js';
import { useTexts } from '../../texts/index.js';
import type { SegmentData } from './segment-data.js';

/** A part of the metadata, by both layers. */
interface Layered {
  readonly id: 'name' | 'description' | 'status';
  readonly shown: ComponentChildren;
  readonly listed: ComponentChildren;
  readonly isByHand: boolean;
}

/** Name, description and status, and where they come from: both layers side by side where something was given by hand. */
export function SourceCard({ segment }: { readonly segment: SegmentData }) {
  const { source: texts } = useTexts().segment;
  const { source, listed, status } = segment;
  const meaning =
    source === 'AUDIENCE_MANAGER'
      ? texts.AUDIENCE_MANAGER
      : listed !== null
        ? texts.MANUAL
        : status === 'DELETED'
          ? texts.TAKEN
          : texts.ONLY;
  return (
    <section class="segment-card" aria-labelledby="segment-source">
      <h2 id="segment-source">{texts.title}</h2>
      <p class="segment-meaning">{meaning}</p>
      {source === 'MANUAL' && listed !== null ? (
        <Layers segment={segment} listed={listed} />
      ) : (
        <dl class="segment-list">
          <div>
            <dt>{texts.name}</dt>
            <dd>
              <Text text={segment.name} />
            </dd>
          </div>
          <div>
            <dt>{texts.description}</dt>
            <dd>
              <Text text={segment.description} />
            </dd>
          </div>
          <div>
            <dt>{texts.status}</dt>
            <dd>
              <StatusWord status={status} />
            </dd>
          </div>
        </dl>
      )}
    </section>
  );
}

interface LayersProps {
  readonly segment: SegmentData;
  readonly listed: NonNullable<SegmentData['listed']>;
}

function Layers({ segment, listed }: LayersProps) {
  const { source: texts } = useTexts().segment;
  const rows: readonly Layered[] = [
    {
      id: 'name',
      shown: <Text text={segment.name} />,
      listed: <Text text={listed.name} />,
      isByHand: segment.name !== listed.name,
    },
    {
      id: 'description',
      shown: <Text text={segment.description} />,
      listed: <Text text={listed.description} />,
      isByHand: segment.description !== listed.description,
    },
    {
      id: 'status',
      shown: <StatusWord status={segment.status} />,
      listed: <StatusWord status={listed.status} />,
      isByHand: segment.status !== listed.status,
    },
  ];
  const columns: readonly Column<Layered>[] = [
    { id: 'part', title: texts.part, isRowHeader: true, cell: ({ id }) => texts[id] },
    {
      id: 'shown',
      title: texts.shown,
      class: 'segment-shown',
      cell: ({ shown, isByHand }) => (
        <>
          {isByHand ? <strong class="segment-given">{shown}</strong> : shown}
          {isByHand && <span class="segment-tag">{texts.byHand}</span>}
        </>
      ),
    },
    {
      id: 'listed',
      title: texts.listed,
      cell: ({ listed: says, isByHand }) => (isByHand ? says : <span class="muted">{texts.same}</span>),
    },
  ];
  return <Table caption={texts.title} columns={columns} rows={rows} rowKey={({ id }) => id} isStacked />;
}

function Text({ text }: { readonly text: string | null }) {
  const { source: texts } = useTexts().segment;
  return text === null || text === '' ? (
    <span class="muted">{texts.nothing}</span>
  ) : (
    <Name text={text} longest={400} />
  );
}
