import type { AxiosInstance, CreateAxiosDefaults } from 'axios';
import axios from 'axios';
import type { Place } from './contender.js';
import { stubAdapter } from './stubs.js';

/** The instance that every contender on axios decorates; apart from the stub, axios's defaults. */
export function axiosInstance(place: Place, config: CreateAxiosDefaults = {}): AxiosInstance {
  return axios.create({ baseURL: place.baseURL, ...transportOf(place), ...config });
}

export const transportOf = ({ network }: Place): Pick<CreateAxiosDefaults, 'adapter'> =>
  network === 'stub' ? { adapter: stubAdapter } : {};
