/** An argument: a GraphQL literal, or a variable with its type and its value in JSON; neither: it is left out. */
export interface Argument {
  readonly literal?: string;
  readonly type?: string;
  readonly defaultValue?: string;
  /** Left out: the variable is missing in the request. */
  readonly value?: unknown;
}

const literal = (text: string): Argument => ({ literal: text });
const variable = (type: string, value: unknown): Argument => ({ type, value });
const missing = (type: string): Argument => ({ type });
export const leftOut: Argument = {};
const byDefault = (type: string, defaultValue: string): Argument => ({ type, defaultValue });

/** Values that the fast path supports, and `odd` ones: unsupported, without a match, or errors. */
export interface Pool {
  readonly plain: readonly Argument[];
  readonly odd: readonly Argument[];
}

const CUSTOMER: Pool = {
  plain: [literal('"acme"'), variable('ID!', 'acme'), variable('ID!', 'globex'), literal('"globex"')],
  odd: [
    literal('"""acme"""'),
    literal('"nobody"'),
    literal('""'),
    literal('acme'),
    literal('null'),
    leftOut,
    variable('ID!', 'nobody'),
    variable('ID!', null),
    variable('ID', null),
    variable('ID!', ['acme']),
    variable('ID', 'acme'),
    missing('ID!'),
    missing('ID'),
    byDefault('ID', '"acme"'),
    byDefault('ID!', '"globex"'),
  ],
};

const DESTINATION: Pool = {
  plain: [literal('"314"'), literal('314'), variable('ID!', '314'), variable('ID!', 314)],
  odd: [
    literal('"315"'),
    literal('"999"'),
    literal('314.0'),
    variable('ID!', '315'),
    variable('ID!', 314.5),
    variable('ID!', true),
    variable('ID!', 2 ** 60),
    missing('ID!'),
    byDefault('ID!', '314'),
  ],
};

const ID: Pool = {
  plain: [
    literal('"1001"'),
    literal('1002'),
    literal('"""1004"""'),
    variable('ID!', '1005'),
    variable('ID!', 1008),
    variable('ID!', '1030'),
  ],
  odd: [
    literal('"9999"'),
    literal('"5003"'),
    literal('"alias-3"'),
    literal('""'),
    literal('"a\\nb"'),
    literal('-1'),
    literal('1.5'),
    literal('true'),
    literal('null'),
    literal('{ id: "1001" }'),
    variable('ID!', ''),
    variable('ID!', '9999'),
    variable('ID!', 'alias-3'),
    variable('ID!', -0),
    variable('ID!', 1e21),
    variable('ID!', 1001.5),
    variable('ID!', { id: '1001' }),
    variable('ID!', null),
    missing('ID!'),
    byDefault('ID', '"1001"'),
  ],
};

const IDS: Pool = {
  plain: [
    literal('["1001", 1002, "1001"]'),
    literal('[1005]'),
    literal('[]'),
    variable('[ID!]!', ['1001', '1002']),
    variable('[ID!]!', [1004, '1005', 1005]),
    variable('[ID!]!', []),
  ],
  odd: [
    literal('"1001"'),
    literal('1001'),
    literal('["1001", null]'),
    literal('[["1001"]]'),
    literal('["1001", 9999, ""]'),
    literal('null'),
    variable('[ID!]!', '1001'),
    variable('[ID!]!', 1001),
    variable('[ID!]!', ['1001', null]),
    variable('[ID!]!', [['1001']]),
    variable('[ID!]!', ['1001', '9999', 'alias-3', '']),
    variable('[ID!]!', { 0: '1001' }),
    variable('[ID!]!', null),
    variable('[ID!]', ['1001']),
    variable('[ID]!', ['1001']),
    missing('[ID!]!'),
    byDefault('[ID!]!', '["1001"]'),
  ],
};

const key = (segmentId: unknown, more: object = {}): object => ({
  customerId: 'acme',
  destinationId: '314',
  segmentId,
  ...more,
});

/** A key without a customer. */
const at = (destinationId: string, segmentId: string, more: object = {}): object => ({
  destinationId,
  segmentId,
  ...more,
});

export const KEYS: Pool = {
  plain: [
    variable('[SegmentKey!]!', [key('1001'), key('1002', { customerId: 'globex' })]),
    variable('[SegmentKey!]!', [key('5003', { idType: 'SID' }), key('1001', { idType: null })]),
    variable('[SegmentKey!]!', [key('alias-3', { idType: 'ALIAS' }), key('1001')]),
    variable('[SegmentKey!]!', [at('317', '11'), at('318', '123'), at('321', 'type=123'), at('317', '2')]),
    variable('[SegmentKey!]!', [at('319', 'https://p.example/a?r=1'), at('319', 'https://p.example/a?r=22')]),
    variable('[SegmentKey!]!', [at('320', '124', { customerId: null }), at('322', 'x', { idType: 'AUTO' })]),
    variable('[SegmentKey!]!', [key('5003', { idType: 'AUTO' }), at('320', '125', { customerId: 'acme' })]),
    variable('[SegmentKey!]!', []),
  ],
  odd: [
    literal('{ destinationId: 317, segmentId: 11 }'),
    literal('[{ destinationId: "317", segmentId: "one", idType: AUTO, customerId: null }]'),
    variable('[SegmentKey!]!', [at('317', '1'), at('317', '11'), at('317', 'two'), at('317', 'nothing')]),
    variable('[SegmentKey!]!', [at('314', '1001'), at('317', '11')]),
    variable('[SegmentKey!]!', [at('323', '11')]),
    variable('[SegmentKey!]!', [at('999', '11'), at('317', ''), at('318', '123', { idType: 'SID' })]),
    variable('[SegmentKey!]!', [{ destinationId: '317', segmentId: 11 }]),
    literal('{ customerId: "acme", destinationId: 314, segmentId: "1001" }'),
    literal('[{ customerId: "acme", destinationId: "314", segmentId: 1001, idType: MAPPING_ID }]'),
    literal('[]'),
    variable('[SegmentKey!]!', key('1001')),
    variable('[SegmentKey!]!', [key(1001)]),
    variable('[SegmentKey!]!', [key('1001', { destinationId: 314 })]),
    variable('[SegmentKey!]!', [key('1001'), key('9999'), key('1002', { customerId: 'nobody' })]),
    variable('[SegmentKey!]!', [key('1001', { idType: 'WRONG' })]),
    variable('[SegmentKey!]!', [key('1001', { more: true })]),
    variable('[SegmentKey!]!', [{ customerId: 'acme', segmentId: '1001' }]),
    variable('[SegmentKey!]!', [key(null)]),
    variable('[SegmentKey!]!', ['1001']),
    variable('[SegmentKey!]!', null),
    missing('[SegmentKey!]!'),
  ],
};

