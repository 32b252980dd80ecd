import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sampleCustomers } from '../../src/simulator/index.js';
import { TestGateway } from '../support/gateway.js';
import { blocksOf } from './markdown.js';

describe('docs/messages.md', () => {
  it('shows what the demo answers to its message', async () => {
    const page = { file: 'docs/messages.md', text: readFileSync('docs/messages.md', 'utf8') };
    const [message, answer] = blocksOf(page).filter(({ language }) => language === 'json');
    const { customers } = sampleCustomers();
    const acme = customers.filter(({ key }) => key === 'acme');
    await using gateway = await TestGateway.start({
      simulated: acme,
      customers: [{ id: 'acme', destinations: [{ id: 314, segmentIdType: 'SID' }] }],
    });
    const response = await gateway.fetch('/messages/annotate', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: message!.text,
    });
    const text = await response.text();
    expect(JSON.parse(text)).toEqual(JSON.parse(answer!.text));
    // In the same order too.
    expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(JSON.parse(answer!.text)));
  });
});
