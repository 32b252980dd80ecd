#!/usr/bin/env node
import module from 'node:module';

// Without this, graphql-js runs additional checks that are meant for development.
process.env['NODE_ENV'] ??= 'production';

// Node.js 22 and newer can cache compiled code on disk, which makes the next start faster.
(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();

// Diagnostic reports of Node.js contain the environment, which may contain secrets. Older releases ignore the setting.
Object.assign(process.report, { excludeEnv: true, excludeNetwork: true });

// Loaded after these settings, because they hold for what is loaded later.
const { run } = await import('./commands/program.js');
await run();
