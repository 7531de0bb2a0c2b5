// What a caller of this app gets when a vendor fails: a fitting status and a few words, nothing of our request to it.
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import {
  BadGatewayException,
  Catch,
  HttpException,
  InternalServerErrorException,
  Logger,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { isAxiosError } from 'axios';
import { isAuthApisError } from 'nestjs-auth-apis';
import type { IncomingMessage } from 'node:http';

@Catch()
export class UpstreamErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Calls');

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const { httpAdapter } = this.adapterHost;
    const request = host.switchToHttp().getRequest<IncomingMessage>();
    const response = host.switchToHttp().getResponse<unknown>();
    const exception = toHttpException(error);
    if (exception.getStatus() === 500) this.logger.error(error);
    this.logger.warn(`${request.method} ${request.url} answered ${exception.getStatus()}: ${exception.message}`);
    if (isAuthApisError(error) && error.retryAt) {
      httpAdapter.setHeader(response, 'Retry-After', secondsUntil(error.retryAt));
    }
    httpAdapter.reply(response, exception.getResponse(), exception.getStatus());
  }
}

function toHttpException(error: unknown): HttpException {
  if (error instanceof HttpException) return error;
  if (isAuthApisError(error)) {
    return new ServiceUnavailableException({ statusCode: 503, code: error.code, message: error.message });
  }
  if (!isAxiosError(error)) return new InternalServerErrorException();
  if (error.response?.status === 404) return new NotFoundException('The vendor does not know it');
  return new BadGatewayException(
    error.response ? `The vendor answered ${error.response.status}` : 'No answer from the vendor',
  );
}

const secondsUntil = (at: number): string => String(Math.max(1, Math.ceil((at - Date.now()) / 1000)));
