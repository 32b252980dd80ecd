import { z } from 'zod';
import { storableText } from '../base/text.js';
import type { ContentType } from './charset.js';
import { parseAnswer } from './json.js';
import { MAX_DESCRIPTION_LENGTH, MAX_NAME_LENGTH, cutText, storableIdentifier } from './texts.js';

type AamDestinationType =
  'URL' | 'COOKIE' | 'SERVER_TO_SERVER' | 'ANALYTICS' | 'PEOPLE_BASED' | 'PULL' | 'UNKNOWN';

/**
 * A destination's name, description, type and status, and the fields that say which identifiers its data carry.
 * Source: "Retrieve destinations", Return a destination.
 */
export interface DestinationDetails {
  readonly name: string | null;
  readonly description: string | null;
  readonly type: AamDestinationType;
  /** `null` if the status is not one of the documented values. */
  readonly active: boolean | null;
  /** Cookie: whether its data have one key or several. */
  readonly formatType: 'SINGLE_KEY' | 'KEY_VALUE' | null;
  /** Cookie with one key: that key. */
  readonly singleKey: string | null;
  /** Cookie: the text between key and value. */
  readonly keySeparator: string | null;
  /** Cookie: the text between two keys with their values. */
  readonly valueSeparator: string | null;
  /** Cookie: the text between several values of one key. */
  readonly serializationSeparator: string | null;
  /** URL: the text between several aliases. */
  readonly delimiter: string | null;
  /** URL: the address that is called, with `%ALIAS%` where the aliases of all segments go. */
  readonly urlFormatString: string | null;
  readonly secureUrlFormatString: string | null;
  /** Whether one call or cookie carries several segments. */
  readonly serializationEnabled: boolean | null;
  /** What Audience Manager's interface puts into an alias: the sid, the integration code or nothing. Not documented. */
  readonly mappingAutoFiller: 'SID' | 'IC' | 'NONE' | null;
}

/** What a list of destinations says of one of them: entries are not fully populated. */
export interface ListedDestination extends Pick<
  DestinationDetails,
  'name' | 'description' | 'type' | 'active'
> {
  /** Audience Manager's number, as text. */
  readonly id: string;
}

/** Maximum length of a destination's ID, in characters, the same as in the configuration. */
const MAX_ID_LENGTH = 255;

const string = z
  .string()
  .nullish()
  .catch(null)
  .transform((value) => value ?? '');

/** A text for people, with its maximum length. */
const text = (maxLength: number) =>
  string.transform((value) => cutText(storableText(value), maxLength) || null);

/** A text that is compared with data: as it is, or not at all. */
const format = string.transform((value) => storableIdentifier(value));

const destination = z.object({
  name: text(MAX_NAME_LENGTH),
  description: text(MAX_DESCRIPTION_LENGTH),
  destinationType: z.unknown().optional(),
  status: z.unknown().optional(),
  formatType: z.unknown().optional(),
  singleKey: format,
  keySeparator: format,
  valueSeparator: format,
  serializationSeparator: format,
  delimiter: format,
  urlFormatString: format,
  secureUrlFormatString: format,
  serializationEnabled: z.boolean().nullable().catch(null).default(null),
  mappingAutoFiller: z.unknown().optional(),
});

/** Parses the answer of `GET destinations/{id}`. @throws AudienceManagerError AAM_BAD_RESPONSE */
export function parseDestination(body: Uint8Array, contentType?: ContentType): DestinationDetails {
  const { destinationType, status, formatType, mappingAutoFiller, ...texts } = parseAnswer(
    body,
    contentType,
    destination,
    'a destination',
  );
  return {
    ...texts,
    type: parseType(destinationType),
    active: parseActive(status),
    formatType: oneOf(formatType, ['SINGLE_KEY', 'KEY_VALUE']),
    mappingAutoFiller: oneOf(mappingAutoFiller, ['SID', 'IC', 'NONE']),
  };
}

const listed = z.object({
  // A larger number has lost digits when it was parsed.
  destinationId: z.union([z.int().nonnegative().transform(String), z.string().trim()]),
  name: text(MAX_NAME_LENGTH),
  description: text(MAX_DESCRIPTION_LENGTH),
  destinationType: z.unknown().optional(),
  status: z.unknown().optional(),
});

/** Reads an entry of a list of destinations. @returns `null` for one without a usable ID */
export function listedDestinationOf(value: unknown): ListedDestination | null {
  const parsed = listed.safeParse(value);
  const id = parsed.success ? storableIdentifier(parsed.data.destinationId, MAX_ID_LENGTH) : null;
  if (!parsed.success || id === null) return null;
  const { name, description, destinationType, status } = parsed.data;
  return { id, name, description, type: parseType(destinationType), active: parseActive(status) };
}

/** The word that a value is, in any letter case; `null` if it is none of them. */
function oneOf<const Word extends string>(value: unknown, words: readonly Word[]): Word | null {
  const text = typeof value === 'string' ? value.trim().toUpperCase().replaceAll('-', '_') : '';
  return words.find((word) => word === text) ?? null;
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
    case 'PULL':
      return 'PULL';
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
