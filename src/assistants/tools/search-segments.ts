import * as z from 'zod';
import type { SearchForAssistantQuery } from '../generated/operations.js';
import { SEARCH } from '../operations.js';
import {
  after,
  customerId,
  destinationId,
  pageEnd,
  pageSize,
  segment,
  segmentOf,
  unread,
  unreadOf,
  status,
} from '../shapes.js';
import { AnswerSize, fitPage } from '../answer-size.js';
import { defineTool, fieldOf } from '../tool.js';

/** Maximum length of a text that is searched for, in characters. */
const MAX_TEXT = 500;

/** Searches in names, descriptions and identifiers. */
export const searchSegments = defineTool({
  name: 'search_segments',
  title: 'Search segments',
  description:
    'Finds Audience Manager segments by words of their name or description, or by an identifier. Sorted by name, in pages.',
  input: z.strictObject({
    text: z
      .string()
      .max(MAX_TEXT)
      .describe('Words that must all occur. Case and accents do not matter. An empty text finds all.'),
    customerId: customerId.optional(),
    destinationId: destinationId.optional(),
    status: z.array(status).min(1).max(4).optional().describe('Only segments with one of these statuses.'),
    first: pageSize(20),
    after,
  }),
  output: z.object({
    totalCount: z.number().int().describe('Number of segments on all pages.'),
    segments: z.array(segment),
    ...pageEnd,
    unread,
  }),
  run: async (input, { ask, maxFirst }) => {
    const answer = await ask(SEARCH, { ...input, first: Math.min(input.first, maxFirst) });
    const found = fieldOf<SearchForAssistantQuery['searchSegments']>(answer, 'searchSegments');
    const skipped = unreadOf(found.unread);
    const shaped = found.edges.map(({ cursor, node }) => ({ cursor, item: segmentOf(node) }));
    const { items, ...end } = fitPage({ items: shaped, pageInfo: found.pageInfo }, new AnswerSize(skipped));
    return { totalCount: found.totalCount, segments: items, ...end, unread: skipped };
  },
});
