/** Line breaks and terminal escapes among them, and marks that turn the direction of what is written behind them. */
const STEERING = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu;

/** Words of others, so that they can stand in a log line or on a terminal: they must not steer it. */
export const oneLine = (text: string): string => text.replaceAll(STEERING, ' ');
