import { userInfo } from 'node:os';
import { createLogger } from '../telemetry/logs.js';
import type { Redactor } from '../telemetry/redaction.js';

/** Writes an audit line to standard error, except on a terminal, where what the command prints is enough. */
export function audit(
  redactor: Redactor,
  entry: { readonly audit: string; readonly [detail: string]: unknown },
): void {
  if (process.stderr.isTTY) return;
  createLogger({ redactor, sink: process.stderr }).info(entry, 'audit');
}

/** The author of changes that a command makes: the user who runs it, and the command. */
export function authorOf(command: string): string {
  return `${userName()} (aam-gateway ${command})`;
}

/** In a container, the user may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
