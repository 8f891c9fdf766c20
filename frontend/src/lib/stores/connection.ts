import { createStore, useStore } from 'zustand';

/** connecting: the first attempt; offline: lost, and being tried again. */
export type StreamStatus = 'connecting' | 'open' | 'offline';

interface ConnectionState {
  status: StreamStatus;
  setStatus: (status: StreamStatus) => void;
}

export const connectionStore = createStore<ConnectionState>()((set) => ({
  status: 'connecting',
  setStatus: (status) => set({ status }),
}));

export function useStreamStatus(): StreamStatus {
  return useStore(connectionStore, (state) => state.status);
}
