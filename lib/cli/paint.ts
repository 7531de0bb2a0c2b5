import type { World } from './world.js';

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

export type Colour = keyof typeof CODES;
/** Puts a text into a colour, where there are any. */
export type Paint = (text: string, colour: Colour) => string;

export function painter({ isColoured }: Pick<World, 'isColoured'>): Paint {
  return (text, colour) => (isColoured ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text);
}

/** Colours are for people: on a terminal, unless they said that they want none (see no-color.org). */
export function wantsColours(isTerminal: boolean, env: World['env']): boolean {
  return isTerminal && !env.NO_COLOR && env.TERM !== 'dumb';
}
