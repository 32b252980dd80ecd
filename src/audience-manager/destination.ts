import { z } from 'zod';
import { parseAnswer } from './json.js';

type AamDestinationType = 'URL' | 'COOKIE' | 'SERVER_TO_SERVER' | 'ANALYTICS' | 'PEOPLE_BASED' | 'UNKNOWN';

/**
 * A destination's name, description, type and status.
 * Source: "Retrieve destinations", Return a destination.
 */
export interface DestinationDetails {
  readonly name: string | null;
  readonly description: string | null;
  readonly type: AamDestinationType;
  /** `null` if the status is not one of the documented values. */
  readonly active: boolean | null;
}

const text = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => (value === undefined || value === '' ? null : value));

const destination = z.object({
  name: text,
  description: text,
  destinationType: z.unknown().optional(),
  status: z.unknown().optional(),
});

/** Parses the answer of `GET destinations/{id}`. @throws AudienceManagerError AAM_BAD_RESPONSE */
export function parseDestination(body: Uint8Array): DestinationDetails {
  const data = parseAnswer(body, destination, 'a destination');
  return {
    name: data.name,
    description: data.description,
    type: parseType(data.destinationType),
    active: parseActive(data.status),
  };
}

/** PUSH, ADS and S2S are documented. The other types exist, but their spelling is not documented. */
function parseType(value: unknown): AamDestinationType {
  if (typeof value !== 'string') return 'UNKNOWN';
  switch (value.trim().toUpperCase().replaceAll('-', '_').replaceAll(' ', '_')) {
    case 'PUSH':
    case 'URL':
      return 'URL';
    case 'ADS':
    case 'COOKIE':
      return 'COOKIE';
    case 'S2S':
    case 'SERVER_TO_SERVER':
      return 'SERVER_TO_SERVER';
    case 'ANALYTICS':
    case 'ADOBE_ANALYTICS':
      return 'ANALYTICS';
    case 'PEOPLE_BASED':
    case 'PEOPLE':
      return 'PEOPLE_BASED';
    default:
      return 'UNKNOWN';
  }
}

function parseActive(value: unknown): boolean | null {
  const status = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (status === 'active' || status === 1 || status === '1') return true;
  if (status === 'inactive' || status === 'deleted' || status === 0 || status === '0') return false;
  return null;
}
