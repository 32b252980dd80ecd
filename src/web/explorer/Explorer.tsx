/** @jsxImportSource react */
import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useRef, useState } from 'react';
import { explorerStorage } from '../app/explorer-storage.js';
import { keepKey, readKey } from '../app/key.js';
import { createFetcher, SCHEMA_OPERATION } from './fetcher.js';
import { FIELDS_PLUGIN } from './FieldsPanel.js';
import { FollowSystemTheme } from './FollowSystemTheme.js';
import { Notice } from './Notice.js';
import { loadSamples, textOf, type Sample } from './samples.js';
import { samplesPlugin } from './SampleList.js';
import { texts } from './texts.js';
import { isCallerKnown, type Trouble } from './trouble.js';

/** The key, and how often the gateway was asked anew. A new object makes GraphiQL ask for the schema. */
interface Attempt {
  readonly key: string | null;
}

/** The panel that is open at first. On a narrow screen, it would leave no room for the editors. */
const FIRST_PANEL = matchMedia('(min-width: 60rem)').matches ? { visiblePlugin: FIELDS_PLUGIN } : {};

/** GraphiQL, with the samples of this gateway and the key of this browser tab. */
export function Explorer() {
  const [attempt, setAttempt] = useState<Attempt>(() => ({ key: readKey() }));
  const [samples, setSamples] = useState<readonly Sample[] | null>();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [isChangingKey, setChangingKey] = useState(false);
  const latest = useRef(attempt);
  const hasSamples = Array.isArray(samples);

  useEffect(() => {
    latest.current = attempt;
  }, [attempt]);

  useEffect(() => {
    // They do not depend on the key.
    if (!hasSamples) void loadSamples().then(setSamples);
  }, [attempt, hasSamples]);

  const fetcher = useMemo(
    () =>
      createFetcher(attempt.key, (found) => {
        // An answer to the key before says nothing about this one.
        if (latest.current !== attempt) return;
        if (isCallerKnown(found)) keepKey(attempt.key);
        setTrouble(found);
      }),
    [attempt],
  );
  const plugins = useMemo(() => [FIELDS_PLUGIN, samplesPlugin(samples ?? []), HISTORY_PLUGIN], [samples]);

  const tryKey = (key: string | null): void => {
    setTrouble(null);
    setChangingKey(false);
    setAttempt({ key });
  };

  return (
    <div className="explorer">
      <header className="explorer-bar">
        <a href="/">{texts.back}</a>
        <h1>{texts.title}</h1>
        {attempt.key !== null && (
          <button type="button" onClick={() => setChangingKey(true)}>
            {texts.changeKey}
          </button>
        )}
      </header>
      <Notice
        concern={isChangingKey ? { kind: 'change-key' } : trouble}
        onKey={tryKey}
        onRetry={() => tryKey(attempt.key)}
        onClose={() => setChangingKey(false)}
      />
      <main>
        {samples === undefined ? (
          <p className="explorer-loading">{texts.loading}</p>
        ) : (
          <GraphiQL
            fetcher={fetcher}
            plugins={plugins}
            storage={explorerStorage}
            {...FIRST_PANEL}
            // The bar above it has no other colours than the system's.
            forcedTheme="system"
            introspectionQueryName={SCHEMA_OPERATION}
            // A key that was typed into an editor would be kept with the history.
            isHeadersEditorEnabled={false}
            {...(samples === null || samples.length === 0
              ? {}
              : { defaultTabs: samples.map((sample) => ({ query: textOf(sample) })) })}
          >
            <GraphiQL.Logo>
              <FollowSystemTheme />
            </GraphiQL.Logo>
          </GraphiQL>
        )}
      </main>
    </div>
  );
}
