/**
 * A file of a delivery, or the description of its lines, cannot be used. The message names the cause and the remedy, and
 * may be shown to the customer.
 */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
}
