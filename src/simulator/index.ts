export type { RecordedCall } from './call-log.js';
export type { MappingEdit } from './edits.js';
export type { ActiveFault, Fault, FaultAction } from './faults.js';
export type { DeliveryOptions } from './outbound/delivery.js';
export type { MessageOptions } from './outbound/messages.js';
export {
  sendMessage,
  signatureOf,
  type MessageSignature,
  type MessageTarget,
  type SentMessage,
} from './outbound/send-message.js';
export type { DeliveredFile, OutboundFormat, OutboundJob, SyncMode } from './outbound/types.js';
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
