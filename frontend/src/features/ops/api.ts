import { request } from '@/lib/api/client';
import type { Schemas } from '@/lib/api/types';

export type QueueRow = Schemas['QueueRow'];
export type ParkedRow = Schemas['ParkedRow'];
export type ParkedWhole = Schemas['ParkedWhole'];
export type AssetLimits = Schemas['AssetLimitsView'];
export type AccountRow = Schemas['AccountRow'];
export type Risk = Schemas['Risk'];
export type ActionRow = Schemas['ActionRow'];
export type System = Schemas['System'];

/** How often what operators look at is fetched anew. */
export const LIVE_MS = 2_000;

export const opsKeys = {
  all: ['ops'] as const,
  queues: ['ops', 'queues'] as const,
  parked: ['ops', 'parked'] as const,
  actors: ['ops', 'actors'] as const,
  system: ['ops', 'system'] as const,
  message: (id: number) => ['ops', 'parked', id] as const,
  limits: ['ops', 'limits'] as const,
  accounts: (words: string) => ['ops', 'accounts', words] as const,
  account: (userId: string) => ['ops', 'account', userId] as const,
  events: (userId: string) => ['ops', 'account', userId, 'events'] as const,
  risk: ['ops', 'risk'] as const,
  profit: (days: number) => ['ops', 'profit', days] as const,
  actions: (subject: string | null, page: number) => ['ops', 'actions', subject, page] as const,
};

const post = <T>(path: string, body: object) => request<T>(path, { method: 'POST', body });

export const fetchQueues = (signal: AbortSignal) => request<Schemas['QueueList']>('/ops/queues', { signal });
export const fetchParked = (signal: AbortSignal) => request<Schemas['ParkedList']>('/ops/messages', { signal });
export const fetchMessage = (id: number, signal: AbortSignal) => request<ParkedWhole>(`/ops/messages/${id}`, { signal });
export const retryMessage = (id: number, reason: string) => post<Schemas['Retried']>(`/ops/messages/${id}/retry`, { reason });
export const retryAll = (reason: string) => post<Schemas['Retried']>('/ops/messages/retry', { reason });
export const dropMessage = (id: number, reason: string) => post<ParkedRow>(`/ops/messages/${id}/drop`, { reason });

export const fetchActors = (signal: AbortSignal) => request<Schemas['ActorList']>('/ops/actors', { signal });
export const pauseActor = (actor: string, isPaused: boolean, reason: string) =>
  post<Schemas['ActorRow']>(`/ops/actors/${actor}/${isPaused ? 'pause' : 'resume'}`, { reason });
export const fetchSystem = (signal: AbortSignal) => request<System>('/ops/system', { signal });

export const fetchLimits = (signal: AbortSignal) => request<Schemas['LimitsList']>('/ops/limits', { signal });
export const setLimits = ({ symbol, ...limits }: AssetLimits, reason: string) =>
  request<AssetLimits>(`/ops/limits/${symbol}`, { method: 'PUT', body: { ...limits, reason } });

export const findAccounts = (words: string, signal: AbortSignal) =>
  request<Schemas['AccountList']>('/ops/accounts', { query: { words }, signal });
export const fetchAccount = (userId: string, signal: AbortSignal) =>
  request<Schemas['AccountNow']>(`/ops/accounts/${userId}`, { signal });
export const fetchEvents = (userId: string, signal: AbortSignal) =>
  request<Schemas['AccountEvents']>(`/ops/accounts/${userId}/events`, { signal });
export const haltAccount = (userId: string, isHalted: boolean, reason: string) =>
  post<AccountRow>(`/ops/accounts/${userId}/${isHalted ? 'halt' : 'resume'}`, { reason });
export const adjustBalance = (userId: string, cents: number, reason: string) =>
  post<Schemas['Changed']>(`/ops/accounts/${userId}/adjust`, { cents, reason });
export const resetAccount = (userId: string, reason: string) => post<Schemas['Changed']>(`/ops/accounts/${userId}/reset`, { reason });

export const fetchRisk = (signal: AbortSignal) => request<Risk>('/ops/risk', { signal });
export const fetchProfit = (days: number, signal: AbortSignal) =>
  request<Schemas['HouseProfit']>('/ops/profit', { query: { days, step: days > 7 ? '1 day' : '1 hour' }, signal });
export const fetchActions = (subject: string | null, page: number, signal: AbortSignal) =>
  request<Schemas['ActionList']>('/ops/actions', { query: { subject, page }, signal });
