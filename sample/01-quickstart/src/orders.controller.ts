// Verbit: the same with the other client.
import { BadRequestException, Controller, Get, Param } from '@nestjs/common';
import { VerbitClient } from 'nestjs-auth-apis';
import type { Observable } from 'rxjs';
import { map } from 'rxjs';

interface Order {
  id: number | string;
  name: string;
  status: string;
}

@Controller('orders')
export class OrdersController {
  constructor(private readonly verbit: VerbitClient) {}

  @Get(':id')
  show(@Param('id') id: string): Observable<Order> {
    // It becomes part of a URL that we call with our token: `..` must not lead elsewhere.
    if (!/^[\w-]+$/.test(id)) throw new BadRequestException('An order id has letters, digits, "-" and "_" only.');
    return this.verbit.get<Order>(`/orders/${id}`).pipe(map(({ data }) => data));
  }
}
