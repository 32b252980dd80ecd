import type { IdentifierType } from '../segments/index.js';

/** What a column holds. `SEGMENT`: IDs or names, the header does not say which. `UNUSED`: known, but nothing to import. */
export type ColumnType =
  | IdentifierType
  | 'ANY_ID'
  | 'SECURE_URL'
  | 'SEGMENT'
  | 'NAME'
  | 'DESCRIPTION'
  | 'STATUS'
  | 'CUSTOMER'
  | 'DESTINATION'
  | 'TRAIT_TYPE'
  | 'IS_TRAIT'
  | 'UNUSED';

/**
 * The accepted names of each column: English, French, German, Spanish, Italian, Portuguese, Dutch, Polish, Japanese,
 * Chinese and Korean. Case, accents, spaces and punctuation make no difference. Error messages show the first line.
 */
const COLUMN_NAMES: Readonly<Record<ColumnType, readonly string[]>> = {
  MAPPING_ID: [
    'destinationMappingId, mappingId, traitToDataOrderId',
    'id de mapping, id de mappage, id du mappage, Mapping-ID, Zuordnungs-ID, id de asignación, id di mappatura',
    'id de mapeamento, toewijzings-ID, id mapowania, マッピングID, 映射ID, 매핑 ID',
  ],
  ANY_ID: [
    'id, segmentId, audienceId',
    'seg ID, identifier, segment identifier, segment number, segment no, segment nr, audience identifier, segments ID',
    'identifiant, identifiant du segment, identifiant segment, ID du segment, ID de segment, numéro du segment',
    "ID de l'audience, ID audience, Kennung, Segmentkennung, Segmentnummer, ID des Segments, Zielgruppen-ID",
    'ID del segmento, ID segmento, identificador, identificador del segmento, identificador de segmento',
    'número de segmento, ID de audiencia, ID de segmento, identificativo, identificatore, identificativo segmento',
    'identificativo del segmento, identificatore del segmento, ID do segmento, identificador do segmento',
    'identificatie, ID van segment, ID van het segment, segment identificatie, doelgroep-ID',
    'ID segmentu, identyfikator, identyfikator segmentu, numer segmentu',
    'セグメントID, セグメント識別子, セグメント番号, 識別子, オーディエンスID',
    '细分ID, 细分编号, 区段ID, 分段ID, 群体ID, 受众ID, 人群ID, 标识符, 编号, 區段ID, 區隔ID, 受眾ID, 編號',
    '세그먼트 ID, 세그먼트 아이디, 세그먼트 식별자, 세그먼트 번호, 아이디, 식별자, 오디언스 ID, 잠재고객 ID',
  ],
  SID: ['sid, aamSid, segmentSid', 'Adobe SID, セグメントSID'],
  KEY_VALUE: ['keyValue, key=value, key:value, key/value, keyAndValue'],
  VALUE: ['value, valueAlias'],
  ALIAS: ['alias, traitAlias, key', 'segment alias, エイリアス, 别名, 別名, 별칭'],
  // Two columns of one type: an export has both, and a mapping is found by either.
  URL: ['url'],
  SECURE_URL: ['secureUrl'],
  SEGMENT: [
    'segment, segments, audience, audiences',
    'Segmente, Zielgruppe, segmento, segmenti, segmentos, segmenten, segmenty, doelgroep, audiencia',
    'セグメント, オーディエンス, 细分, 区段, 受众, 區段, 受眾, 세그먼트, 오디언스',
  ],
  NAME: [
    'name, elementName, segmentName, label',
    'seg name, segment label, segment title, title, audience name, display name, name of segment, names',
    "nom, nom du segment, nom de segment, nom segment, libellé, libellé du segment, intitulé, nom de l'audience",
    'Segmentbezeichnung, Bezeichnung, Name des Segments, Zielgruppenname, Titel',
    'nombre, nombre del segmento, nombre de segmento, nombre segmento, nombre de la audiencia, etiqueta',
    'nome, nome segmento, nome del segmento, denominazione, etichetta, nome do segmento, nome de segmento, rótulo',
    'naam, segmentnaam, naam segment, naam van segment, naam van het segment, benaming, doelgroepnaam',
    'nazwa, nazwa segmentu, etykieta, 名前, 名称, セグメント名, セグメント名称, セグメントの名前, オーディエンス名',
    '名字, 细分名称, 细分名, 区段名称, 分段名称, 群体名称, 受众名称, 人群名称, 名稱, 區段名稱, 區隔名稱, 受眾名稱',
    '이름, 명칭, 세그먼트 이름, 세그먼트명, 세그먼트 명칭, 오디언스 이름',
  ],
  DESCRIPTION: [
    'description, elementDescription, segmentDescription, desc',
    'audience description, description du segment, description de segment, Beschreibung, Segmentbeschreibung',
    'Beschreibung des Segments, descripción, descripción del segmento, descripción de segmento, descrizione',
    'descrizione segmento, descrizione del segmento, descrição, descrição do segmento, omschrijving, beschrijving',
    'segmentomschrijving, segmentbeschrijving, omschrijving van het segment, opis, opis segmentu',
    '説明, セグメントの説明, セグメント説明, 概要, 描述, 说明, 細分描述, 细分描述, 区段描述, 受众描述, 說明, 區段描述',
    '설명, 세그먼트 설명',
  ],
  STATUS: [
    'status, elementStatus, segmentStatus, state',
    'statut, statut du segment, état, état du segment, Zustand, Status des Segments, estado, estado del segmento',
    'stato, stato segmento, stato del segmento, estado do segmento, situação, status van het segment, stan',
    'status segmentu, ステータス, 状態, セグメントステータス, セグメントのステータス, 状态, 细分状态, 区段状态, 狀態',
    '상태, 세그먼트 상태',
  ],
  // Columns of our own exports and of Adobe's bulk sheets, which may contain several destinations.
  CUSTOMER: ['customerId'],
  DESTINATION: ['destinationId'],
  TRAIT_TYPE: ['traitType'],
  IS_TRAIT: ['isTrait'],
  UNUSED: ['source, startDate, endDate, asOf, listedName, listedDescription, listedStatus'],
};

