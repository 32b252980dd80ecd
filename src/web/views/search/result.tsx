import { addressOfDestination, addressOfSegment } from '../../app/address.js';
import type { SearchResultFragment } from '../../generated/operations.js';
import { Freshness } from '../../parts/freshness.js';
import { Marked } from '../../parts/marked.js';
import { findWords } from '../../parts/marks.js';
import { DestinationTypeWord, StatusWord } from '../../parts/words.js';
import { useFormat, useTexts } from '../../texts/index.js';

interface ResultProps {
  readonly segment: SearchResultFragment;
  /** The words that were searched for. */
  readonly words: readonly string[];
}

/** Where a search looks, in the order in which it is told. */
type Place = 'name' | 'description' | 'sid' | 'mappingId' | 'alias' | 'value';

/** A segment that was found, and where the words are in it. */
export function Result({ segment, words }: ResultProps) {
  const { search, parts } = useTexts();
  const format = useFormat();
  const address = addressOfSegment(segment);
  const title =
    segment.name === null ? (
      <>
        <Marked text={segment.label} words={words} /> <span class="muted">({parts.noName})</span>
      </>
    ) : (
      <Marked text={segment.name} words={words} />
    );
  const places = placesOf(segment, words);
  return (
    <li class="search-result">
      <div class="search-main">
        <div class="search-name">
          {address === null ? (
            title
          ) : (
            <a href={address} data-result>
              {title}
            </a>
          )}
        </div>
        <div class="search-facts">
          <Identifiers segment={segment} words={words} />
          {places.length > 0 && (
            <span>{search.foundIn(format.list(places.map((place) => search.places[place])))}</span>
          )}
        </div>
        {segment.description !== null && places.includes('description') && (
          <p class="search-description">
            <span class="muted">{search.description}:</span>{' '}
            <Marked text={segment.description} words={words} longest={180} />
          </p>
        )}
      </div>
      <div class="search-status">
        <StatusWord status={segment.status} />
      </div>
      <div class="search-where">
        <a href={addressOfDestination(segment.customer.id, segment.destination.destinationId)}>
          <Marked
            text={segment.destination.name ?? segment.destination.destinationId}
            words={[]}
            longest={80}
          />
        </a>
        <span class="search-customer">
          <Marked text={segment.customer.name} words={[]} longest={60} /> ·{' '}
          <DestinationTypeWord type={segment.destination.type} />
        </span>
      </div>
      <div class="search-freshness">
        <Freshness asOf={segment.asOf} isStale={segment.stale} isByHand={segment.source === 'MANUAL'} />
      </div>
    </li>
  );
}

/** The identifiers that a segment has. An alias that says the same as another one is left out. */
function Identifiers({ segment, words }: ResultProps) {
  const { search } = useTexts();
  const { sid, mappingId, alias, value } = segment;
  const shown = (
    [
      ['sid', sid],
      ['mappingId', mappingId],
      ['alias', alias],
      ['value', value],
    ] as const
  ).flatMap(([place, id]) => (id === null || id === '' ? [] : [{ place, id }]));
  return (
    <dl class="search-ids">
      {shown.map(({ place, id }) => (
        <div key={place}>
          <dt>{search.ids[place]}</dt>{' '}
          <dd>
            <Marked text={id} words={words} longest={60} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function placesOf(segment: SearchResultFragment, words: readonly string[]): Place[] {
  return (['name', 'description', 'sid', 'mappingId', 'alias', 'value'] as const).filter((place) => {
    const text = segment[place];
    return text !== null && findWords(text, words).length > 0;
  });
}
