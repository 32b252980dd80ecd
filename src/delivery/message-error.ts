/** A message cannot be read. The text says what is wrong and what to do. */
export class MessageError extends Error {
  override readonly name: string = 'MessageError';
}

/** A message has more segments than one request may have, or its answer would be too long. */
export class MessageTooLargeError extends MessageError {
  override readonly name = 'MessageTooLargeError';
}
