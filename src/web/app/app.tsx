import { Provider, type Client } from '@urql/preact';
import { LocationProvider } from 'preact-iso';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { TextsContext, firstLanguage, keepLanguage, localizedIn } from '../texts/index.js';
import { AppContext, type AppParts } from './app-context.js';
import { createClient } from './client.js';
import { ConnectionWatch } from './connection.js';
import { Session } from './session.js';
import { Shell } from './shell.js';
import { useStore } from './store.js';

/** Addresses of this origin that are not the page's: the browser loads them. */
const OUR_ADDRESSES = /^\/(?!(?:explorer|sandbox|graphql|export|import|messages)(?:[/?#]|$))/;

/** The whole page. */
export function App() {
  const [language, setLanguage] = useState(firstLanguage);
  const localized = useMemo(() => localizedIn(language), [language]);
  const parts = useMemo(createParts, []);
  const client = useClientOf(parts.session);

  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    parts.connection.start();
    void parts.session.start();
    return parts.connection.returns.subscribe(() => {
      if (parts.session.state.value.phase === 'starting') void parts.session.start();
    });
  }, [parts]);

  const choose = (chosen: typeof language): void => {
    keepLanguage(chosen);
    setLanguage(chosen);
  };
  return (
    <TextsContext.Provider value={{ ...localized, choose }}>
      <AppContext.Provider value={parts}>
        <Provider value={client}>
          <LocationProvider scope={OUR_ADDRESSES}>
            <Shell />
          </LocationProvider>
        </Provider>
      </AppContext.Provider>
    </TextsContext.Provider>
  );
}

function createParts(): AppParts {
  const connection = new ConnectionWatch();
  return { connection, session: new Session(connection) };
}

/** A client for each caller: what one was shown is not kept for another. */
function useClientOf(session: Session): Client {
  const caller = useStore(session.callers);
  return useMemo(() => createClient(session.fetch), [session, caller]);
}
