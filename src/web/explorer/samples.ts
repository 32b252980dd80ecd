/** A sample operation of this gateway. */
export interface Sample {
  readonly title: string;
  readonly document: string;
}

/** The samples of this gateway. @returns `null` if they could not be loaded */
export async function loadSamples(): Promise<readonly Sample[] | null> {
  try {
    const response = await fetch('/explorer/samples.json');
    return response.ok ? ((await response.json()) as readonly Sample[]) : null;
  } catch {
    return null;
  }
}

/** A sample as the text of a tab. */
export function textOf({ title, document }: Sample): string {
  return `# ${title}\n${document}\n`;
}
