/** What went wrong, and what a person can do about it, in English. */
export const problems = {
  offline: {
    title: 'This device is offline',
    remedy: 'Check the network. The page goes on by itself when it is back.',
  },
  gone: {
    title: 'The gateway does not answer',
    remedy: 'It may be restarting. The page goes on by itself when it is back; what you typed is kept.',
  },
  rateLimited: {
    title: 'Too much at once',
    remedy: 'The gateway asks to wait a moment. The page tries again by itself.',
  },
  stopping: {
    title: 'The gateway is being stopped',
    remedy: 'It is usually back within a minute. The page tries again by itself.',
  },
  tooLong: {
    title: 'The file took too long',
    remedy:
      'Nothing of it was imported. Try again when the gateway has less to do, or split the file into smaller ones.',
  },
  signedOut: {
    title: 'A key is needed',
    remedy: 'Sign in with a key that the gateway accepts.',
  },
  forbidden: {
    title: 'You may not do this',
    remedy: 'Ask whoever runs the gateway for the permission.',
  },
  notFound: {
    title: 'There is no such thing here',
    remedy: 'It may have been removed from the configuration, or your key may not see it.',
  },
  input: {
    title: 'This cannot be asked for',
    remedy: 'Correct what the gateway says below.',
  },
  tooLarge: {
    title: 'This is too large to be sent',
    remedy:
      'The gateway, or a proxy in front of it, takes nothing of this size. Send it in smaller parts, or ask whoever runs the gateway to allow more.',
  },
  ambiguous: {
    title: 'The ID stands for several segments',
    remedy: 'Choose which kind of ID it is.',
  },
  upstream: {
    title: 'Audience Manager could not be read',
    remedy: 'Names that are known already are still shown. Whoever runs the gateway finds the reason below.',
  },
  storage: {
    title: 'The gateway’s database does not answer',
    remedy: 'Names can still be looked up. Lists and histories work again when the database does.',
  },
  defect: {
    title: 'Something went wrong in the gateway',
    remedy: 'Try again. If it stays, tell whoever runs the gateway; its log has the details.',
  },
  /** The remedies where the page does not try again by itself. */
  byHand: {
    offline: 'Check the network, and try again when it is back. What you typed is kept.',
    gone: 'It may be restarting. Try again in a minute; what you typed is kept.',
    rateLimited: 'The gateway asks to wait a moment. Then try again; what you typed is kept.',
    stopping: 'It is usually back within a minute. Then try again; what you typed is kept.',
  },
  details: 'What the gateway says',
};
