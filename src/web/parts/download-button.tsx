import { useTexts } from '../texts/index.js';
import { saveFile } from './save-file.js';

interface DownloadButtonProps {
  readonly fileName: string;
  /** The content of the file, made when it is asked for. */
  readonly content: () => string;
  readonly label?: string;
  readonly isDisabled?: boolean;
}

/** Saves a CSV file that the page makes. */
export function DownloadButton({ fileName, content, label, isDisabled = false }: DownloadButtonProps) {
  const { parts } = useTexts();
  const save = (): void => saveFile(fileName, new Blob([content()], { type: 'text/csv;charset=utf-8' }));
  return (
    <button type="button" class="button" disabled={isDisabled} onClick={save}>
      {label ?? parts.download}
    </button>
  );
}
