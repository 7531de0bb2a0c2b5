// What a caller gets where no token can be had: 404 for a tenant that does not exist, 503 for trouble that may pass.
import type { ArgumentsHost, ExceptionFilter, HttpException } from '@nestjs/common';
import { Catch, NotFoundException, ServiceUnavailableException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AuthApisError, isAccountError, isAuthApisOptionsError } from 'nestjs-auth-apis';

@Catch(AuthApisError)
export class NoTokenFilter implements ExceptionFilter<AuthApisError> {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: AuthApisError, host: ArgumentsHost): void {
    const exception = toHttpException(error);
    const response = host.switchToHttp().getResponse<unknown>();
    this.adapterHost.httpAdapter.reply(response, exception.getResponse(), exception.getStatus());
  }
}

function toHttpException(error: AuthApisError): HttpException {
  if (isAccountError(error)) return new NotFoundException(`There is no tenant "${error.account}"`);
  // An id that no account can have, of 300 characters for instance: `for(id)` throws, nothing is looked up.
  if (isAuthApisOptionsError(error)) return new NotFoundException('There is no such tenant');
  return new ServiceUnavailableException({ statusCode: 503, code: error.code });
}
