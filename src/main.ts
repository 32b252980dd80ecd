#!/usr/bin/env node
import { boundHeapGrowth } from './base/heap-growth.js';
import { CompiledProgram } from './commands/compiled-program.js';
import type * as Program from './commands/program.js';

// Without this, graphql-js runs additional checks that are meant for development.
process.env['NODE_ENV'] ??= 'production';

// Before the rest is loaded, because V8 uses only what was compiled with the same flags.
boundHeapGrowth();

// Diagnostic reports of Node.js contain the environment, which may contain secrets. Older releases ignore the setting.
Object.assign(process.report, { excludeEnv: true, excludeNetwork: true });

// Loaded after these settings, because they hold for what is loaded later.
const { run } = new CompiledProgram(import.meta.dirname).load('commands/program.cjs') as typeof Program;
await run();
