import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';

/** Origins of Apollo Sandbox on Apollo's own site. Requests from there need CORS; the page at /graphql does not. */
export const SANDBOX_ORIGINS = [
  'https://studio.apollographql.com',
  'https://sandbox.embed.apollographql.com',
] as const;

/** A sample operation shown in Apollo Sandbox. */
export interface SampleOperation {
  readonly title: string;
  readonly document: string;
}

/** The default samples. They contain no IDs, so they work with any configuration. */
export const DEFAULT_SAMPLES: readonly SampleOperation[] = [
  {
    title: 'Who you are, and all customers and destinations that you may see',
    document: `query Overview {
  viewer { name permissions customerCount }
  customers(first: 20) {
    totalCount
    nodes {
      id
      name
      destinations {
        destinationId
        name
        type
        segmentIdType
        idEvidence { counts { idType count } unknown suggestion }
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
    nodes { id label status mappingId sid alias destination { destinationId } customer { name } }
    unread { destinationId customer { name } }
  }
}`,
  },
];

/** Creates the plugin that serves Apollo Sandbox as a page, with the samples in its editor. */
export function sandboxPage(samples: readonly SampleOperation[]): ApolloServerPlugin {
  const document = samples.map((sample) => `# ${sample.title}\n${sample.document}`).join('\n\n');
  return ApolloServerPluginLandingPageLocalDefault({
    document,
    footer: false,
    embed: { runTelemetry: false, endpointIsEditable: false },
  });
}
