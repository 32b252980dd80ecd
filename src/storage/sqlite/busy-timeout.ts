/** How long a statement waits while another process has the database locked, in milliseconds. */
export const BUSY_TIMEOUT_MS = 5_000;
