import { useMemo } from 'preact/hooks';
import { useApp, type AppParts } from '../../app/app-context.js';
import { FileLoad } from './file-load.js';

/** Kept while other views are looked at, so that a file that was chosen is still there afterwards. */
const loads = new WeakMap<AppParts, FileLoad>();

/** The file that is being loaded. */
export function useFileLoad(): FileLoad {
  const app = useApp();
  return useMemo(() => {
    const known = loads.get(app);
    if (known !== undefined) return known;
    const load = new FileLoad(app);
    loads.set(app, load);
    // What one person has chosen is not shown to the next, and not imported in the name of the next.
    let owner = app.session.state.value.viewer?.name;
    app.session.state.subscribe(() => {
      const name = app.session.state.value.viewer?.name;
      if (name !== owner) load.forget();
      owner = name;
    });
    return load;
  }, [app]);
}
