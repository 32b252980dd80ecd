/** A destination of log lines. Each line ends with a line break. */
export interface LogSink {
  write(line: string): void;
}
