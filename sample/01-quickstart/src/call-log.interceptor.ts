// One line for each call that this app answers; those that fail are told by UpstreamErrorFilter.
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Observable } from 'rxjs';
import { tap } from 'rxjs';

@Injectable()
export class CallLogInterceptor implements NestInterceptor {
  private readonly logger = new Logger('Calls');

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { method, url } = context.switchToHttp().getRequest<IncomingMessage>();
    const startedAt = performance.now();
    return next
      .handle()
      .pipe(tap(() => this.logger.log(`${method} ${url} answered in ${Math.round(performance.now() - startedAt)} ms`)));
  }
}
