import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';

/** Where Apollo Sandbox runs when it is opened on Apollo's own site rather than on our page. */
export const SANDBOX_ORIGINS = [
  'https://studio.apollographql.com',
  'https://sandbox.embed.apollographql.com',
] as const;

/** An operation to start exploring with. */
export interface SampleOperation {
  readonly title: string;
  readonly document: string;
}

/** What Sandbox shows when a gateway brings no samples of its own: it needs no ID of anything. */
export const GENERAL_SAMPLES: readonly SampleOperation[] = [
  {
    title: 'Everything there is to ask about',
    document: `query Customers {
  customers(first: 20) {
    totalCount
    nodes {
      id
      name
      destinations {
        id
        name
        type
        segmentIdType
        sync { status segmentCount lastSuccessAt lastError { code message } }
      }
    }
  }
}`,
  },
  {
    title: 'Segments by name',
    document: `query Search {
  searchSegments(text: "visitors", first: 10) {
    totalCount
    nodes { id label status destination { id } customer { name } }
  }
}`,
  },
];

/** Apollo Sandbox as the page that a browser gets, with sample operations at hand. */
export function sandboxPage(samples: readonly SampleOperation[]): ApolloServerPlugin {
  const document = samples.map((sample) => `# ${sample.title}\n${sample.document}`).join('\n\n');
  return ApolloServerPluginLandingPageLocalDefault({
    document,
    footer: false,
    embed: { runTelemetry: false, endpointIsEditable: false },
  });
}
