// What Prometheus collects. docs/ has alert rules and a Grafana dashboard for it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { prometheus } from './telemetry.js';

@Controller('metrics')
export class MetricsController {
  @Get()
  show(@Req() request: IncomingMessage, @Res() response: ServerResponse): void {
    prometheus.getMetricsRequestHandler(request, response);
  }
}
