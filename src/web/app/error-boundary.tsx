import { Component, type ComponentChildren } from 'preact';
import { useTexts } from '../texts/index.js';
import { ViewNotLoaded } from './load-view.js';

interface Props {
  /** The address of the view. A defect of one view is forgotten at another. */
  readonly address: string;
  readonly children: ComponentChildren;
}

interface State {
  readonly address: string;
  readonly error: Error | null;
}

/** Shows a message in the place of a view that fails by a defect. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { address: this.props.address, error: null };

  static override getDerivedStateFromError(error: unknown): Partial<State> {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  static override getDerivedStateFromProps({ address }: Readonly<Props>, state: State): State | null {
    return address === state.address ? null : { address, error: null };
  }

  override render() {
    const { error } = this.state;
    return error === null ? this.props.children : <Broken error={error} />;
  }
}

function Broken({ error }: { readonly error: Error }) {
  const { shell } = useTexts();
  const { title, text } = !(error instanceof ViewNotLoaded)
    ? shell.broken
    : error.isUpdated
      ? shell.updated
      : shell.notLoaded;
  return (
    <div class="notice notice-bad" role="alert">
      <h1>{title}</h1>
      <p>{text}</p>
      <p>
        <button type="button" class="button" onClick={() => location.reload()}>
          {shell.broken.reload}
        </button>
      </p>
      {!(error instanceof ViewNotLoaded) && (
        <details>
          <summary>{shell.broken.details}</summary>
          <pre>{error.stack ?? error.message}</pre>
        </details>
      )}
    </div>
  );
}
