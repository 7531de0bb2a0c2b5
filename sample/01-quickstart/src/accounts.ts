// The accounts: what the environment says, and the fake of a vendor whose credentials are not there.
import { Injectable } from '@nestjs/common';
import type { AuthApisOptions, AuthApisOptionsFactory } from 'nestjs-auth-apis';
import { FakeVendors } from './demo/fake-vendors.js';
import { sparkflySettings, verbitSettings } from './environment.js';

@Injectable()
export class Accounts implements AuthApisOptionsFactory {
  constructor(private readonly fakes: FakeVendors) {}

  createAuthApisOptions(): AuthApisOptions {
    return {
      verbit: { ...verbitSettings(), ...this.fakes.verbitAccount },
      sparkfly: { ...sparkflySettings(), ...this.fakes.sparkflyAccount },
    };
  }
}
