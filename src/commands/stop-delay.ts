import { isLoopback, longestDelayMs, type AccessConfig, type Config } from '../config/index.js';

/** How long load balancers have by default to notice that the gateway is about to stop, in milliseconds. */
const DEFAULT_DELAY_MS = 5_000;

/**
 * How long requests are accepted after SIGTERM. Somebody at a terminal, or alone on this machine, waits for nothing.
 *
 * @param access the access control that is in force
 */
export function stopDelayMs(
  { shutdown, listen }: Config,
  access: AccessConfig | null,
  isTerminal: boolean,
): number {
  if (shutdown.delayMs !== null) return shutdown.delayMs;
  const isServing = access !== null || !isLoopback(listen.host);
  return isServing && !isTerminal ? Math.min(DEFAULT_DELAY_MS, longestDelayMs(shutdown.limitMs)) : 0;
}
