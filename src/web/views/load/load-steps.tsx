import { useClient } from '@urql/preact';
import { useEffect } from 'preact/hooks';
import { useAddress } from '../../app/address.js';
import { useApp, useViewer } from '../../app/app-context.js';
import { useStore } from '../../app/store.js';
import { useAnswer } from '../../app/use-answer.js';
import { LimitsDocument } from '../../generated/operations.js';
import { useTexts } from '../../texts/index.js';
import { ApplyPanel } from './apply-panel.js';
import { DestinationStep } from './destination-step.js';
import type { FileLoad } from './file-load.js';
import { FileStep } from './file-step.js';
import { Outcome } from './outcome.js';
import { Preview } from './preview.js';
import { PreviewProblem } from './preview-problem.js';
import { ReadingOptions } from './reading-options.js';
import { Said } from './said.js';
import { Step } from './step.js';
import { useFileLoad } from './use-file-load.js';
import { Work } from './work.js';

/** The size of a file that every gateway takes, in bytes. */
const USUAL_MAX_BYTES = 64 * 1024 * 1024;

/** The steps from a file to names. Each appears when the ones before are done. */
export function LoadSteps() {
  const { load: texts } = useTexts();
  const { may } = useViewer();
  const load = useFileLoad();
  const state = useStore(load.state);
  const { data } = useAnswer(LimitsDocument, {}, { isPaused: !may('read') });
  const maxBytes = data?.gateway.maxFileBytes ?? USUAL_MAX_BYTES;
  useAddressOf(load, state.work?.is === 'import');
  useReturns(load);
  const { destination, file, preview, work, outcome, problem, header } = state;
  const isImporting = work?.is === 'import';

  if (outcome !== null) return <Outcome load={load} outcome={outcome} />;
  return (
    <>
      <div class="load-steps" inert={isImporting}>
        <Step number={1} title={texts.where} isDone={destination !== null}>
          <DestinationStep load={load} destination={destination} />
        </Step>
        <Step number={2} title={texts.what} isDone={file !== null}>
          <FileStep load={load} maxBytes={maxBytes} />
        </Step>
        {destination !== null && file !== null && (
          <Step number={3} title={texts.check} isDone={preview !== null && work?.is !== 'preview'}>
            {problem?.of === 'preview' && (
              <PreviewProblem
                problem={problem.problem}
                unclear={state.isHeaderUnclear ? header : null}
                onRetry={() => void load.preview()}
              />
            )}
            {(header !== null || state.choices.force || mayBeForced(problem?.problem.message)) && (
              <ReadingOptions load={load} isForceOffered={mayBeForced(problem?.problem.message)} />
            )}
            {work?.is === 'preview' && <Work load={load} work={work} />}
            {preview !== null && (
              <Preview
                answer={preview}
                destination={destination}
                fileName={file.file.name}
                isEarlier={work?.is === 'preview'}
              />
            )}
          </Step>
        )}
      </div>
      {destination !== null && file !== null && preview !== null && (
        <div class="load-steps">
          <Step number={4} title={texts.apply} isDone={false}>
            <ApplyPanel load={load} preview={preview} maxBytes={maxBytes} />
          </Step>
        </div>
      )}
      <Said state={state} />
    </>
  );
}

/** Whether a file was refused because it says that it is of another destination, which a person may overrule. */
function mayBeForced(message: string | null | undefined): boolean {
  return message?.includes('--force') === true;
}

/** Keeps the destination in the address, and takes it from there, except while a file is imported. */
function useAddressOf(load: FileLoad, isImporting: boolean): void {
  const { query, setQuery } = useAddress();
  const { customer = '', destination = '' } = query;
  useEffect(() => {
    const known = load.state.value.destination;
    if (customer !== '' && destination !== '') {
      load.setDestination({ customerId: customer, destinationId: destination });
    } else if (load.state.value.outcome !== null) {
      load.forget();
    } else if (known !== null && load.state.value.file !== null) {
      setQuery({ customer: known.customerId, destination: known.destinationId });
    } else {
      load.setDestination(null);
    }
  }, [load, customer, destination, isImporting]);
}

/** Goes on when the gateway is back, and asks before the tab is closed while a file is imported. */
function useReturns(load: FileLoad): void {
  const client = useClient();
  const { connection } = useApp();
  const { may } = useViewer();
  const mayList = may('read');
  useEffect(
    () =>
      connection.returns.subscribe(() => {
        const { problem, lost } = load.state.value;
        const isGone = problem?.problem.kind === 'gone' || problem?.problem.kind === 'offline';
        if (problem?.of === 'preview' && isGone) void load.preview();
        if (lost === 'unreachable') void load.lookForLost(mayList ? client : null);
      }),
    [load, connection, client, mayList],
  );
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      if (load.isImporting) event.preventDefault();
    };
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [load]);
}
