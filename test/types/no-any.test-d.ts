import type { HttpService } from '@nestjs/axios';
import type { DynamicModule, ForwardReference, Type } from '@nestjs/common';
import type * as core from 'nestjs-auth-apis';
import type { AuthApisOptionsFactory, HttpConfig } from 'nestjs-auth-apis';
import type * as testing from 'nestjs-auth-apis/testing';
import type { Observable } from 'rxjs';
import { expectTrue, type Equal, type IsAny } from './expect-type.js';

type Plain = string | number | bigint | boolean | symbol | null | undefined | Date | AbortSignal;

/** Types of others that a public type may mention. What `any` they have is theirs. */
type IsForeign<T> = true extends
  | Equal<T, HttpConfig>
  | Equal<T, Pick<HttpService, 'axiosRef'>>
  | Equal<T, HttpService['axiosRef']>
  | Equal<T, typeof fetch>
  | Equal<T, core.AuthorizedFetch>
  | Equal<T, core.AuthorizedFetchInit>
  | Equal<T, DynamicModule>
  | Equal<T, ForwardReference>
  | Equal<T, Type>
  | Equal<T, Type<AuthApisOptionsFactory>>
  ? true
  : false;

/** What a class has of its own, beside what it inherits from `HttpService` or has for being a function. */
type OwnKeys<T> = Exclude<
  keyof T & string,
  | (T extends HttpService ? keyof HttpService : never)
  | (T extends Function ? keyof Function | keyof ErrorConstructor : never)
>;

/** Where below a type an `any` is: the paths to it, or `never`. */
type AnyIn<T, Path extends string, Depth extends 1[] = []> =
  IsAny<T> extends true
    ? Path
    : Depth['length'] extends 8
      ? never
      : T extends Plain
        ? never
        : IsForeign<T> extends true
          ? never
          : T extends readonly (infer Item)[]
            ? AnyIn<Item, `${Path}[]`, [...Depth, 1]>
            : T extends Promise<infer Item> | Observable<infer Item>
              ? AnyIn<Item, `${Path}<>`, [...Depth, 1]>
              : AnyInCall<T, Path, [...Depth, 1]> | AnyInMembers<T, Path, [...Depth, 1]>;

type AnyInCall<T, Path extends string, Depth extends 1[]> = T extends abstract new (...args: infer Args) => infer Made
  ? AnyIn<Args, `new ${Path}`, Depth> | AnyIn<Made, Path, Depth>
  : T extends (...args: infer Args) => infer Result
    ? AnyIn<Args, `${Path}(...)`, Depth> | AnyIn<Result, `${Path}()`, Depth>
    : never;

type AnyInMembers<T, Path extends string, Depth extends 1[]> = {
  [Key in OwnKeys<T>]-?: AnyIn<T[Key], `${Path}.${Key}`, Depth>;
}[OwnKeys<T>];

// An error here names the paths: "Type '"core.AuthApis.statuses()[]"' does not satisfy ...".
export type Nowhere<Paths extends never> = Paths;
export type InCore = Nowhere<AnyIn<typeof core, 'core'>>;
export type InTesting = Nowhere<AnyIn<typeof testing, 'testing'>>;

// The search does find them.
interface Sample {
  readonly method: (args: { deep: any[] }) => Promise<unknown>; // oxlint-disable-line typescript/no-explicit-any
}
expectTrue<Equal<AnyIn<Sample, 'sample'>, 'sample.method(...)[].deep[]'>>();
