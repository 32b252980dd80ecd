/** Runs a Hive Gateway on loopback, with a configuration as its command line takes it, and prints the address. Reports to nobody. */
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import process from 'node:process';
import { createGatewayRuntime } from '@graphql-hive/gateway-runtime';
import * as http from '@graphql-mesh/transport-http';

const [, , file] = process.argv;
const { gatewayConfig } = await import(pathToFileURL(file).href);
const runtime = createGatewayRuntime({ logging: false, transports: { http }, ...gatewayConfig });
const server = createServer(runtime).listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}/graphql\n`);
});
