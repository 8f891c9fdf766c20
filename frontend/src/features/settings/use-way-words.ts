import { useProviders } from '@/lib/queries';

/** How somebody signed in, to follow "signed in". */
export function useWayWords(): (way: string) => string {
  const providers = useProviders().data ?? [];
  return (way) =>
    way === 'password' ? 'with the password' : `with ${providers.find(({ name }) => name === way)?.label ?? way}`;
}
