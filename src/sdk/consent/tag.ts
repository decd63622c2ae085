/** d-consent.js: loaded by d.js where a consent platform is configured. It must not know how events are sent. */
import type { ConsentScript } from '../browser/tag.ts';
import { follow } from './follow.ts';

const script: ConsentScript | SVGScriptElement | null = document.currentScript;
if (script && 'follow' in script && script.follow) follow(script.follow.options, script.follow.report);
