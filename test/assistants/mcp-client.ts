import { Client, StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';

/** How clients speak to servers: as those of today do, or by the newest version, which has no handshake. */
export const ERAS = ['legacy', '2026-07-28'] as const;

export type Era = (typeof ERAS)[number];

/** What a tool has answered. */
export interface ToolAnswer {
  readonly isError: boolean;
  /** The structured answer; of an error, what its text says. */
  readonly data: Record<string, unknown>;
  /** The text beside it. */
  readonly text: string;
}

/** A client of the official SDK that is connected to a server. */
export class McpClient implements AsyncDisposable {
  readonly client: Client;

  private constructor(client: Client) {
    this.client = client;
  }

  static async connect(transport: Transport, era: Era = 'legacy'): Promise<McpClient> {
    const mode = era === 'legacy' ? era : { pin: era };
    const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } });
    await client.connect(transport);
    return new McpClient(client);
  }

  /** Connects to `/mcp` of a gateway. */
  static async over(
    gatewayUrl: string,
    headers: Record<string, string> = {},
    era: Era = 'legacy',
  ): Promise<McpClient> {
    const transport = new StreamableHTTPClientTransport(new URL('/mcp', gatewayUrl), {
      requestInit: { headers },
    });
    return await McpClient.connect(transport, era);
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<ToolAnswer> {
    const {
      content,
      structuredContent,
      isError = false,
    } = await this.client.callTool({
      name,
      arguments: args,
    });
    const [block] = content;
    const text = block?.type === 'text' ? block.text : '';
    return { isError, data: (structuredContent as ToolAnswer['data'] | undefined) ?? parsed(text), text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

/** The library's own errors are no JSON. */
function parsed(text: string): Record<string, unknown> {
  return text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { error: text };
}
