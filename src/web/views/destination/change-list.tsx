import type { ComponentChildren } from 'preact';
import { addressOfId } from '../../app/address.js';
import { actsOf } from '../../parts/change-acts.js';
import { ChangeOrigin, ChangeWords, type Change } from '../../parts/change-words.js';
import { statedIdOf, type DestinationPlace } from '../../parts/segment-key.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { groupedByDay, type MassChange } from './change-groups.js';
import './change-list.css';
import type { EarlierChanges } from './use-earlier.js';

interface ChangeListProps {
  readonly place: DestinationPlace;
  /** Newest first. */
  readonly changes: readonly Change[];
  readonly earlier: EarlierChanges;
  /** Whether the changes answer an earlier question. */
  readonly isEarlier: boolean;
  /** Whether there are newer changes, on a page before this one. */
  readonly hasBefore: boolean;
  /** Whether there are older changes, on a page after this one. */
  readonly hasAfter: boolean;
}

/** Changes in sentences, by day. */
export function ChangeList({ place, changes, earlier, isEarlier, hasBefore, hasAfter }: ChangeListProps) {
  const format = useFormat();
  const dayOf = ({ at }: Change): string => format.date(at);
  const sentence = (change: Change) => (
    <Sentenced key={change.id} place={place} change={change} earlier={earlier.get(change.id) ?? null} />
  );
  const days = groupedByDay(actsOf(changes), dayOf);
  const newest = days[0]?.groups[0];
  const oldest = days.at(-1)?.groups.at(-1);
  return (
    <div class="destination-changes" data-earlier={isEarlier}>
      {days.map(({ day, groups }) => (
        <section key={day}>
          <h3>{day}</h3>
          <ol class="destination-change-list">
            {groups.map((group) =>
              group.isMany ? (
                <Many
                  key={group.changes[0]?.id}
                  group={group}
                  mayGoOn={(group === newest && hasBefore) || (group === oldest && hasAfter)}
                >
                  {group.changes.map(sentence)}
                </Many>
              ) : (
                group.changes.map(sentence)
              ),
            )}
          </ol>
        </section>
      ))}
    </div>
  );
}

interface ManyProps {
  readonly group: MassChange;
  /** Whether more of them may be on another page. */
  readonly mayGoOn: boolean;
  readonly children: ComponentChildren;
}

/** Many changes of one kind at one time, as a first reading makes them: one line that can be opened. */
function Many({ group: { kind, changes }, mayGoOn, children }: ManyProps) {
  const { destination: texts } = useTexts();
  const format = useFormat();
  const [first] = changes;
  if (first === undefined) return null;
  const sentence = texts.changes.group[kind](format.number(changes.length));
  return (
    <li class="destination-change">
      <time class="destination-time" dateTime={first.at} title={format.moment(first.at)}>
        {format.time(first.at)}
      </time>
      <div>
        <details class="destination-many">
          <summary>{mayGoOn ? texts.changes.onThisPage(sentence) : sentence}</summary>
          <ol class="destination-change-list">{children}</ol>
        </details>
        <ChangeOrigin change={first} isTimed={false} />
      </div>
    </li>
  );
}

interface SentencedProps {
  readonly place: DestinationPlace;
  readonly change: Change;
  readonly earlier: Change | null;
}

function Sentenced({ place, change, earlier }: SentencedProps) {
  const format = useFormat();
  return (
    <li class="destination-change">
      <time class="destination-time" dateTime={change.at} title={format.moment(change.at)}>
        {format.time(change.at)}
      </time>
      <div>
        <ChangeWords
          change={change}
          earlier={earlier}
          subject={(name) => (
            <a href={addressOfId(place.customer, place.destination, statedIdOf(change.segmentId))}>{name}</a>
          )}
        />
        <ChangeOrigin change={change} isTimed={false} />
      </div>
    </li>
  );
}
