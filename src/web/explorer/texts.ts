/** What the explorer says itself. It is English only, as GraphiQL around it and the schema's descriptions are. */
export const texts = {
  title: 'Explorer',
  back: 'Back to the page',
  changeKey: 'Change key',
  loading: 'Loading…',
  tryAgain: 'Try again',
  samples: 'Samples',
  samplesNote: 'Each opens in a tab of its own.',
  noSamples: 'The samples could not be loaded.',
  operationName: 'Name of the operation',
  newOperation: 'Kind of the new operation',
  gatewaySays: (message: string) => `The gateway says: “${message}”`,
  key: {
    label: 'Key',
    use: 'Use this key',
    cancel: 'Cancel',
    note: 'Your API key or token. This browser tab keeps it until it is closed.',
    needed: 'This gateway answers only callers with a key.',
    rejected:
      'The gateway does not accept this key. It may be mistyped, have expired, or have been taken away.',
    change: 'Another key for this tab.',
  },
  schema: {
    forbidden:
      'With this key, the schema cannot be read, so fields are neither listed nor completed. Whoever runs the gateway can add the missing permission to the key.',
    refused: 'The schema cannot be read, so fields are neither listed nor completed. Operations can be run.',
  },
  busy: (seconds: number) => `The gateway has too much to do. Try again in ${seconds} s.`,
  unreachable: 'The gateway does not answer. It may be restarting, or the network is down.',
} as const;
