/** @jsxImportSource react */
import { createRoot } from 'react-dom/client';
// Monaco's threads, as files of the gateway.
import 'graphiql/setup-workers/vite';
// GraphiQL's own style.css is these files and 400 kB of fonts, which explorer.css does without.
import '@graphiql/react/style.css';
import 'graphiql/graphiql.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import '../styles/tokens.css';
import './explorer.css';
import { Explorer } from './Explorer.js';

const place = document.getElementById('explorer');
if (place === null) throw new Error('bug: explorer.html has no place for the explorer');
createRoot(place).render(<Explorer />);
