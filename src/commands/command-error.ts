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