const COLUMN_TYPES: ReadonlyMap<string, ColumnType> = new Map(
  (Object.keys(COLUMN_NAMES) as ColumnType[]).flatMap((type) =>
    COLUMN_NAMES[type].flatMap((line) => line.split(', ')).map((name) => [simplify(name), type] as const),
  ),
);

/** What people add to the name of a column: whose it is, and what it should be like. */
const OWNER = /^(?:(?:adobe)?(?:aam|audiencemanager)|adobe)|(?:(?:adobe)?(?:aam|audiencemanager)|adobe)$/;
const REMARK = /[([{（【［](?:[^\])}）】］]*)[\])}）】］]/gu;
const KNOWN_REMARK =
  /^(?:aam|adobe|audiencemanager|adobeaudiencemanager|adobeaam|required|optional|mandatory|pflicht|pflichtfeld|obligatoire|obligatorio|obbligatorio|obrigatorio|verplicht|wymagane|必須|必填|필수|text|string|number|numeric|integer|\d+|(?:max|maximum|upto)\d*(?:chars?|characters?)?)$/u;

/** Maximum length of a title that is understood, in UTF-16 code units. */
const MAX_TITLE_LENGTH = 200;

/** What a header says of its column; `null` if it is not known. */
export function columnTypeOf(header: string): ColumnType | null {
  if (header.length > MAX_TITLE_LENGTH) return null;
  const full = simplify(header);
  const found = COLUMN_TYPES.get(full) ?? COLUMN_TYPES.get(full.replace(OWNER, ''));
  if (found !== undefined) return found;
  const normalized = header.normalize('NFKC');
  const remarks = normalized.match(REMARK) ?? [];
  const isKnownRemark = remarks.every((remark) => KNOWN_REMARK.test(simplify(remark)));
  const simplified = simplify(normalized.replace(REMARK, ' '));
  const type = COLUMN_TYPES.get(simplified) ?? COLUMN_TYPES.get(simplified.replace(OWNER, ''));
  if (type === undefined) return null;
  // An ID with a remark that is not known, such as "ID (CRM)", may be the ID of something else.
  const isText = type === 'NAME' || type === 'DESCRIPTION' || type === 'STATUS';
  return isKnownRemark || isText ? type : null;
}

/** Whether a header says that the IDs are of segments, as `Segment ID` does and `ID` does not. */
export function saysSegment(header: string): boolean {
  return /seg|audien|細分|细分|区段|區段|分段|受|세그먼트|セグメント/u.test(simplify(header));
}

/** The names that error messages propose for a type of column. */
export function proposedNames(type: ColumnType): string {
  return COLUMN_NAMES[type][0] ?? '';
}

/** A header without case, accents, white space and punctuation, to compare it. */
export function simplify(header: string): string {
  return header
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .normalize('NFC');
}
