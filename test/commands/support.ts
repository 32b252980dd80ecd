import { TemporaryFolder, runCommand } from '../support/command.js';

/** A customer without credentials with the destinations 900 and 901, and one without destinations. */
const MANUAL_CUSTOMERS = `customers:
  - id: initech
    destinations: [{ id: 900, segmentIdType: SID }, { id: 901 }]
  - id: empty
`;

/** A temporary folder with a `gateway.yaml`, in which commands are run. */
export interface CommandFolder extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  run(...args: string[]): ReturnType<typeof runCommand>;
}

export async function commandFolder(config = MANUAL_CUSTOMERS): Promise<CommandFolder> {
  const folder = await TemporaryFolder.create();
  await folder.write('gateway.yaml', config);
  return {
    folder,
    run: (...args) => runCommand(args, {}, folder.path),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** Flags for the first destination of `MANUAL_CUSTOMERS`. */
export const TO_900 = ['--customer', 'initech', '--destination', '900'];

/** Flags for the second one, whose IDs are of unstated kind. */
export const TO_901 = ['--customer', 'initech', '--destination', '901'];
