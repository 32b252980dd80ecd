/** Number of times that something is tried, each time on another connection. */
const MAX_TRIES = 3;

/**
 * Does something again, at once, after errors for which that is worth it.
 *
 * @param work is told whether it may have been done already
 * @throws the last error
 */
export async function withRetries<T>(
  work: (isRetry: boolean) => Promise<T>,
  isWorthIt: (error: unknown) => boolean,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work(tries > 1);
    } catch (error) {
      if (tries === MAX_TRIES || !isWorthIt(error)) throw error;
    }
  }
}
