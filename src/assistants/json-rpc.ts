/** The codes of errors in messages. Source: JSON-RPC 2.0, section 5.1. */
export const PARSE_ERROR = -32_700;
export const INVALID_REQUEST = -32_600;
export const METHOD_NOT_FOUND = -32_601;
export const INTERNAL_ERROR = -32_603;
/** For everything else, in the range that is free for servers. */
export const SERVER_ERROR = -32_000;
