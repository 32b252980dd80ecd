import { useEffect, useState } from 'preact/hooks';
import { useTexts } from '../texts/index.js';
import { useApp } from './app-context.js';
import { useStore } from './store.js';

/** How long is said that the gateway is back, in milliseconds. */
const BACK_MS = 4_000;

/** Says that the gateway cannot be reached, and that it is back. */
export function ConnectionNotice() {
  const { connection } = useApp();
  const state = useStore(connection.state);
  const returns = useStore(connection.returns);
  const [isBack, setBack] = useState(false);
  const { shell } = useTexts();
  useEffect(() => {
    if (returns === 0) return;
    setBack(true);
    const timer = setTimeout(() => setBack(false), BACK_MS);
    return () => clearTimeout(timer);
  }, [returns]);
  return (
    <div class="connection" role="status">
      {state !== 'ok' ? (
        <p class="connection-lost">{state === 'offline' ? shell.offline : shell.gone}</p>
      ) : (
        isBack && <p class="connection-back">{shell.back}</p>
      )}
    </div>
  );
}
