/** A failure of a command that is reported as one line, without a stack trace. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** 1: the command failed. 2: the command line is wrong. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** One of several files cannot be read, or not to its end. The others can. */
export class FileFailure extends CommandError {}
