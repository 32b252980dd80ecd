/** @jsxImportSource react */
import { explorerPlugin } from '@graphiql/plugin-explorer';
import type { GraphiQLPlugin } from '@graphiql/react';
import { useEffect, useRef } from 'react';
import { texts } from './texts.js';

const plugin = explorerPlugin();

/** The panel of GraphiQL in which an operation is put together by ticking fields. */
export const FIELDS_PLUGIN: GraphiQLPlugin = { ...plugin, content: FieldsPanel };

/** The plug-in's panel, whose inputs get the names that a screen reader says. The plug-in gives them none. */
function FieldsPanel() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const panel = place.current;
    if (panel === null) return;
    const observer = new MutationObserver(() => nameInputs(panel));
    observer.observe(panel, { childList: true, subtree: true });
    nameInputs(panel);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={place}>
      <plugin.content />
    </div>
  );
}

function nameInputs(panel: HTMLElement): void {
  for (const input of panel.querySelectorAll('input:not([aria-label]), select:not([aria-label])')) {
    input.setAttribute('aria-label', nameOf(input));
  }
}

function nameOf(input: Element): string {
  const argument = input.closest<HTMLElement>('[data-arg-name]');
  if (argument?.dataset['argName'] !== undefined) return argument.dataset['argName'];
  return input.closest('.graphiql-explorer-actions') === null ? texts.operationName : texts.newOperation;
}
