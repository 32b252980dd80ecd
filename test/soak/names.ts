/** A segment of a destination of a customer, by its mapping ID. */
export interface SegmentPlace {
  readonly customer: string;
  readonly destination: number;
  readonly segment: number;
}

/** What a name says of itself: whose it is, and which version or which entry by hand. */
export interface SaidByName extends SegmentPlace {
  readonly origin: 'listed' | 'by hand';
  readonly number: number;
}

/** The é shows whether a body was decoded as what it is. */
const NAME =
  /^(?<customer>[a-z]+)\/(?<destination>\d+)\/(?<segment>\d+) é (?<origin>v|by hand )(?<number>\d+)(?=$| )/u;

/** Texts that have been changed on their way through software before. The last two are not kept as they come. */
const ENDINGS = ['', ' 🎈', ' ﷺ', ' "x\\y"', ' nul \0 nul', ' half \ud800'];

export function placeText({ customer, destination, segment }: SegmentPlace): string {
  return `${customer}/${destination}/${segment}`;
}

/** The name of a segment in Audience Manager: no two versions of any segments have the same. */
export function listedName(place: SegmentPlace, version: number): string {
  return `${placeText(place)} é v${version}${ENDINGS[version % 12] ?? ''}`;
}

/** The description that belongs to the name with this version. */
export function listedDescription(version: number): string {
  return `about v${version}`;
}

/** A name that is entered by hand. */
export function nameByHand(place: SegmentPlace, entry: number): string {
  return `${placeText(place)} é by hand ${entry}`;
}

/** Reads a name that a gateway has given. @returns `null` for a text that nobody has ever given to a segment */
export function readName(text: string): SaidByName | null {
  const { customer = '', destination, segment, origin, number: digits } = NAME.exec(text)?.groups ?? {};
  if (customer === '') return null;
  const number = Number(digits);
  const place = { customer, destination: Number(destination), segment: Number(segment) };
  const isListed = origin === 'v';
  const given = isListed ? listedName(place, number) : nameByHand(place, number);
  if (kept(given) !== text) return null;
  return { ...place, origin: isListed ? 'listed' : 'by hand', number };
}

/** The form in which gateways keep a text: see docs/api.md. */
function kept(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
