export type { CallFilter, RecordedCall } from './calls.js';
export type { ActiveFault, Fault, FaultAction } from './faults.js';
export { type SampleData, type SampleGatewayCustomer, sampleCustomers } from './sample-data.js';
export { AudienceManagerSimulator } from './simulator.js';
export type * from './types.js';
