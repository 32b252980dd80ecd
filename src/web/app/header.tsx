import { useLocation } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import { Name } from '../parts/name.js';
import { LANGUAGES, useLocalized, type Language } from '../texts/index.js';
import { useApp, useViewer, type Offers } from './app-context.js';
import { offeredViews } from './offered-views.js';
import { useStore } from './store.js';

/** The header with the views, the language and the caller. */
export function Header() {
  const { texts, language, choose } = useLocalized();
  const { session } = useApp();
  const { viewer } = useStore(session.state);
  const { name, may, isAnyone } = useViewer();
  const { path, route } = useLocation();
  const offers = useOffers();
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);

  const signOut = (): void => {
    session.signOut();
    route('/');
  };
  return (
    <header class="header" data-open={viewer === null ? undefined : isOpen}>
      <a class="header-name" href="/" aria-label={texts.shell.home}>
        <Mark />
        {texts.shell.name}
      </a>
      {viewer !== null && (
        <button
          type="button"
          class="header-menu"
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setOpen(!isOpen)}
        >
          {texts.shell.menu}
        </button>
      )}
      <nav id="navigation" class="header-views" aria-label={texts.shell.navigation}>
        {offeredViews(may).map(({ address, text }) => (
          <a key={address} href={address} aria-current={isCurrent(address, path) ? 'page' : undefined}>
            {text(texts)}
          </a>
        ))}
        {offers.explorer && <a href="/explorer">{texts.shell.explorer}</a>}
      </nav>
      <div class="header-more">
        <select
          aria-label={texts.shell.language}
          value={language}
          onChange={({ currentTarget }) => choose(currentTarget.value as Language)}
        >
          {Object.entries(LANGUAGES).map(([tag, its]) => (
            <option key={tag} value={tag} lang={tag}>
              {its}
            </option>
          ))}
        </select>
        {viewer !== null && !isAnyone && (
          <>
            <span class="header-caller" title={texts.shell.signedInAs(name)}>
              <Name text={name} />
            </span>
            <button type="button" class="button-quiet" onClick={signOut}>
              {texts.shell.signOut}
            </button>
          </>
        )}
      </div>
    </header>
  );
}

function Mark() {
  return (
    <svg class="header-mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M8 11h9M8 16h16M8 21h12" />
      <circle cx="22.5" cy="11" r="2.2" />
    </svg>
  );
}

function isCurrent(address: string, path: string): boolean {
  return address === '/' ? path === '/' : path === address || path.startsWith(`${address}/`);
}

/** What the gateway offers beside this page; nothing until that is known. */
function useOffers(): Offers {
  const [offers, setOffers] = useState<Offers>({ explorer: false });
  useEffect(() => {
    void fetch('/page.json')
      .then(async (response) => setOffers((await response.json()) as Offers))
      .catch(() => undefined);
  }, []);
  return offers;
}
