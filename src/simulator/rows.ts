import type { Account } from './customers.js';
import type { RowStyle, SimulatorDestination, SimulatorMapping } from './types.js';

/** A mapping as the REST API writes it. */
export type Row = Record<string, unknown>;

// The times of the documented example, for mappings and destinations that say nothing else.
const CREATE_TIME = 1281997484000;
const UPDATE_TIME = 1300752888000;

function statusOf(mapping: SimulatorMapping, style: RowStyle): string | number {
  const status = mapping.status ?? 'active';
  if (style.status === 'upper') return status.toUpperCase();
  if (style.status === 'number' && status !== 'deleted') return status === 'active' ? 1 : 0;
  return status;
}

/** The row of a mapping in its destination's style: all fields of Adobe's example ("destination API methods"). */
export function mappingRow(mapping: SimulatorMapping, destination: SimulatorDestination): Row {
  const style = destination.rowStyle ?? {};
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
    createTime: mapping.createTime ?? CREATE_TIME,
    updateTime: mapping.updateTime ?? mapping.createTime ?? UPDATE_TIME,
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

/** A destination as it is read alone. Its mappings have an address of their own, so the field is null. */
export function destinationObject(destination: SimulatorDestination, account: Account): Row {
  return {
    ...destinationEntry(destination, account),
    description: destination.description ?? '',
    domainRestrictions: 'ALL_DOMAINS',
    serializationEnabled: false,
    startDate: null,
    endDate: null,
    mappings: null,
  };
}

/** A destination in the list of all: not fully populated. */
export function destinationEntry(destination: SimulatorDestination, account: Account): Row {
  return {
    destinationType: destination.type,
    destinationId: destination.id,
    pid: account.pid,
    name: destination.name,
    status: destination.status ?? 'active',
    createTime: CREATE_TIME,
    updateTime: UPDATE_TIME,
  };
}
