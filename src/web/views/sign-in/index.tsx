import { useApp, useViewer } from '../../app/app-context.js';
import { useAddress } from '../../app/address.js';
import { useStore } from '../../app/store.js';
import { View } from '../../parts/view.js';
import { useTexts } from '../../texts/index.js';
import { SignInForm } from './sign-in-form.js';

/** Asks for a key where the page has none, and lets a signed-in person use another. */
export function SignInView() {
  const { signIn } = useTexts();
  const { session } = useApp();
  const { viewer } = useStore(session.state);
  const { name, isAnyone } = useViewer();
  const { path, go } = useAddress();
  if (viewer !== null && isAnyone) {
    return (
      <View title={signIn.title}>
        <p>{signIn.notNeeded}</p>
      </View>
    );
  }
  const leave = (): void => {
    if (path === '/sign-in') go('/');
  };
  return (
    <View title={signIn.title} intro={viewer === null ? signIn.intro : signIn.already(name)}>
      <SignInForm onDone={leave} label={viewer === null ? signIn.submit : signIn.other} />
    </View>
  );
}
