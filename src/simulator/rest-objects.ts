import type { Account } from './account-registry.js';
import type { MappingStyle, SimulatorDestination, SimulatorMapping } from './types.js';

type JsonObject = Record<string, unknown>;

// Default times of mappings and destinations, from the example in Adobe's documentation. Milliseconds since the epoch.
const DEFAULT_CREATE_TIME = 1281997484000;
const DEFAULT_UPDATE_TIME = 1300752888000;

/**
 * A mapping in the REST API, written in the style of its destination. Has all fields of the example in Adobe's
 * documentation ("Destination API Methods").
 */
export function mappingJson(mapping: SimulatorMapping, destination: SimulatorDestination): JsonObject {
  const style = destination.mappingStyle ?? {};
  const empty = style.emptyAs === 'empty' ? '' : null;
  const pixel = destination.type === 'PUSH' ? `pixel.example/${destination.id}/${mapping.mappingId}` : null;
  return {
    [style.idField ?? 'destinationMappingId']: mapping.mappingId,
    traitType: 'SEGMENT',
    traitValue: 0,
    destinationId: destination.id,
    elementName: mapping.name ?? empty,
    elementDescription: mapping.description ?? empty,
    elementStatus: statusOf(mapping, style),
    createTime: mapping.createTime ?? DEFAULT_CREATE_TIME,
    updateTime: mapping.updateTime ?? mapping.createTime ?? DEFAULT_UPDATE_TIME,
    crUID: 224,
    upUID: 308,
    sid: mapping.sid ?? null,
    startDate: mapping.startDate ?? null,
    endDate: mapping.endDate ?? null,
    priority: null,
    url: pixel && `http://${pixel}`,
    secureUrl: pixel && `https://${pixel}`,
    tagCode: null,
    secureTagCode: null,
    [style.aliasField ?? 'traitAlias']: mapping.alias ?? empty,
  };
}

/** A destination that is read by its ID. `mappings` is null: they are read from their own URL. */
export function destinationJson(destination: SimulatorDestination, account: Account): JsonObject {
  return {
    ...listedDestinationJson(destination, account),
    description: destination.description ?? '',
    domainRestrictions: 'ALL_DOMAINS',
    serializationEnabled: false,
    startDate: null,
    endDate: null,
    mappings: null,
  };
}

/** A destination in the list of destinations: has fewer fields than one that is read by its ID. */
export function listedDestinationJson(destination: SimulatorDestination, account: Account): JsonObject {
  return {
    destinationType: destination.type,
    destinationId: destination.id,
    pid: account.pid,
    name: destination.name,
    status: destination.status ?? 'active',
    createTime: DEFAULT_CREATE_TIME,
    updateTime: DEFAULT_UPDATE_TIME,
  };
}

function statusOf(mapping: SimulatorMapping, style: MappingStyle): string | number {
  const status = mapping.status ?? 'active';
  if (style.status === 'upper') return status.toUpperCase();
  if (style.status === 'number' && status !== 'deleted') return status === 'active' ? 1 : 0;
  return status;
}
