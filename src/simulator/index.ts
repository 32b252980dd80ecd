export type { RecordedCall } from './call-log.js';
export type { MappingEdit } from './edits.js';
export type { ActiveFault, Fault, FaultAction } from './faults.js';
export { type SampleGatewayCustomer, sampleCustomers } from './sample-data.js';
export { AudienceManagerSimulator } from './simulator.js';
export type {
  PartnerClient,
  PasswordCustomer,
  MappingStyle,
  ServerToServerCustomer,
  SimulatorCustomer,
  SimulatorDestination,
  SimulatorMapping,
  SimulatorOptions,
} from './types.js';
