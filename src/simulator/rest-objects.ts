import type { Account } from './account-registry.js';
import type { OutboundJob } from './outbound/types.js';
import type { DestinationFormat, MappingStyle, SimulatorDestination, SimulatorMapping } from './types.js';

const FORMAT_FIELDS = [
  'urlFormatString',
  'secureUrlFormatString',
  'delimiter',
  'formatType',
  'singleKey',
  'keySeparator',
  'valueSeparator',
  'serializationSeparator',
  'mappingAutoFiller',
] as const satisfies readonly (keyof DestinationFormat)[];

type JsonObject = Record<string, unknown>;

// Default times of mappings and destinations, from the example in Adobe's documentation. Milliseconds since the epoch.
const DEFAULT_CREATE_TIME = 1281997484000;
const DEFAULT_UPDATE_TIME = 1300752888000;

/**
 * A mapping in the REST API, written in the style of its destination. Has the fields that the examples in Adobe's
 * documentation have for this type of destination ("Destination API Methods", Map segments).
 */
export function mappingJson(mapping: SimulatorMapping, destination: SimulatorDestination): JsonObject {
  const style = destination.mappingStyle ?? {};
  const empty = style.emptyAs === 'empty' ? '' : null;
  return {
    [style.idField ?? 'destinationMappingId']: mapping.mappingId,
    traitType: mapping.traitType ?? 'SEGMENT',
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
    priority: destination.type === 'ADS' ? 1 : null,
    ...addressesOf(mapping, destination),
    traitAlias: mapping.alias ?? empty,
    ...((destination.type === 'ADS' || mapping.value !== undefined) && {
      valueAlias: mapping.value ?? empty,
    }),
  };
}

/** Cookie and server-to-server destinations have no addresses, unless the mapping says so. */
function addressesOf(
  mapping: SimulatorMapping,
  { id, type, serializationEnabled }: SimulatorDestination,
): JsonObject {
  const hasNone = type === 'ADS' || type === 'S2S';
  if (hasNone && mapping.url === undefined && mapping.secureUrl === undefined) return {};
  const example = (scheme: string): string | null => {
    if (type !== 'PUSH') return null;
    return serializationEnabled
      ? (mapping.alias ?? null)
      : `${scheme}://pixel.example/${id}/${mapping.mappingId}`;
  };
  return {
    url: mapping.url === undefined ? example('http') : mapping.url,
    secureUrl: mapping.secureUrl === undefined ? example('https') : mapping.secureUrl,
    tagCode: null,
    secureTagCode: null,
  };
}

/** A destination that is read by its ID. `mappings` is null: they are read from their own URL. */
export function destinationJson(destination: SimulatorDestination, account: Account): JsonObject {
  const { description = '', serializationEnabled = false } = destination;
  return {
    ...listedDestinationJson(destination, account),
    description,
    domainRestrictions: 'ALL_DOMAINS',
    serializationEnabled,
    ...(destination.type === 'PUSH' && {
      urlFormatString: null,
      secureUrlFormatString: null,
      delimiter: null,
    }),
    ...Object.fromEntries(
      FORMAT_FIELDS.flatMap((field) =>
        destination[field] === undefined ? [] : [[field, destination[field]]],
      ),
    ),
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

/** An entry of `history/outbound`. Source: "Destination API Methods", job history of server-to-server destinations. */
export function outboundJobJson(job: OutboundJob, { id }: SimulatorDestination): JsonObject {
  const { pushId, dataProviderId, ...others } = job;
  return { pushID: pushId, orderID: id, dataProviderID: dataProviderId, syncType: 1, ...others };
}

function statusOf(mapping: SimulatorMapping, style: MappingStyle): string | number {
  const status = mapping.status ?? 'active';
  if (style.status === 'upper') return status.toUpperCase();
  if (style.status === 'number' && status !== 'deleted') return status === 'active' ? 1 : 0;
  return status;
}

/** The user that calls the API, as `GET users/self` returns it. */
export function userJson({ pid, credentials }: Account): JsonObject {
  const isTechnical = credentials.type === 'server-to-server';
  return {
    uid: pid + 1000,
    pid,
    username: isTechnical ? `${credentials.clientId}@techacct.adobe.com` : credentials.username,
    status: 'ACTIVE',
    admin: false,
  };
}
