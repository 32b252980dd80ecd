import { addressOfDestination, useAddress } from '../../app/address.js';
import { useViewer } from '../../app/app-context.js';
import { useAnswer } from '../../app/use-answer.js';
import { ImportOneDocument, type ImportOneQuery } from '../../generated/operations.js';
import { Ago } from '../../parts/freshness.js';
import { Loading } from '../../parts/loading.js';
import { Name } from '../../parts/name.js';
import { Notice } from '../../parts/notice.js';
import { ProblemNotice } from '../../parts/problem-notice.js';
import { View } from '../../parts/view.js';
import { useFormat, useTexts } from '../../texts/index.js';
import { Figures } from '../../parts/import-figures.js';
import './import.css';
import { Undo } from '../../parts/import-undo.js';

type Import = NonNullable<ImportOneQuery['import']>;

/** One import: what came of it, and a way to take it back. */
export function ImportView() {
  const { importOne: texts } = useTexts();
  const { may } = useViewer();
  const { params } = useAddress();
  const id = (params['id'] ?? '').toLowerCase();
  const mayRead = may('read');
  const { data, isLoading, isEarlier, problem, refresh } = useAnswer(
    ImportOneDocument,
    { id },
    { isPaused: !mayRead },
  );
  const found = isEarlier ? null : (data?.import ?? null);
  const file = found?.fileName ?? null;
  return (
    <View
      title={found === null ? texts.title : texts.titleOf(file ?? texts.noFile)}
      heading={found === null ? texts.title : <Name text={file ?? texts.noFile} longest={120} />}
      actions={
        mayRead && (
          <a class="button" href="/imports">
            {texts.list}
          </a>
        )
      }
    >
      <div class="stack">
        {!mayRead && (
          <>
            <Notice kind="calm" title={texts.forbidden.title}>
              <p>{texts.forbidden.text}</p>
            </Notice>
            {may('import') && <Undo importId={id} undoneAt={null} undoneBy={null} />}
          </>
        )}
        {problem !== null && <ProblemNotice problem={problem} onRetry={refresh} />}
        {found !== null && (
          <>
            <Facts found={found} />
            <Figures counts={found.counts} />
            <Undo
              key={found.id}
              importId={found.id}
              undoneAt={found.undoneAt ?? null}
              undoneBy={found.undoneBy ?? null}
            />
          </>
        )}
        {mayRead && found === null && problem === null && (isLoading || data === null || isEarlier) && (
          <Loading />
        )}
        {mayRead && data !== null && !isEarlier && found === null && problem === null && !isLoading && (
          <Notice kind="calm" title={texts.missing.title}>
            <p>{texts.missing.text}</p>
          </Notice>
        )}
      </div>
    </View>
  );
}

function Facts({ found: { at, by, mode, destination } }: { readonly found: Import }) {
  const { importOne: texts } = useTexts();
  const format = useFormat();
  const { customer, destinationId, name } = destination;
  return (
    <dl class="card import-facts" aria-label={texts.facts}>
      <div>
        <dt>{texts.when}</dt>
        <dd>
          <Ago time={at} /> <span class="muted">({format.moment(at)})</span>
        </dd>
      </div>
      <div>
        <dt>{texts.by}</dt>
        <dd>
          <Name text={by} longest={80} />
        </dd>
      </div>
      <div>
        <dt>{texts.destination}</dt>
        <dd>
          <a href={addressOfDestination(customer.id, destinationId)}>
            <Name text={name ?? destinationId} longest={80} />
          </a>{' '}
          <span class="muted">
            (<Name text={customer.name} longest={60} /> · <Name text={destinationId} longest={40} />)
          </span>
        </dd>
      </div>
      <div>
        <dt>{texts.mode}</dt>
        <dd>{texts.modes[mode]}</dd>
      </div>
    </dl>
  );
}
