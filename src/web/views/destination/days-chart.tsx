import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { useAnswer } from '../../app/use-answer.js';
import { DestinationDaysDocument } from '../../generated/operations.js';
import { Loading } from '../../parts/loading.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { useKnown } from '../../parts/use-known.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { DAY_WIDTH, HEIGHT, barHeight, fullHeightOf, segmentsLine, type Day } from './days.js';
import './days-chart.css';
import { DaysTable } from './days-table.js';
import { useRereading, type PartProps } from './part.js';

const DAYS = 90;

/** The segments and the changes of the last 90 days, as drawings and as a table. */
export function DaysChart({ place, state }: PartProps) {
  const { destination: texts } = useTexts();
  const answer = useAnswer(DestinationDaysDocument, { ...place, days: DAYS });
  useRereading(state, answer.refresh);
  const days = useKnown(answer.data?.destination?.changesByDay ?? null, 'days');
  return (
    <section class="destination-chart" aria-labelledby="destination-chart">
      <h2 id="destination-chart">{texts.chart.title}</h2>
      {days !== null && days.length > 0 ? (
        <Drawings days={days} />
      ) : answer.problem !== null ? (
        <ProblemNotice problem={answer.problem} onRetry={answer.refresh} />
      ) : (
        <div class="destination-chart-space">
          <Loading />
        </div>
      )}
    </section>
  );
}

function Drawings({ days }: { readonly days: readonly Day[] }) {
  const { chart } = useTexts().destination;
  const format = useFormat();
  const [pointed, setPointed] = useState<number | null>(null);
  const [first, last] = [days[0], days.at(-1)];
  const sum = days.reduce((total, day) => total + day.total, 0);
  const now = last?.segmentCount ?? null;
  const description = chart.description(
    format.day(first?.date ?? ''),
    format.day(last?.date ?? ''),
    now === null ? chart.unknownNow : format.number(now),
    format.number(sum),
  );
  const day = pointed === null ? undefined : days[pointed];
  const fullHeight = fullHeightOf(days);
  const point = (event: PointerEvent): void => {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    const index = Math.floor(((event.clientX - left) / width) * days.length);
    setPointed(Math.max(0, Math.min(index, days.length - 1)));
  };
  return (
    <>
      <div class="destination-drawings" onPointerMove={point} onPointerLeave={() => setPointed(null)}>
        <Drawing
          title={chart.segments}
          value={now === null ? '' : chart.now(format.number(now))}
          description={description}
          days={days.length}
          pointed={pointed}
        >
          <Line days={days} />
        </Drawing>
        <Drawing
          title={chart.changes}
          value={chart.sum(format.number(sum))}
          description={description}
          days={days.length}
          pointed={pointed}
        >
          {days.map(({ date, total, isComplete }, index) => (
            <Bar key={date} index={index} total={total} fullHeight={fullHeight} isPale={!isComplete} />
          ))}
        </Drawing>
      </div>
      <p class="destination-axis" aria-hidden="true">
        <span>{format.day(first?.date ?? '')}</span>
        <span class="destination-pointed">{day !== undefined && <PointedDay day={day} />}</span>
        <span>{format.day(last?.date ?? '')}</span>
      </p>
      {sum === 0 && <p class="destination-note">{chart.quiet}</p>}
      {days.some(({ total }) => total > fullHeight) && <p class="destination-note">{chart.cut}</p>}
      {days.some(({ isComplete }) => !isComplete) && <p class="destination-note">{chart.incomplete}</p>}
      <DaysTable days={days} />
    </>
  );
}

interface DrawingProps {
  readonly title: string;
  /** The number that counts most, beside the title. */
  readonly value: string;
  readonly description: string;
  readonly days: number;
  readonly pointed: number | null;
  readonly children: ComponentChildren;
}

/** A drawing that is as wide as the page lets it be. */
function Drawing({ title, value, description, days, pointed, children }: DrawingProps) {
  const id = useId();
  const width = days * DAY_WIDTH;
  return (
    <>
      <p class="destination-drawing-title" aria-hidden="true">
        <span>{title}</span>
        <strong>{value}</strong>
      </p>
      <svg
        class="destination-drawing"
        role="img"
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-description`}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
      >
        <title id={`${id}-title`}>{title}</title>
        <desc id={`${id}-description`}>{description}</desc>
        {pointed !== null && (
          <rect class="destination-day" x={pointed * DAY_WIDTH} y="0" width={DAY_WIDTH} height={HEIGHT} />
        )}
        {children}
      </svg>
    </>
  );
}

function Line({ days }: { readonly days: readonly Day[] }) {
  const { line, area } = segmentsLine(days);
  return (
    <>
      <path class="destination-area" d={area} />
      <path class="destination-line" d={line} />
    </>
  );
}

interface BarProps {
  readonly index: number;
  readonly total: number;
  readonly fullHeight: number;
  /** Whether old changes of the day were removed, so that there were more. */
  readonly isPale: boolean;
}

function Bar({ index, total, fullHeight, isPale }: BarProps) {
  const height = barHeight(total, fullHeight);
  if (height === 0) return null;
  const [x, width] = [index * DAY_WIDTH + 1, DAY_WIDTH - 2];
  const style = isPale ? 'destination-bar destination-bar-pale' : 'destination-bar';
  return (
    <>
      <rect class={style} x={x} y={HEIGHT - height} width={width} height={height} />
      {total > fullHeight && <rect class="destination-gap" x={x - 1} y="14" width={width + 2} height="8" />}
    </>
  );
}

function PointedDay({ day: { date, total, segmentCount } }: { readonly day: Day }) {
  const { chart, changes } = useTexts().destination;
  const format = useFormat();
  const segments =
    segmentCount === null
      ? chart.segmentsUnknown
      : chart.segmentsThen(segmentCount, format.number(segmentCount));
  return <>{chart.day(format.day(date), changes.count(total, format.number(total)), segments)}</>;
}
