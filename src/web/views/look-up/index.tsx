import { useLocation } from 'preact-iso';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useAddress, type Address } from '../../app/address.js';
import { useViewer } from '../../app/app-context.js';
import { offeredViews } from '../../app/offered-views.js';
import { useAnswer } from '../../app/use-answer.js';
import { LimitsDocument } from '../../generated/operations.js';
import { DestinationPicker, type PickedDestination } from '../../parts/destination-picker.js';
import { Name } from '../../parts/name.js';
import { NeedsPermission } from '../../parts/needs-permission.js';
import { useDelayed } from '../../parts/use-delayed.js';
import { View } from '../../parts/view.js';
import { useFormat, useTexts } from '../../texts/index.js';
import './look-up.css';
import { readPasted, type Pasted } from './pasted.js';
import { Results } from './results.js';

/** How long typing must pause before IDs are looked up, in milliseconds. */
const PAUSE_MS = 300;

/** Longer lists are not put into the address, in characters. */
const LONGEST_IN_ADDRESS = 1_500;

/** What a person has pasted, for when the same person comes back from another view. */
let kept = { by: '', text: '' };

/** The start: names for IDs as a person has them. */
export function LookUpView() {
  const { lookUp } = useTexts();
  const { may } = useViewer();
  const { route } = useLocation();
  const { query } = useAddress();
  const [first] = offeredViews(may);
  // Who may not look up begins with what there is instead. A link to IDs says that they may not.
  const start = !may('read') && Object.keys(query).length === 0 ? (first?.address ?? null) : null;
  useEffect(() => {
    if (start !== null) route(start, true);
  }, [start]);
  if (start !== null) return null;
  return (
    <View title={lookUp.title} intro={lookUp.intro}>
      <NeedsPermission permission="read">
        <LookUp />
      </NeedsPermission>
    </View>
  );
}

function LookUp() {
  const { lookUp } = useTexts();
  const { query, setQuery } = useAddress();
  const { name } = useViewer();
  const [text, setText] = useState(() => firstText(query['ids'], name));
  const [column, setColumn] = useState<number | 'all' | null>(null);
  const delayed = useDelayed(text, PAUSE_MS);
  const pasted = useMemo(() => readPasted(delayed, column), [delayed, column]);
  const { data } = useAnswer(LimitsDocument, {});
  const maxIds = data?.gateway.maxIds ?? Number.POSITIVE_INFINITY;
  const ids = useMemo(() => [...pasted.ids.keys()].slice(0, maxIds), [pasted, maxIds]);

  useEffect(() => {
    kept = { by: name, text };
  }, [name, text]);
  const picked = pickedIn(query);
  // What is in the address says where its IDs are looked up; what is pasted afterwards may name another destination.
  const settled = useRef(isLink(query) ? text : null);
  const isNew = delayed !== settled.current;
  const named = isNew ? pasted.destinationId : (query['destination'] ?? null);
  const inAddress = idsInAddress(ids);
  useEffect(() => {
    settled.current = delayed;
    const isNamedElse = picked === null && isNew && named !== (query['destination'] ?? null);
    if (isNamedElse) setQuery({ ids: inAddress, customer: null, destination: named });
    else if ((query['ids'] ?? '') !== inAddress) setQuery({ ids: inAddress });
  }, [inAddress, delayed, query['ids']]);

  const change = (changed: string): void => {
    setText(changed);
    setColumn(null);
  };
  return (
    <>
      <div class="look-up-form">
        <label class="field look-up-input">
          <span class="field-label">{lookUp.input}</span>
          <textarea
            class="textarea"
            rows={5}
            value={text}
            placeholder={lookUp.placeholder}
            spellcheck={false}
            autoComplete="off"
            aria-describedby="look-up-hint"
            onInput={({ currentTarget }) => change(currentTarget.value)}
          />
        </label>
        <div class="look-up-side">
          <DestinationPicker
            label={lookUp.destination}
            placeholder={lookUp.anyDestination}
            value={picked}
            onChange={(value) =>
              setQuery(
                { customer: value?.customerId ?? null, destination: value?.destinationId ?? null },
                true,
              )
            }
          />
          <ColumnChoice pasted={pasted} onChoose={setColumn} />
          {text !== '' && (
            <button type="button" class="button look-up-clear" onClick={() => change('')}>
              {lookUp.clear}
            </button>
          )}
        </div>
        <p id="look-up-hint" class="field-hint">
          {lookUp.hint}
        </p>
      </div>
      <Reading
        pasted={pasted}
        isBlank={delayed.trim() === ''}
        maxIds={maxIds}
        isInAddress={ids.length === 0 || inAddress !== ''}
      />
      {picked === null && named !== null && (
        <p class="look-up-named">
          <Name text={lookUp.namedDestination(named)} />{' '}
          <button type="button" class="button-link" onClick={() => setQuery({ destination: null }, true)}>
            {lookUp.everywhere}
          </button>
        </p>
      )}
      <Results ids={ids} times={pasted.ids} scope={picked ?? { destinationId: named, customerId: null }} />
    </>
  );
}

/** Says what was read of the text. */
function Reading({
  pasted,
  isBlank,
  maxIds,
  isInAddress,
}: {
  readonly pasted: Pasted;
  readonly isBlank: boolean;
  readonly maxIds: number;
  readonly isInAddress: boolean;
}) {
  const { lookUp } = useTexts();
  const format = useFormat();
  const count = pasted.ids.size;
  return (
    <p class="look-up-reading" role="status">
      {!isBlank && (count === 0 ? lookUp.noIds : lookUp.read[pasted.kind](count, format.number(count)))}
      {count > maxIds && ` ${lookUp.tooMany(format.number(maxIds))}`}
      {!isInAddress && ` ${lookUp.tooLongForLink}`}
    </p>
  );
}

/** Lets the person say which column of a table has the IDs. */
function ColumnChoice({
  pasted: { columns, column },
  onChoose,
}: {
  readonly pasted: Pasted;
  readonly onChoose: (column: number | 'all') => void;
}) {
  const { lookUp } = useTexts();
  if (columns.length === 0) return null;
  return (
    <label class="field">
      <span class="field-label">{lookUp.column}</span>
      <select
        class="select"
        value={column === null ? 'all' : String(column)}
        onChange={({ currentTarget: { value } }) => onChoose(value === 'all' ? 'all' : Number(value))}
      >
        {columns.map((title, index) => (
          <option key={index} value={String(index)}>
            {title.slice(0, 60)}
          </option>
        ))}
        <option value="all">{lookUp.allColumns}</option>
      </select>
    </label>
  );
}

/** The destination that the person has chosen. */
function pickedIn({ customer, destination }: Address['query']): PickedDestination | null {
  if (customer === undefined || destination === undefined) return null;
  return { customerId: customer, destinationId: destination };
}

/** Whether an address says what is looked up, or where. */
function isLink({ ids, destination }: Address['query']): boolean {
  return ids !== undefined || destination !== undefined;
}

/** The IDs of a link; else what the person had there before. */
function firstText(inLink: string | undefined, name: string): string {
  const before = kept.by === name ? kept.text : '';
  if (inLink === undefined || inLink === idsInAddress([...readPasted(before).ids.keys()])) return before;
  return inLink;
}

function idsInAddress(ids: readonly string[]): string {
  const text = ids.join('\n');
  return encodeURIComponent(text).length > LONGEST_IN_ADDRESS ? '' : text;
}