const ID_TYPE: Pool = {
  plain: [
    literal('MAPPING_ID'),
    literal('null'),
    variable('SegmentIdType', 'MAPPING_ID'),
    variable('SegmentIdType', null),
    variable('SegmentIdType!', 'MAPPING_ID'),
    missing('SegmentIdType'),
    leftOut,
    literal('AUTO'),
    variable('SegmentIdType', 'AUTO'),
  ],
  odd: [
    literal('SID'),
    literal('ALIAS'),
    literal('WRONG'),
    literal('"SID"'),
    variable('SegmentIdType', 'SID'),
    variable('SegmentIdType', 'ALIAS'),
    variable('SegmentIdType', 'WRONG'),
    variable('SegmentIdType', 1),
    variable('SegmentIdType!', null),
    byDefault('SegmentIdType', 'SID'),
  ],
};

export const AT: Pool = {
  plain: [literal('null'), variable('DateTime', null), missing('DateTime')],
  odd: [
    literal('"2026-01-15T11:00:00Z"'),
    variable('DateTime', '2026-01-15T12:00:00Z'),
    variable('DateTime', 'yesterday'),
    byDefault('DateTime', 'null'),
  ],
};

/** What may be asked of a destination. */
export interface Place {
  readonly customerId: Pool;
  readonly destinationId: Pool;
  readonly id: Pool;
  readonly ids: Pool;
  readonly idType: Pool;
}

/** A destination of the kind AUTO. @param found IDs of one segment each @param odd unknown and ambiguous ones */
function autoPlace(destinationId: string, found: readonly string[], odd: readonly string[]): Place {
  const text = (id: string): Argument => literal(JSON.stringify(id));
  return {
    customerId: {
      plain: [leftOut, leftOut, literal('"acme"'), literal('null'), variable('ID', 'acme'), missing('ID')],
      odd: [variable('ID!', 'globex'), variable('ID', null), byDefault('ID', '"acme"')],
    },
    destinationId: {
      plain: [text(destinationId), variable('ID!', destinationId), variable('ID!', Number(destinationId))],
      odd: [byDefault('ID!', destinationId)],
    },
    id: {
      plain: found.flatMap((id) => [text(id), variable('ID!', id)]),
      odd: [...odd.flatMap((id) => [text(id), variable('ID!', id)]), variable('ID!', 2 ** 53), ...ID.odd],
    },
    ids: {
      plain: [
        variable('[ID!]!', found),
        variable('[ID!]!', found.toReversed()),
        literal(JSON.stringify(found)),
      ],
      odd: [variable('[ID!]!', [...found, ...odd]), literal(JSON.stringify([...odd, ...found])), ...IDS.odd],
    },
    idType: {
      plain: [literal('AUTO'), literal('null'), variable('SegmentIdType', 'AUTO'), missing('SegmentIdType')],
      odd: [
        ...['SID', 'MAPPING_ID', 'ALIAS', 'VALUE', 'KEY_VALUE', 'URL'].map(literal),
        variable('SegmentIdType', 'KEY_VALUE'),
        variable('SegmentIdType', 'URL'),
        byDefault('SegmentIdType', 'AUTO'),
      ],
    },
  };
}

const ADDRESS = 'https://p.example/a?r=';

/** The destinations of fast-path-support.ts. */
export const PLACES: readonly Place[] = [
  { customerId: CUSTOMER, destinationId: DESTINATION, id: ID, ids: IDS, idType: ID_TYPE },
  autoPlace('317', ['11', 'one', '2', '33', '4', '44'], ['1', 'two', 'nothing', '80']),
  autoPlace('318', ['123', 'https', '55'], ['124', '1', 'nothing']),
  autoPlace(
    '319',
    [`${ADDRESS}1`, `${ADDRESS}22`, 'https://p.example/b', 'https://p.example/c'],
    [ADDRESS, '1'],
  ),
  autoPlace('320', ['123', '124', '125'], ['1', '126', 'k=123']),
  autoPlace('321', ['type=123', 'type=124', 'color=7'], ['type', '123', 'color=8', '=']),
  autoPlace('322', ['11', 'x', 'y', `${ADDRESS}9`], ['1', 'nothing']),
];
