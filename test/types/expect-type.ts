/** Whether two types are the same, `any` and `unknown` told apart. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `expectTrue<Equal<A, B>>()` compiles only if it is so. */
export function expectTrue<_Claim extends true>(): void {}

/** `expectAssignable<T>(value)` compiles only if it fits. */
export function expectAssignable<T>(_value: T): void {}

export type IsAny<T> = 0 extends 1 & T ? true : false;
