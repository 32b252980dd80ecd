/** Texts of the view for signing in, in English. */
export const signIn = {
  title: 'Sign in',
  intro: 'This gateway knows its callers by a key. Whoever runs it has given you one.',
  key: 'Key or token',
  hint: 'It is kept in this tab until you close it, and sent to this gateway only.',
  submit: 'Sign in',
  checking: 'Checking …',
  empty: 'Paste your key here.',
  wrong: 'The gateway does not accept this key. Check that it was copied whole, and that it has not expired.',
  refused:
    'Your key is not accepted any more. It may have expired or been taken away. Sign in with another; what you did stays.',
  already: (name: string) => `You are signed in as ${name}.`,
  notNeeded: 'This gateway needs no key.',
  other: 'Sign in with another key',
};
