export { Background } from './background.js';
