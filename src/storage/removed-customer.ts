/** The customer ID of destinations that are being removed. No configured customer has it. */
export const REMOVED_CUSTOMER = '';
