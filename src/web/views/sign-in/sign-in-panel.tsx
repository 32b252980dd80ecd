import { useEffect, useRef } from 'preact/hooks';
import { useTexts } from '../../texts/index.js';
import { SignInForm } from './sign-in-form.js';

/** Asks for a key over a view whose key is not accepted any more. The view stays as it is, and goes on afterwards. */
export function SignInPanel() {
  const { signIn } = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  const show = (): void => dialog.current?.showModal();
  useEffect(show, []);
  return (
    <dialog
      ref={dialog}
      class="panel"
      aria-labelledby="sign-in-title"
      onCancel={(event) => event.preventDefault()}
      // Browsers close it if Escape is pressed twice, but the view cannot go on without a key.
      onClose={show}
    >
      <h2 id="sign-in-title">{signIn.title}</h2>
      <SignInForm label={signIn.submit} />
    </dialog>
  );
}
