import { readFileSync } from 'node:fs';
import { Inject, Injectable } from '@nestjs/common';
import { type AuthApisDashboardOptions, DASHBOARD_OPTIONS, DEFAULT_TITLE } from './dashboard-options.js';
import { pageHtml } from './page-html.js';

export interface PageFile {
  readonly type: string;
  readonly text: string;
}

const FILES = {
  style: { names: ['theme.css', 'layout.css', 'account.css', 'aside.css'], type: 'text/css; charset=utf-8' },
  script: { names: ['page.js'], type: 'text/javascript; charset=utf-8' },
  icon: { names: ['icon.svg'], type: 'image/svg+xml; charset=utf-8' },
} as const;

/** What the page is made of, read when first asked for. */
@Injectable()
export class PageFiles {
  /** Where the build puts the files: beside this one. Tests, which run without a build, have them elsewhere. @internal */
  static directory: URL = new URL('./browser/', import.meta.url);
  readonly #title: string;
  readonly #read = new Map<string, PageFile>();

  constructor(@Inject(DASHBOARD_OPTIONS) { title = DEFAULT_TITLE }: AuthApisDashboardOptions) {
    this.#title = title;
  }

  /** @param part the page itself when `undefined` */
  get(part: unknown): PageFile | undefined {
    if (part === undefined) return { type: 'text/html; charset=utf-8', text: pageHtml(this.#title) };
    if (typeof part !== 'string' || !Object.hasOwn(FILES, part)) return undefined;
    const known = this.#read.get(part);
    if (known) return known;
    const { names, type } = FILES[part as keyof typeof FILES];
    const texts = names.map((name) => readFileSync(new URL(name, PageFiles.directory), 'utf8'));
    const file = { type, text: texts.join('') };
    this.#read.set(part, file);
    return file;
  }
}
