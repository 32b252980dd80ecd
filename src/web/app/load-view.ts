import type { FunctionComponent } from 'preact';
import type { ConnectionWatch } from './connection.js';

/** Why the code of a view could not be loaded although the gateway answers. */
export class ViewNotLoaded extends Error {
  /** Whether the gateway has another version of the page by now. */
  readonly isUpdated: boolean;

  constructor(isUpdated: boolean, cause: unknown) {
    super('The code of the view could not be loaded.', { cause });
    this.isUpdated = isUpdated;
  }
}

/**
 * Loads the code of a view. Where the gateway cannot be reached, waits until it is back.
 *
 * @returns the view; where its code is not to be had, a component that throws `ViewNotLoaded`, for the error boundary
 */
export async function loadView(
  load: () => Promise<FunctionComponent>,
  connection: ConnectionWatch,
): Promise<FunctionComponent> {
  for (let failures = 0; ;) {
    const returns = connection.returns.value;
    try {
      if (failures > 0) await reloadStyles();
      return await load();
    } catch (error) {
      const status = await statusOfThisFile();
      failures += 1;
      if (status === null || status === 502 || status === 504) {
        if (connection.returns.value === returns) await backOf(connection);
        failures = 1;
      } else if (status === 404 || failures > 2) {
        const problem = new ViewNotLoaded(status === 404, error);
        return () => {
          throw problem;
        };
      }
    }
  }
}

/** How the gateway answers to the file that has this code: the names of files change with each version. */
async function statusOfThisFile(): Promise<number | null> {
  try {
    const { status } = await fetch(import.meta.url, { cache: 'no-store' });
    return status;
  } catch {
    return null;
  }
}

async function backOf(connection: ConnectionWatch): Promise<void> {
  connection.failed();
  await new Promise<void>((resolve) => {
    const end = connection.returns.subscribe(() => {
      end();
      resolve();
    });
  });
}

/** Asks again for style sheets that could not be loaded: Vite asks once for those of a view. */
async function reloadStyles(): Promise<void> {
  const links = [...document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')];
  await Promise.all(
    links
      .filter((link) => !isLoaded(link))
      .map(async (link) => {
        const again = link.cloneNode() as HTMLLinkElement;
        await new Promise((resolve, reject) => {
          again.onload = resolve;
          again.onerror = () => reject(new Error(`The style sheet ${link.href} could not be loaded.`));
          link.replaceWith(again);
        });
      }),
  );
}

function isLoaded({ sheet }: HTMLLinkElement): boolean {
  try {
    return sheet !== null && sheet.cssRules.length > 0;
  } catch {
    // So it is in Chromium.
    return false;
  }
}
