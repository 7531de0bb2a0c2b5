import type { AxiosRequestTransformer, InternalAxiosRequestConfig } from 'axios';
import { AxiosHeaders } from 'axios';
import NpmFormData from 'form-data';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import {
  detachedBody,
  isOneShot,
  keepFormReplayable,
  pinnedContentType,
} from '../../../lib/interceptor/replayable-body.js';

const MULTIPART = 'multipart/form-data';

function configOf(data: unknown, contentType?: string, more: Partial<InternalAxiosRequestConfig> = {}) {
  const headers = new AxiosHeaders(contentType === undefined ? {} : { 'Content-Type': contentType });
  return { data, headers, ...more } as InternalAxiosRequestConfig;
}

test.each([
  ['a Node stream', Readable.from(['x']), true],
  ['a web stream', new ReadableStream(), true],
  ['an npm form', new NpmFormData(), true],
  ['a web form', new FormData(), false],
  ['an object', { pipe: 'no function', getReader: 'none either' }, false],
  ['a text', 'x', false],
  ['null', null, false],
  ['nothing', undefined, false],
])('%s is gone once read: %s', (_, body, expected) => {
  expect(isOneShot(body)).toBe(expected);
});

test('the bytes of a stream go through another stream, whatever their pieces', async () => {
  const body = Readable.from([Buffer.from('one'), Buffer.from('two')]);
  const detached = detachedBody(body) as Readable;
  expect(detached).not.toBe(body);
  expect(detached.readableObjectMode).toBe(false);
  expect((await buffer(detached)).toString()).toBe('onetwo');
  expect(detachedBody('text')).toBe('text');
});

describe('the boundary of a form', () => {
  test('is drawn once where none is given', () => {
    const given = (contentType?: string): string =>
      String(pinnedContentType(configOf(new FormData(), contentType))?.getContentType());
    expect(given()).toMatch(/^multipart\/form-data; boundary=form-[0-9a-f-]{36}$/);
    expect(given(MULTIPART)).toContain('boundary=');
  });

  test('is left alone where one is given, and where there is no form', () => {
    expect(pinnedContentType(configOf(new FormData(), `${MULTIPART}; Boundary=mine`))).toBeUndefined();
    expect(pinnedContentType(configOf({}))).toBeUndefined();
  });
});

describe('an object that is sent as a form', () => {
  const first: AxiosRequestTransformer = (data: unknown) => data;
  const transforms = (config: InternalAxiosRequestConfig): AxiosRequestTransformer[] => {
    keepFormReplayable(config);
    return [config.transformRequest ?? []].flat();
  };

  test('is made bytes after the transforms that are there, with or without parameters of the content type', () => {
    expect(transforms(configOf({}, MULTIPART))).toHaveLength(1);
    expect(transforms(configOf({}, `${MULTIPART}; charset=utf-8`))).toHaveLength(1);
    const both = transforms(configOf({}, MULTIPART, { transformRequest: first }));
    expect(both).toHaveLength(2);
    expect(both[0]).toBe(first);
  });

  test.each([
    ['another content type', configOf({}, 'application/json')],
    ['no content type', configOf({})],
    ['plain headers', { data: {}, headers: {} } as InternalAxiosRequestConfig],
    ['a text', configOf('x', MULTIPART)],
    ['nothing', configOf(undefined, MULTIPART)],
    ['null', configOf(null, MULTIPART)],
    ['a web form', configOf(new FormData(), MULTIPART)],
    ['a stream', configOf(Readable.from(['x']), MULTIPART)],
    ['an npm form', configOf(new NpmFormData(), MULTIPART)],
  ])('is meant alone: with %s the transforms stay as they are', (_, config) => {
    expect(transforms(config)).toEqual([]);
  });

  const toBytes = (form: unknown, headers = new AxiosHeaders()): unknown =>
    transforms(configOf({}, MULTIPART))[0]!.call({} as InternalAxiosRequestConfig, form, headers);

  test('has its bytes and the boundary that they were made with', () => {
    const form = new NpmFormData();
    form.append('name', 'value');
    const headers = new AxiosHeaders();
    const bytes = toBytes(form, headers) as Buffer;
    expect(bytes.toString()).toContain('name="name"\r\n\r\nvalue\r\n');
    expect(headers.getContentType()).toBe(`${MULTIPART}; boundary=${form.getBoundary()}`);
  });

  test('stays a stream when a stream is in it', () => {
    const form = new NpmFormData();
    form.append('file', Readable.from(['x']), { filename: 'f' });
    expect(toBytes(form)).toBe(form);
  });

  test.each([
    ['a text', 'x'],
    ['nothing', undefined],
    ['null', null],
    ['half a form', { getBuffer: () => Buffer.from('x') }],
    ['the other half', { getHeaders: () => ({}) }],
  ])('that another transform made %s stays so', (_, made) => {
    expect(toBytes(made)).toBe(made);
  });
});
