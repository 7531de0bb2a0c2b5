// Puts the replica's name on its API calls, so that the demo sees who calls; no app needs it. Not in `http.headers`: those
// go with token requests too, and a vendor may give tokens by them, so replicas that differ there do not share.
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { SparkflyClient } from 'nestjs-auth-apis';
import { environment } from './environment.js';

@Injectable()
export class ReplicaName implements OnModuleInit {
  constructor(private readonly sparkfly: SparkflyClient) {}

  onModuleInit(): void {
    const { replica } = environment();
    this.sparkfly.axiosRef.interceptors.request.use((config) => {
      config.headers.set('X-Replica', replica);
      return config;
    });
  }
}
