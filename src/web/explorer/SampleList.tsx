/** @jsxImportSource react */
import { useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from '@graphiql/react';
import { textOf, type Sample } from './samples.js';
import { texts } from './texts.js';

/** A panel of GraphiQL that lists the samples. Those in the tabs can be edited and closed; these stay. */
export function samplesPlugin(samples: readonly Sample[]): GraphiQLPlugin {
  return {
    title: texts.samples,
    icon: SamplesIcon,
    content: () => <SampleList samples={samples} />,
  };
}

function SampleList({ samples }: { readonly samples: readonly Sample[] }) {
  const tabs = useGraphiQL((state) => state.tabs);
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  const actions = useGraphiQLActions();

  const open = (sample: Sample): void => {
    const text = textOf(sample);
    const index = tabs.findIndex(({ query }) => query === text);
    if (index === -1) {
      actions.addTab();
      // The editor tells the tab what it holds only a moment later: another tab may have been chosen by then.
      actions.updateActiveTabValues({ query: text });
      queryEditor?.setValue(text);
    } else {
      actions.changeTab(index);
    }
    queryEditor?.focus();
  };

  return (
    <section className="explorer-samples" aria-label={texts.samples}>
      <h2>{texts.samples}</h2>
      <p>{samples.length === 0 ? texts.noSamples : texts.samplesNote}</p>
      <ul>
        {samples.map((sample) => (
          <li key={sample.title}>
            <button type="button" disabled={queryEditor === undefined} onClick={() => open(sample)}>
              {sample.title}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function SamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M4 6h16M4 12h16M4 18h10" strokeLinecap="round" />
    </svg>
  );
}
